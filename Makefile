# Needs Python 3.11 or newer, git and make; everything else is installed into .venv, once.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
ifeq ($(PYTHON),)
$(error Python 3.11 or newer is needed, and there is no python3 here)
endif
PORT ?= 8000
EVENTS ?= 5000
MINUTES ?= 30
WITH = @exec $(PYTHON) bootstrap.py
IN = .venv/bin/python
OUR_CODE = orchestrator rules connectors assessment tests bench manage.py bootstrap.py

# What a production machine would set; made up anew for each check.
PRODUCTION = ENVIRONMENT=production SECRET_KEY=$$($(IN) -c 'import secrets; print(secrets.token_hex(40))') \
	CREDENTIAL_KEYS=$$($(IN) -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())') \
	ALLOWED_HOSTS=orchestrator.test DATABASE_URL=sqlite:///:memory: PUBLIC_URL=https://orchestrator.test

.PHONY: help venv venv-browser run demo test test-all screenshots chaos bench bench-all soak lint format

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

venv: ## Install what running needs into .venv
	$(WITH)

venv-browser: ## Install what the tests in a browser need into .venv
	$(WITH) --with requirements-browser.txt

run: ## Web, worker and beat on SQLite; PORT=8000
	$(WITH) manage.py serve --port $(PORT)

demo: ## Two demo clients against fake vendors, with a played story; DEMO_PORT=8000
	$(WITH) manage.py demo

# More at a time than a small machine has cores: half of their time tests wait for processes and sockets. What one of
# them has compiled is kept for the others, also where a machine is told to keep none.
test test-all: export PYTHONDONTWRITEBYTECODE :=
test: ## Every test that needs Python only
	$(WITH) --with requirements-dev.txt -m pytest -n 6 --dist worksteal -m "not browser and not scaleout and not chaos"

test-all: export HYPOTHESIS_PROFILE ?= more
test-all: ## Also those that need Chromium, PostgreSQL, Redis or minutes
	$(WITH) --with requirements-browser.txt -m pytest -n auto --maxprocesses 4

screenshots: ## Pictures of the console's pages in docs/images, anew from the demo
	$(WITH) --with requirements-browser.txt docs/screenshots.py

chaos: ## Both sizes while vendors fail and processes die, judged in a table; EVENTS=5000
	$(WITH) --with requirements-dev.txt -m tests.chaos --events $(EVENTS) --markdown

bench: ## Measure, and print one table; DATABASE_URL and CELERY_BROKER_URL choose the size, ONLY=burst,latency
	$(WITH) --with requirements-dev.txt -m bench

bench-all: ## The same embedded, then on PostgreSQL and Redis (POSTGRES_URL, REDIS_URL) when they answer
	$(WITH) --with requirements-dev.txt -m bench --all

soak: ## Steady load on the small form, with a verdict over memory, handles and effects; MINUTES=30
	$(WITH) --with requirements-dev.txt -m bench.soak --minutes $(MINUTES)

lint: ## Format, lint, types, import contracts, migrations, deploy check
	$(WITH) --with requirements-dev.txt -m ruff format --check --quiet .
	@$(IN) -m ruff check --quiet .
	@$(IN) -m mypy $(OUR_CODE)
	@$(IN) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	@$(IN) manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(IN) manage.py check --deploy --fail-level WARNING

format: ## Write the format that lint wants
	$(WITH) --with requirements-dev.txt -m ruff format --quiet .
	@$(IN) -m ruff check --quiet --fix .
