"""Settings. Everything that differs between machines comes from the environment or .env."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- Where we run -----------------------------------------------------------------------------
ENVIRONMENT = env.str("ENVIRONMENT", default="development")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
SECRET_KEY = env.str("SECRET_KEY", default="to-be-replaced")
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="])

# --- Parts --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "import_export",
    "django_celery_beat",
    "connectors",
    "rules",
    "assessment",
    "orchestrator",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "orchestrator.urls"
WSGI_APPLICATION = "orchestrator.wsgi.application"

# --- Database ------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR}/var/orchestrator.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }

# --- Time and language ---------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

# --- Files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

# --- Vendors -------------------------------------------------------------------------------------
ALLOW_LOOPBACK_VENDORS = env.bool("ALLOW_LOOPBACK_VENDORS", default=False)
AGENCY_SLACK_WEBHOOK = env.str("AGENCY_SLACK_WEBHOOK", default="")
CALL_DEADLINE = env.float("CALL_DEADLINE", default=20.0)  # seconds for one whole call to a vendor

# --- Work ----------------------------------------------------------------------------------------
LEASE_SECONDS = env.float("LEASE_SECONDS", default=90.0)  # longer than CALL_DEADLINE
SETTLE_SECONDS = env.float("SETTLE_SECONDS", default=30.0)  # before a call in doubt is looked at
WEBHOOK_MAX_BYTES = env.int("WEBHOOK_MAX_BYTES", default=2_000_000)
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000")  # where vendors reach us
