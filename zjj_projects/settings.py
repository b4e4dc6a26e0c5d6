"""One settings file. Every choice is an environment variable with a safe default.

See the table 'Settings' in README.md for what each variable means.
"""

import hashlib
import os
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
PORT = env.int("PORT", default=8000)
BIND = env("BIND", default="127.0.0.1")
DEBUG = env.bool("DEBUG", default=False)


def kept_secret(path: Path) -> str:
    """Read the secret key from the data folder; the first process makes it, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def broker_socket(folder: Path) -> Path:
    """Where the embedded broker listens. A unix socket's path has a limit of 107 bytes; a longer one moves to /tmp."""
    path = folder / "valkey.sock"
    if len(os.fsencode(path)) <= 100:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"zjj-{digest}.sock"


def sender_of(email_url: str) -> str:
    """The address that our e-mails come from: the user of the mail server."""
    server = urlsplit(email_url)
    user = unquote(server.username or "zjj")
    return user if "@" in user else f"{user}@{server.hostname or 'localhost'}"


SECRET_KEY = env("SECRET_KEY", default="") or kept_secret(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# HTTPS=true tells that a proxy in front of us speaks TLS: cookies and redirects follow.
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "zjj_projects",
    "projects",
    "investment",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_tables2",
    "django_filters",
    "axes",
    "auditlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "projects.middleware.remember_who",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # last: its answer replaces a refused login
]

# Plotly adds one empty <style> element; its hash is the only exception to 'self'.
EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, EMPTY_STYLE],
        "img-src": [SELF, "data:", "blob:"],  # Bootstrap's marks; a chart on its way into a PNG
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

FORM_RENDERER = "zjj_projects.forms.FormRenderer"
DJANGO_TABLES2_TEMPLATE = "tables/table.html"

ROOT_URLCONF = "zjj_projects.urls"
WSGI_APPLICATION = "zjj_projects.wsgi.application"
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
            ],
        },
    }
]

DATABASES = {"default": env.db_url_config(env("DATABASE_URL", default="") or f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
DATABASES["default"].update(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Four writers at once lost 131 of 1600 transactions to 'locked' without these, none with them.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
    }
else:
    # A database that went away or hangs must end in an error page, not in a hanging worker.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "options": " ".join(
            f"-c {setting}"
            for setting in (
                "statement_timeout=60s",
                "lock_timeout=20s",
                "idle_in_transaction_session_timeout=60s",
                "random_page_cost=1.1",  # a city's data is in memory or on an SSD: reading by index is no dearer
                "jit=off",  # our statements are short: compiling them costs more than it saves
                "plan_cache_mode=force_generic_plan",  # what the engine prepares is planned once
            )
        ),
    }

# What pages keep is kept by version (investment/freshness.py), so that each process may have its own.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 2_000}},
}

AUTH_USER_MODEL = "projects.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: whoever is locked out is refused before any password is compared
    "investment.accounts.ReaderBackend",
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Five wrong passwords for one account from one address lock that pair for a quarter of an hour: nobody guesses on, and
# nobody locks a colleague out from elsewhere. `locked_out` and `client_address` are in projects/accounts.py.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page says how long; trying again does not make it longer
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "projects.accounts.locked_out"
AXES_CLIENT_IP_CALLABLE = "projects.accounts.client_address"
AXES_ENABLE_ADMIN = False  # unlocking is an action on the accounts; its own pages are in English
AXES_DISABLE_ACCESS_LOG = True  # `last_login` says it; a row for every login would only grow

# The history of changes. What is younger than this the database does not let go (projects/guards.py, after a migrate).
AUDIT_KEEP_DAYS = max(180, env.int("AUDIT_KEEP_DAYS", default=180))
AUDITLOG_LOGENTRY_MODEL = "projects.HistoryEntry"
AUDITLOG_STORE_JSON_CHANGES = True  # compares values, not texts: 100 and 100.0000 are the same amount
MIGRATION_MODULES = {"auditlog": None}  # its own table is not used

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]

MEDIA_ROOT = DATA_DIR / "media"  # photos; served by a view that asks who sees them
FILE_UPLOAD_PERMISSIONS = 0o600

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Notices leave the house by e-mail and through the robot of a WeCom or DingTalk group; either is off while it has no
# address. Reminders are made and everything is sent outside the quiet hours (from–to, by the clock of the site).
SITE_URL = env("SITE_URL", default=f"http://{BIND}:{PORT}").rstrip("/")
EMAIL_URL = env("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
    DEFAULT_FROM_EMAIL = sender_of(EMAIL_URL)
EMAIL_TIMEOUT = 10
WEBHOOK_URL = env("WEBHOOK_URL", default="")
WEBHOOK_KIND = env("WEBHOOK_KIND", default="wecom")  # or dingtalk
WEBHOOK_TIMEOUT = 10
QUIET_HOURS = tuple(int(hour) for hour in env("QUIET_HOURS", default="21-8").split("-"))
REMIND_DAYS_BEFORE = (3, 1)  # and on the day, on the first day after, and each week from then on

BROKER_SOCKET = broker_socket(DATA_DIR)
EMBEDDED_BROKER_URL = f"redis+socket://{quote(str(BROKER_SOCKET))}"  # started by `run_site` if no other is named
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="") or EMBEDDED_BROKER_URL
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# Any number of hints may be in a worker's hands. With a limit, each acknowledgement that a hanging broker loses uses
# up one place for good, and the worker stops taking tasks although it looks alive.
CELERY_WORKER_PREFETCH_MULTIPLIER = 0
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # one connection less to mend when the broker comes back; /healthz tells
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # the worker and beat never give up
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A task of a killed worker comes back after this many seconds; a refresh may safely run twice.
    "visibility_timeout": 600,
    # Whoever saves a report waits one second at most for a broker that hangs: one attempt, no second one. The worker
    # and beat are not bound by 'max_retries'; they try for ever (CELERY_BROKER_CONNECTION_MAX_RETRIES above).
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "max_retries": 0,
}
# The queue is a hint, the rows are the truth: what no task announced is found by the sweep.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "investment.tasks.refresh_stale", "schedule": 60, "options": {"expires": 55}},
    "nightly": {"task": "investment.tasks.verify_all_years", "schedule": crontab(hour=2, minute=30)},
    "calendar": {"task": "investment.tasks.follow_calendar", "schedule": 600, "options": {"expires": 550}},
    "deliver": {"task": "investment.tasks.deliver", "schedule": 60, "options": {"expires": 55}},
}
