# One image for every part of the large form; compose.yaml says what each of them runs.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# First what changes seldom: a new release of ours does not install everything anew.
COPY requirements.txt constraints.txt ./
RUN pip install --requirement requirements.txt

COPY manage.py ./
COPY connectors connectors
COPY rules rules
COPY assessment assessment
COPY orchestrator orchestrator
COPY templates templates

# Style sheets belong to the image. Production asks for these settings; none of them is kept in it.
RUN ENVIRONMENT=production SECRET_KEY=build CREDENTIAL_KEYS=build ALLOWED_HOSTS=localhost \
    DATABASE_URL=sqlite:///:memory: PUBLIC_URL=https://localhost python manage.py collectstatic --noinput

# The program belongs to root, so that what runs cannot change it.
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin orchestrator \
    && mkdir --parents var && chown orchestrator var
USER orchestrator

ENV ENVIRONMENT=production
EXPOSE 8000
CMD ["sh", "-c", "exec granian --interface wsgi --host 0.0.0.0 --port ${PORT:-8000} --workers ${WEB_WORKERS:-2} --blocking-threads ${WEB_THREADS:-8} --no-ws --workers-kill-timeout 5 orchestrator.wsgi:application"]
