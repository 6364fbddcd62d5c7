"""Settings, for production and development alike. Each environment variable is read once, here.

What is written at run time lives under `DATA_DIR`. `.env.example` lists every variable.
"""

import contextlib
import hashlib
import os
import secrets
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
from kombu import Queue

from convertsite.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
env = Environment()


def private_folder(path: Path) -> Path:
    """Make a folder that other users of the machine cannot enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
RUN_DIR, WORK_DIR = DATA_DIR / "run", DATA_DIR / "work"
METRICS_DIR = DATA_DIR / "metrics"


def kept_secret(path: Path) -> str:
    """Read the secret that was made at the first start; make it if this is the first."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as made:  # its mode is 0600
            made.write(secrets.token_urlsafe(48))
            made.flush()
            # A link appears whole or not at all, and another process's is not replaced.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(made.name)
    return path.read_text()


try:
    for _folder in (DATA_DIR, RUN_DIR, WORK_DIR, METRICS_DIR):
        private_folder(_folder)
    SECRET_KEY = env.text("SECRET_KEY") or kept_secret(DATA_DIR / "secret_key")
except OSError as _error:
    sys.exit(f"The folder for data, {DATA_DIR}, cannot be used ({_error.strerror}): free or grant it, or set DATA_DIR.")
DEBUG = env.flag("DEBUG", False)

# --- Where the site is: one address decides hosts, origins, cookies and HSTS.

SITE_URL_GIVEN = bool(env.text("SITE_URL"))
SITE_URL = env.site("SITE_URL", "http://127.0.0.1:8000")
_site = urlsplit(SITE_URL)
_secure = _site.scheme == "https"
_LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
_host = f"[{_site.hostname}]" if ":" in (_site.hostname or "") else _site.hostname or "localhost"
# A server is also asked for by its own machine (health checks, the supervisor's look at /readyz).
ALLOWED_HOSTS = list(dict.fromkeys([_host, *_LOOPBACK, *env.texts("ALLOWED_HOSTS")]))
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXIES = env.texts("TRUSTED_PROXIES")
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Our server speaks plain http, so only a proxy's header can tell that a request came by https. Where none is believed a
# redirect would lead back to itself for ever; convertsite/checks.py says so.
SECURE_SSL_REDIRECT = _secure and bool(TRUSTED_PROXIES)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_AGE = 30 * 86_400
# Browsers keep cookies by host, whatever the port: two sites on one machine must not take each other's.
_suffix = f"_{_site.port}" if _site.port else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"sessionid{_suffix}", f"csrftoken{_suffix}"
# Whether subdomains speak https too, and whether to enter browsers' preload lists, is not ours to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if not TRUSTED_PROXIES:
    SILENCED_SYSTEM_CHECKS += ["security.W008"]  # no redirect to https: convertsite.I001 says it better

# --- Django

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "ninja",
    "convertsite",
    "realtime",
    "conversions",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "convertsite.staticfiles.StaticFilesMiddleware",
    "convertsite.traces.request_ids",
    "conversions.api.problems.problem_documents",
    "conversions.uploads.forms.in_utf8",
    "conversions.accounts.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "convertsite.urls"
ASGI_APPLICATION = "convertsite.asgi.application"
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
AUTHENTICATION_BACKENDS = ["conversions.accounts.backend.Backend"]  # Django's own, fit for a storm of sockets
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "convert"
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database. IMMEDIATE, because a deferred SQLite transaction fails at once where an immediate one waits. Connections
# are not kept: each request of ASGI has a thread of its own, whose connection nobody would ever use again.

DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "db.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

# --- Files

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "convertsite.staticfiles.StaticFilesStorage"},
}
FILE_UPLOAD_TEMP_DIR = str(WORK_DIR)
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler", "conversions.uploads.spool.Spool"]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
MAX_UPLOAD_BYTES = env.number("MAX_UPLOAD_BYTES", 2 * 1024**3, least=1, most=2**50)
MAX_MULTIPART_BYTES = env.number("MAX_MULTIPART_BYTES", 64 * 1024**2, least=64 * 1024, most=2**50)
RETENTION_HOURS = env.number("RETENTION_HOURS", 24.0, least=0.01, most=1_000_000.0)
ANONYMOUS = env.flag("ANONYMOUS", True)

# --- Valkey: the embedded one listens on a socket in our own folder, so other users and other clones stay out.


