"""Homeward's settings: everything that differs between machines comes from the environment.

HOMEWARD_DATA  folder for the embedded database, the secret key and caches (default: var/)
DATABASE_URL   PostgreSQL, when the embedded SQLite is not enough
REDIS_URL      Redis as the queue's broker and shared cache, when there are several machines
PORT           where the web server listens (default 8000)
EMAIL_URL      smtp://user:password@host:port (smtps:// for TLS from the start, smtp+tls:// for
               STARTTLS); without it every message is kept as a file in the data folder's mail/
EMAIL_FROM     the sender's address of every message
HOMEWARD_WEBHOOK_PRIVATE=1  lets webhooks go to this machine and its own network, for demonstrations
GRAPHQL_REQUESTS_A_MINUTE, GRAPHQL_COST_A_MINUTE  what one key may ask of GraphQL in a minute
               (default 120 requests and 50,000 of cost)
HOMEWARD_PROXIES  how many proxies stand in front (default 0): which X-Forwarded-For is believed
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONCE, NONE, SELF

from homeward.settings.secret import read_or_make_secret_key

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("HOMEWARD_DATA") or ROOT / "var").resolve()
DATA.mkdir(parents=True, exist_ok=True)

# Where the rounds engine keeps its compiled code: made once by `make run`, never in a user's job.
os.environ.setdefault("NUMBA_CACHE_DIR", str(DATA / "numba"))

SECRET_KEY = os.environ.get("SECRET_KEY") or read_or_make_secret_key(DATA / "secret_key")
DEBUG = os.environ.get("HOMEWARD_DEBUG") == "1"
ALLOWED_HOSTS = [
    host.strip() for host in os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
]
PORT = int(os.environ.get("PORT") or 8000)
BASE_URL = os.environ.get("BASE_URL") or f"http://127.0.0.1:{PORT}"
PORTAL_URL = f"{BASE_URL}/portal/"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "cms_models.accounts",
    "cms_models.audit",
    "cms_models.jobs",
    "cms_models.publication",
    "cms_models.fields",
    "cms_models.places",
    "cms_models.rates",
    "cms_models.market",
    "cms_models.notices",
    "cms_models.tenders",
    "cms_models.quality",
    "cms_models.care",
    "cms_models.brokerage",
    "cms_models.planning",
    "cms_models.rulebook",
    "cms_models.rounds",
    "importers",
    "homeward_api",
    "theme",
    "homeward",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.images",
    "wagtail.documents",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "graphene_django",
    "import_export",
    "django_q",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "theme.whole_text.WholeText",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "theme.sign_in.middleware.SecondFactor",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "homeward.urls"
WSGI_APPLICATION = "homeward.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# Several processes share the embedded database: without IMMEDIATE and WAL 355 of 400
# read-then-write transactions from four processes failed with "database is locked".
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
        "PRAGMA busy_timeout=20000;PRAGMA foreign_keys=ON;"
    ),
}


def database() -> dict[str, Any]:
    """Return Django's database entry: DATABASE_URL, or SQLite in the data folder."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "homeward.sqlite3",
            "OPTIONS": dict(SQLITE_OPTIONS),
            "CONN_MAX_AGE": 60,  # opening the file and its pragmas anew costs 2.7 ms a request
        }
    entry = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    if entry["ENGINE"] == "django.db.backends.sqlite3":
        entry["OPTIONS"] = dict(SQLITE_OPTIONS)
    return entry


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# One worker a cluster and no local queue: a task waiting behind another would lose its lease and
# run twice, and a killed idle worker of a larger cluster stops the whole of it (django-q2#23).
JOB_TIMEOUT_SECONDS = int(os.environ.get("JOB_TIMEOUT_SECONDS") or 3600)
Q_CLUSTER = {
    "name": "homeward",
    "workers": 1,
    "queue_limit": 1,
    "bulk": 1,
    "timeout": JOB_TIMEOUT_SECONDS,
    "retry": 3 * JOB_TIMEOUT_SECONDS + 60,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 1000,
    "catch_up": False,
    "poll": 0.5,
    "label": "Queue",
    # The scheduler is a process of its own (manage.py run_scheduler): a worker only works.
    "scheduler": False,
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "cms_models.accounts.backends.Throttle",
    "cms_models.accounts.backends.RoleBackend",
]
# Five wrong passwords for a name or from an address, and neither is asked again for a while.
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "theme.sign_in.addresses.client_address"
AXES_USERNAME_CALLABLE = "theme.sign_in.addresses.name_tried"
AXES_LOCKOUT_CALLABLE = "theme.sign_in.views.locked"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "Homeward"
PROXIES = int(os.environ.get("HOMEWARD_PROXIES") or 0)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # Wagtail's own widgets and Leaflet set element styles from script.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}


def mail(url: str) -> dict[str, Any]:
    """Return Django's mail settings of an EMAIL_URL; files in the data folder without one."""
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": DATA / "mail",
        }
    parts = urlsplit(url)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or {"smtps": 465, "smtp+tls": 587}.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 10,
    }


globals().update(mail(os.environ.get("EMAIL_URL") or ""))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("EMAIL_FROM") or "homeward@localhost"
HOMEWARD_WEBHOOK_PRIVATE = os.environ.get("HOMEWARD_WEBHOOK_PRIVATE") == "1"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
MEDIA_ROOT = DATA / "media"
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# An uploaded file is kept in the database, not in memory twice: see importers/base.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# What one key may ask of GraphQL in a minute.
GRAPHQL_REQUESTS_A_MINUTE = int(os.environ.get("GRAPHQL_REQUESTS_A_MINUTE") or 120)
GRAPHQL_COST_A_MINUTE = int(os.environ.get("GRAPHQL_COST_A_MINUTE") or 50_000)

WAGTAIL_SITE_NAME = "Homeward"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_WORKFLOW_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = True
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAIL_DATE_FORMAT = "%d/%m/%Y"

# Files a spreadsheet opens must not carry formulae (importers/exports.py does it cell by cell).
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"homeward": {"level": "INFO"}},
}
