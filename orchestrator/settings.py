"""Settings. Everything that differs between machines comes from the environment or .env."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from orchestrator import keys
from orchestrator.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"  # what a checkout without servers writes: database, queue, keys
env = Environment(BASE_DIR / ".env")

# --- Where we run -----------------------------------------------------------------------------
ENVIRONMENT = env.choice("ENVIRONMENT", ("development", "production"))
IS_PRODUCTION = ENVIRONMENT == "production"
if IS_PRODUCTION:
    env.require("SECRET_KEY", "CREDENTIAL_KEYS", "ALLOWED_HOSTS", "DATABASE_URL", "PUBLIC_URL")
DEBUG = env.flag("DEBUG", default=False)
if IS_PRODUCTION and DEBUG:
    raise ImproperlyConfigured("ENVIRONMENT=production does not start with DEBUG=true: take DEBUG out.")
PUBLIC_URL = env.origin("PUBLIC_URL", default="http://127.0.0.1:8000")  # where vendors and staff reach us
_public = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", str(_public.hostname)])

# --- Keys ---------------------------------------------------------------------------------------
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")
CREDENTIAL_KEYS = env.names("CREDENTIAL_KEYS")  # the first encrypts, all decrypt
if not (SECRET_KEY and CREDENTIAL_KEYS):
    _keys = keys.development(VAR_DIR / "development-keys.json")
    SECRET_KEY = SECRET_KEY or _keys.secret
    CREDENTIAL_KEYS = CREDENTIAL_KEYS or [_keys.credentials]

# --- Parts --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "orchestrator.admin.apps.ConsoleConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "import_export",
    "django_celery_beat",
    "axes",
    "django_otp",
    "connectors",
    "rules",
    "assessment",
    "orchestrator",
]
MIDDLEWARE = [
    "orchestrator.middleware.safe_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "orchestrator.middleware.PlainOutages",
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
if not env.text("DATABASE_URL"):
    VAR_DIR.mkdir(exist_ok=True)
_database = env.database("DATABASE_URL", f"sqlite:///{VAR_DIR}/orchestrator.sqlite3", base=BASE_DIR)
IS_SQLITE = _database["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    _options = {
        "transaction_mode": "IMMEDIATE",  # writers queue up instead of failing with "database is locked"
        "timeout": 20,
        # WAL: readers never wait for a writer. FULL: what we answered with 200 is on the disk, so that
        # not even a power cut loses a delivery; NORMAL would commit faster and only survive a crash.
        # KiB of pages for each connection, of which a worker has many; the system keeps the file at hand.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-512;",
    }
else:
    _options = {
        "connect_timeout": 5,
        # A server that is gone without a word (a pulled cable, a firewall that forgot) is noticed within
        # half a minute, not after the two hours of the system's own defaults.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,  # milliseconds
        # Nothing of ours takes long: who waits for a lock gives up and tries again, and a process that was
        # frozen in the middle of a transaction does not keep its locks. "migrate" lifts the first two.
        "options": "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
    }
DATABASES = {
    "default": {
        **_database,
        "OPTIONS": {**_options, **_database.get("OPTIONS", {})},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": not IS_SQLITE,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Time and language ---------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

# --- Files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
if IS_PRODUCTION:
    STATIC_ROOT = BASE_DIR / "staticfiles"
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
WHITENOISE_USE_FINDERS = not IS_PRODUCTION  # a checkout needs no collectstatic

# --- Sessions and safety -------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "orchestrator.staff_login.Backend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
REQUIRE_SECOND_FACTOR = env.flag("REQUIRE_SECOND_FACTOR", default=False)  # of everybody who logs in
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a stranger cannot lock out a colleague
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "admin/locked.html"
CLIENT_ADDRESS = "orchestrator.middleware.client_address"  # where a request really came from
AXES_CLIENT_IP_CALLABLE = CLIENT_ADDRESS
AXES_VERBOSE = False

TRUST_PROXY_HEADERS = env.flag("TRUST_PROXY_HEADERS", default=False)
USE_X_FORWARDED_HOST = TRUST_PROXY_HEADERS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY_HEADERS else None
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

IS_HTTPS = IS_PRODUCTION and _public.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked from inside, without the proxy
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Whether other hosts of the same domain speak https only is for the owner of the domain to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
DEFAULT_EXCEPTION_REPORTER_FILTER = "orchestrator.logs.ReportFilter"

# --- Vendors -------------------------------------------------------------------------------------
ALLOW_LOOPBACK_VENDORS = env.flag("ALLOW_LOOPBACK_VENDORS", default=False)
AGENCY_SLACK_WEBHOOK = env.text("AGENCY_SLACK_WEBHOOK")
VENDOR_SHARE = env.part("VENDOR_SHARE", default=0.9)  # of each vendor's limits; others have the rest
ROTATE_CREDENTIALS_DAYS = env.count("ROTATE_CREDENTIALS_DAYS", default=180)  # then staff are reminded
CALL_DEADLINE = env.seconds("CALL_DEADLINE", default=20.0)  # for one whole call to a vendor

# --- Assessment ----------------------------------------------------------------------------------
ASSESSMENT_KEEP_DAYS = env.count("ASSESSMENT_KEEP_DAYS", default=730)
ASSESSMENT_KEEP_UNFINISHED_DAYS = env.count("ASSESSMENT_KEEP_UNFINISHED_DAYS", default=90)

# --- Work ----------------------------------------------------------------------------------------
LEASE_SECONDS = env.seconds("LEASE_SECONDS", default=90.0)  # longer than CALL_DEADLINE
SETTLE_SECONDS = env.seconds("SETTLE_SECONDS", default=30.0)  # before a call in doubt is looked at
WEBHOOK_MAX_BYTES = env.count("WEBHOOK_MAX_BYTES", default=2_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = max(2_621_440, WEBHOOK_MAX_BYTES)
WEB_THREADS = env.count("WEB_THREADS", default=8)
WORKER_THREADS = env.count("WORKER_THREADS", default=16)  # slots of orchestrator.slots
CLOCK_LOOK_EVERY = 30.0  # seconds between two looks at the database's clock; 0 trusts this machine's

# --- Growth --------------------------------------------------------------------------------------
ARCHIVE_DIR = Path(env.text("ARCHIVE_DIR", str(VAR_DIR / "archive")))  # the run log's lines, once deleted

# --- Queue: wake-ups only, the tables hold the work -------------------------------------------------
WAKE = env.flag("WAKE", default=True)
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", default="filesystem://localhost//")
QUEUE_DIR = Path(env.text("QUEUE_DIR", str(VAR_DIR / "queue")))  # of the broker that needs no server
BROKER_PATIENCE = 5  # seconds until a broker that does not answer is given up for now
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR),
        "data_folder_out": str(QUEUE_DIR),
        "polling_interval": 0.05,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # Without these a connection that died silently leaves a worker alive, deaf and quiet. How long a
    # message stays invisible to others does not matter: no task waits by "eta", and all are wake-ups.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_timeout": BROKER_PATIENCE,
        "socket_connect_timeout": BROKER_PATIENCE,
        "socket_keepalive": True,
    }
elif CELERY_BROKER_URL.startswith("amqp"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "read_timeout": 3 * BROKER_PATIENCE,  # longer than from one heartbeat to the next
        "write_timeout": BROKER_PATIENCE,
    }
CELERY_BROKER_HEARTBEAT = 10  # AMQP's own watch over a silent connection
CELERY_BROKER_CONNECTION_TIMEOUT = BROKER_PATIENCE
CELERY_TASK_PUBLISH_RETRY = False  # a wake-up that is not taken is not worth waiting for
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_DEFAULT_QUEUE = "orchestrator"
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = 0  # no results, so no nightly clean-up of them either
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 2  # a task only begins jobs in slots
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BEAT_SCHEDULER = "orchestrator.schedule:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
# Celery would close the database connection around every task. Here Django's own rules hold:
# orchestrator.celery calls close_old_connections, which keeps to CONN_MAX_AGE and drops broken ones.
CELERY_DB_REUSE_MAX = 10**9

# --- Log -----------------------------------------------------------------------------------------
LOG_FORMAT = env.choice("LOG_FORMAT", ("json", "text"))
LOG_LEVEL = env.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "orchestrator.logs.JsonFormatter"},
        "text": {"()": "orchestrator.logs.TextFormatter"},
    },
    "filters": {"outages": {"()": "orchestrator.outage.Quiet"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["outages"]}
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own set-up would print in its own form and mail what went wrong.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # One line per task and tick is noise: the run log tells what was done.
        "celery": {"level": "WARNING"},
        "django_celery_beat": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        "_granian": {"level": "ERROR"},
    },
}

# --- Watching ------------------------------------------------------------------------------------
METRICS_TOKEN = env.text("METRICS_TOKEN")  # opens /metrics and the details of /readyz
HEARTBEAT_LIMIT = env.seconds("HEARTBEAT_LIMIT", default=60.0)  # since a sign of life came through the queue
DISK_FREE_LIMIT = env.count("DISK_FREE_LIMIT", default=1_000_000_000)  # bytes; less is warned of
BACKLOG_LIMIT = env.seconds("BACKLOG_LIMIT", default=300.0)  # age of the oldest work that could be done now