def embedded_socket() -> Path:
    """Where the embedded Valkey listens; a socket's path has at most 107 bytes."""
    path = RUN_DIR / "valkey.sock"
    if len(os.fsencode(path)) <= 100:
        return path
    digest = hashlib.sha256(os.fsencode(DATA_DIR)).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"convertsite-{os.getuid()}-{digest}", "valkey.sock")


VALKEY_SOCKET = embedded_socket()
VALKEY_EMBEDDED = not env.text("REDIS_URL")
REDIS_URL = env.valkey("REDIS_URL", f"unix://{VALKEY_SOCKET}")

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}

# --- realtime: a variable REALTIME_<NAME>, a number, overrides a default of realtime/conf.py, whose checks find wrong
# names.


def number_or_text(text: str) -> int | float | str:
    """A number where the text is one; what is none stays text, for the checks to complain about."""
    try:
        return int(text)
    except ValueError:
        with contextlib.suppress(ValueError):
            return float(text)
    return text


globals().update({name: number_or_text(env.text(name)) for name in os.environ if name.startswith("REALTIME_")})
REALTIME_URL = REDIS_URL
REALTIME_OWNER = "conversions.accounts.owners.owner_key"
REALTIME_RECHECK = "conversions.accounts.credentials.still_valid"
REALTIME_CLIENT_VERSION = "convertsite.staticfiles.version"

# --- Celery. A task is acknowledged when it starts: the lease in the row, not the broker, finds lost workers.

CELERY_BROKER_URL = "redis+socket" + REDIS_URL.removeprefix("unix") if REDIS_URL.startswith("unix:") else REDIS_URL
# A request that queues a conversion waits about a second for a broker that is away; beat sends the task later.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 3,
    "interval_start": 0.1,
    "interval_step": 0.2,
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
# Queues of their own, so that beat's tasks do not wait behind a hundred conversions, nor pictures behind films.
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_TASK_QUEUES = [Queue("conversions"), Queue("conversions.long"), Queue("housekeeping")]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3.0
# Beat tells /readyz at each tick that it lives.
CELERY_BEAT_SCHEDULER = "convertsite.liveness.Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 2
CELERY_BEAT_SCHEDULE_FILENAME = str(RUN_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "check_connections": {"task": "realtime.check_connections", "schedule": 60.0},
    "clean_stale_connections": {"task": "realtime.clean_stale_connections", "schedule": 15.0},
    "recover_stalled_conversions": {"task": "conversions.recover_stalled_conversions", "schedule": 15.0},
    "tell_queue_places": {"task": "conversions.tell_queue_places", "schedule": 2.0},
    "announce_pending": {"task": "conversions.announce_pending", "schedule": 15.0},
    "delete_expired": {"task": "conversions.delete_expired", "schedule": 60.0},
    "remove_leftovers": {"task": "conversions.remove_leftovers", "schedule": 3_600.0},
    "look_for_trouble": {"task": "convertsite.look_for_trouble", "schedule": 60.0},
}
for _entry in CELERY_BEAT_SCHEDULE.values():
    # While no worker runs, beat's messages pile up; one of each is enough.
    _entry["options"] = {"expires": _entry["schedule"]}

# --- Metrics

METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_ALLOW = env.networks("METRICS_ALLOW")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # as prometheus_client has it

# --- Alerts

ALERT_EMAILS = env.texts("ALERT_EMAILS")
ALERT_WEBHOOK = env.text("ALERT_WEBHOOK")
EMAIL_URL = env.mail("EMAIL_URL", "smtp://127.0.0.1:25")
EMAIL_FROM = DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"convertsite@{_site.hostname}")
_mail = urlsplit(EMAIL_URL)
EMAIL_HOST, EMAIL_PORT = _mail.hostname, _mail.port or {"smtps": 465, "smtp+tls": 587}.get(_mail.scheme, 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.scheme == "smtps", _mail.scheme == "smtp+tls"
EMAIL_TIMEOUT = 5

# --- Logs

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", LOG_LEVELS)
LOG_FORMAT = env.choice("LOG_FORMAT", "LINE", ("LINE", "JSON"))
LOG_PRIVATE = env.flag("LOG_PRIVATE", False)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "convertsite.logs.Formatter", "form": LOG_FORMAT, "private": LOG_PRIVATE}},
    "filters": {"no_traceback": {"()": "convertsite.logs.NoTraceback"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_traceback"]}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "celery": {"level": "WARNING"}
    },  # it would say of each task, one every two seconds, that it came and went
}
