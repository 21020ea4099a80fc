"""Every setting, top to bottom, from the environment; the defaults run on a laptop with nothing set.

The variables and their meaning stand in README.md, "The environment".
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from photonranch.background.broker import broker_url
from photonranch.conf import theme
from photonranch.conf.env import (
    env_bool,
    env_choice,
    env_database,
    env_folder,
    env_int,
    env_list,
    env_places,
    env_str,
    env_url,
    read_dotenv,
    secret,
)
from photonranch.conf.production import refuse_insecure

# Lets `QuerySet["Job"]` and `ModelAdmin[Job]` be written where the types are checked and run.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
read_dotenv(BASE_DIR / ".env")

# --- Where it runs -----------------------------------------------------------------------------------------

HOST = env_str("HOST", "127.0.0.1")
PORT = env_int("PORT", 8000, maximum=65535)
PUBLIC_URL = env_url("PUBLIC_URL", ("http", "https"))
VAR_DIR = env_folder("VAR_DIR", "var", BASE_DIR)

# Production is what ENVIRONMENT says is: then an insecure setting stops the start (conf.production).
PRODUCTION = env_choice("ENVIRONMENT", "DEVELOPMENT", ("DEVELOPMENT", "PRODUCTION")) == "PRODUCTION"
DEBUG = env_bool("DEBUG", False)
DEMO = env_bool("DEMO", not PRODUCTION)
if PRODUCTION:
    refuse_insecure(
        debug=DEBUG,
        secret_key=env_str("SECRET_KEY"),
        allowed_hosts=env_list("ALLOWED_HOSTS"),
        public_url=PUBLIC_URL,
        trust_proxy=env_str("TRUST_PROXY"),
    )
SECRET_KEY = secret("SECRET_KEY", VAR_DIR / "keys" / "secret_key")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
if PUBLIC_URL:
    _public = urlsplit(PUBLIC_URL)
    ALLOWED_HOSTS.append(str(_public.hostname))
    # A proxy in front speaks TLS: what arrives here looks like plain HTTP to Django's own check of forms.
    CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _public.scheme == "https"

# Only a proxy reaches this server: what it says of the client (https or not, its address) is believed. From
# anybody else it would be made up.
TRUST_PROXY = env_bool("TRUST_PROXY", False)
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", 365 * 86_400 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env_bool("HSTS_SUBDOMAINS", True)
# What browsers are told that pages may load, besides this server and the store of files; see api.csp.
CSP_SOURCES = env_list("CSP_SOURCES")
CSP_REPORT_ONLY = env_bool("CSP_REPORT_ONLY", False)
SILENCED_SYSTEM_CHECKS = [
    # Django knows its middleware by name. Ours are the same classes, which the paths of programs go around;
    # photonranch.conf.checks holds that they are there.
    "security.W001",
    "security.W002",
    "security.W003",
    # To be on the list that browsers ship is for the owner of a whole domain to decide, and hard to undo.
    "security.W021",
    # Wrong passwords are counted in the cache, which without Redis is that of the one process there is; and
    # axes, too, looks for its middleware by name.
    "axes.W001",
    "axes.W002",
]

# --- What it is made of ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # Its templates go before the theme's, whose apps have to stand before Django's admin.
    "photonranch",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "axes",
    "streams",
    "sitecfg",
    "targets",
    "logs",
    "jobs",
    "projects",
    "reservations",
    "status",
    "pipe",
    "images",
    "analysis",
    "console",
    "simulator",
]

MIDDLEWARE = [
    "photonranch.observe.middleware.Observed",
    "photonranch.api.middleware.CorsMiddleware",
    "photonranch.api.middleware.Edge",
    "photonranch.api.long_poll.WaitingMiddleware",
    # Pages only; what programs call goes around these.
    "photonranch.api.middleware.SecurityMiddleware",
    "photonranch.api.middleware.WhiteNoiseMiddleware",
    "photonranch.api.middleware.SessionMiddleware",
    "photonranch.api.middleware.CommonMiddleware",
    "photonranch.api.middleware.CsrfViewMiddleware",
    "photonranch.api.middleware.AuthenticationMiddleware",
    "photonranch.api.middleware.MessageMiddleware",
    "photonranch.api.middleware.XFrameOptionsMiddleware",
    "photonranch.api.middleware.AxesMiddleware",
]

ROOT_URLCONF = "photonranch.urls"
ASGI_APPLICATION = "photonranch.asgi.application"
WSGI_APPLICATION = "photonranch.wsgi.application"
# A redirect makes the telescopes' HTTP library turn a POST into a GET and drop the body.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- Data --------------------------------------------------------------------------------------------------

REDIS_URL = env_url("REDIS_URL", ("redis", "rediss", "unix"))
# In front of every key and channel name, so that several installations can share a Redis.
REDIS_PREFIX = env_str("REDIS_PREFIX", "photonranch")
STREAM_PREFIX = f"{REDIS_PREFIX}:stream"

_sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "photonranch.sqlite3")}
_database: dict[str, Any] = env_database("DATABASE_URL", _sqlite)
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["ENGINE"] = "photonranch.db.sqlite"
    # Kept open: closing SQLite's last connection writes the whole log back into the file, every time.
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        # IMMEDIATE takes the write lock when a transaction begins: a transaction that reads and then writes
        # waits its turn; with the default it fails with "database is locked" when two of them meet.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # With NORMAL a killed process loses nothing; a power cut may lose the last moments, never more.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, because tests of real concurrency open several connections.
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    from photonranch.db.postgres.connection import TimedConnection

    _database["ENGINE"] = "photonranch.db.postgres"
    # Without a pool every request pays for a new connection (260 requests a second against 1456).
    _database["CONN_MAX_AGE"] = 0
    _database["OPTIONS"] = {
        # What stands in the URL, such as ?sslmode=require.
        **_database.get("OPTIONS", {}),
        "pool": {
            "min_size": 1,
            "max_size": env_int("DATABASE_POOL", 10, minimum=1, maximum=500),
            "timeout": 5,
            # The pool's patience doubles with every try: after a long outage it would be the last to notice
            # that the database is back. Giving up soon, it begins anew with the next request.
            "reconnect_timeout": 2,
            "connection_class": TimedConnection,
        },
        "connect_timeout": 5,
        # A machine that is gone without a word is noticed also while nothing is asked of it, and by workers,
        # whose statements may take as long as they do.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }
DATABASES = {"default": _database}

CACHES: dict[str, dict[str, Any]]
CHANNEL_LAYERS: dict[str, dict[str, Any]]
if REDIS_URL:
    _redis_timeouts = {"socket_connect_timeout": 2, "socket_timeout": 5}
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": f"{REDIS_PREFIX}:cache",
            "OPTIONS": _redis_timeouts,
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "streams.layers.RedisLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": STREAM_PREFIX},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "streams.layers.InProcessLayer",
            "CONFIG": {"ids": str(VAR_DIR / "broker" / "frame_ids")},
        }
    }

# Threads of a process for what is not asynchronous: all views but the few that wait.
REQUEST_THREADS = env_int("REQUEST_THREADS", 16, minimum=1, maximum=500)

# How long, and how many, frames of a site are kept for sockets that come back with `?since=`.
STREAM_BACKLOG_S = 3600
STREAM_BACKLOG_FRAMES = 1000
# A socket that is further behind than this is closed: others never wait for it.
STREAM_SOCKET_FRAMES = 1000
STREAM_SOCKET_BYTES = 4 * 1024 * 1024

# --- Files -------------------------------------------------------------------------------------------------

# Where files live: a folder, or an object store that hands them out itself.
S3_BUCKET = env_str("S3_BUCKET")
S3_ENDPOINT_URL = env_url("S3_ENDPOINT_URL", ("http", "https"))
S3_ACCESS_KEY_ID = env_str("S3_ACCESS_KEY_ID")
S3_SECRET_ACCESS_KEY = env_str("S3_SECRET_ACCESS_KEY")
S3_REGION = env_str("S3_REGION", "us-east-1")
# What an object store's notifications must bring along; without it they are refused.
S3_EVENTS_TOKEN = env_str("S3_EVENTS_TOKEN")
if not S3_BUCKET and (S3_ENDPOINT_URL or S3_ACCESS_KEY_ID or S3_SECRET_ACCESS_KEY):
    raise ImproperlyConfigured("S3_BUCKET is not set, but other S3_ variables are: set it or unset them.")
if bool(S3_ACCESS_KEY_ID) != bool(S3_SECRET_ACCESS_KEY):
    raise ImproperlyConfigured("S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together: set both or neither.")

MEDIA_ROOT = VAR_DIR / "media"
# Files on their way in, and in the making: on the same disk, where moving one into place is a rename.
INCOMING_ROOT = MEDIA_ROOT / ".incoming"
# Pixels of frames that somebody looks at: kept for an hour, on this machine.
ANALYSIS_ROOT = VAR_DIR / "analysis"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(MEDIA_ROOT), "allow_overwrite": True},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if S3_BUCKET:
    from botocore.config import Config as S3Config

    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT_URL,
            "access_key": S3_ACCESS_KEY_ID or None,
            "secret_key": S3_SECRET_ACCESS_KEY or None,
            "region_name": S3_REGION,
            # Against other endpoints than Amazon's the default signature is version 2, which newer stores
            # refuse. A store that does not answer must not hold its callers for botocore's minute.
            "client_config": S3Config(
                signature_version="s3v4",
                connect_timeout=3,
                read_timeout=10,
                retries={"total_max_attempts": 2},
                max_pool_connections=50,
            ),
            "file_overwrite": True,
            "default_acl": None,
        },
    }
# How long an upload form may be used: a large frame over a slow line takes half an hour.
UPLOAD_LINK_S = 1800
UPLOAD_MAX_BYTES = env_int("UPLOAD_MAX_BYTES", 2 * 1024**3, minimum=1, maximum=5 * 1024**3)
# How long what was made to be downloaded is kept, and how long uploads are listed as recent.
DOWNLOAD_KEEP_HOURS = 48
# How long a call waits for a zip before it answers with a link to the progress page.
ZIP_WAIT_S = env_int("ZIP_WAIT_S", 20, maximum=60)
ZIP_MAX_FILES = 20_000
# The public web frontend insists on a literal in a zip's link: it is appended as a query parameter.
FRONTEND_ZIP_LITERAL = env_bool("FRONTEND_ZIP_LITERAL", True)
# nginx hands out the files: the prefix of its `internal` location whose alias is VAR_DIR/media.
X_ACCEL_REDIRECT = env_str("X_ACCEL_REDIRECT")

# --- Work in the background --------------------------------------------------------------------------------

CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Before the broker gives a task to another worker, thinking that this one died (visibility_timeout).
CELERY_TASK_TIME_LIMIT = 3500
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Workers try for as long as it takes; by default they give up after some time and end.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BEAT_SCHEDULER = "photonranch.background.beat:SteadyScheduler"
if REDIS_URL:
    CELERY_BROKER_URL = broker_url(REDIS_URL)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "global_keyprefix": f"{REDIS_PREFIX}:celery:",
        "visibility_timeout": 3600,
        "socket_connect_timeout": 2,
        # Longer than the second for which a worker's look into an empty queue waits. Without it a Redis that
        # stands still holds whoever sends a task for as long.
        "socket_timeout": 5,
        "socket_keepalive": True,
        # A broker that is down costs whoever sends a task a moment, not the six seconds of kombu's patience:
        # a site waits ten for the answer to its configuration. Workers go on trying by another setting.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
    }
else:
    # Files: a task that was accepted survives the server. Found by looking, so the look has to be frequent.
    _broker = VAR_DIR / "broker"
    for _folder in ("queue", "control", "processed"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "photonranch.background.embedded:FileTransport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "processed_folder": str(_broker / "processed"),
        "store_processed": False,
        "polling_interval": 0.05,
    }

LOG_KEEP_DAYS = 7
# A command nobody fetched for this long is not delivered any more: a roof must not open because an
# observatory's network came back the next day.
JOB_UNREAD_HOURS = 24
# A PIPE machine that has said nothing for this long is shown as stale.
PIPE_STALE_S = env_int("PIPE_STALE_S", 600, minimum=1)

# --- Who is calling ----------------------------------------------------------------------------------------

AUTH_ISSUER = env_url("AUTH_ISSUER", ("http", "https"))
AUTH_JWKS_URL = env_url("AUTH_JWKS_URL", ("http", "https"))
AUTH_PUBLIC_KEY = env_str("AUTH_PUBLIC_KEY").replace("\\n", "\n")
# "master" is the audience that the public web frontend asks its issuer for.
AUTH_AUDIENCE = env_str("AUTH_AUDIENCE", "master")
AUTH_ROLES_CLAIM = "https://photonranch.org/user_metadata"
# The key of this server's own issuer; used when none of the three above names another.
AUTH_OWN_KEY = VAR_DIR / "keys" / "issuer.pem"
if AUTH_JWKS_URL and AUTH_PUBLIC_KEY:
    raise ImproperlyConfigured("Set AUTH_JWKS_URL or AUTH_PUBLIC_KEY, not both.")

REQUIRE_SITE_KEYS = env_bool("REQUIRE_SITE_KEYS", False)
OPEN_PROJECT_WRITES = env_bool("OPEN_PROJECT_WRITES", False)
# Of people's reservations; admins, a site's key and the scheduler are free of these.
RESERVATION_MAX_HOURS = env_int("RESERVATION_MAX_HOURS", 24, minimum=1, maximum=10_000)
RESERVATION_MAX_DAYS = env_int("RESERVATION_MAX_DAYS", 180, minimum=1, maximum=10_000)
SQS_ACCESS_KEY_ID = env_str("SQS_ACCESS_KEY_ID")
SQS_SECRET_ACCESS_KEY = env_str("SQS_SECRET_ACCESS_KEY")
if bool(SQS_ACCESS_KEY_ID) != bool(SQS_SECRET_ACCESS_KEY):
    raise ImproperlyConfigured(
        "SQS_ACCESS_KEY_ID and SQS_SECRET_ACCESS_KEY go together: set both or neither."
    )

LOGIN_URL = "/sign-in"
# Where the admin's form leads whose `next` is no page of ours.
LOGIN_REDIRECT_URL = "/admin/"
# Passwords cannot be tried out: so many wrong ones for a name from one address, and it is closed to both.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "photonranch.api.middleware.client_address"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- Control rooms -----------------------------------------------------------------------------------------

# Names that nobody here knows are asked of CDS and the Minor Planet Center.
TARGETS_ONLINE = env_bool("TARGETS_ONLINE", False)
TARGETS_SESAME_URL = (
    env_url("TARGETS_SESAME_URL", ("http", "https")) or "https://cds.unistra.fr/cgi-bin/nph-sesame"
)
TARGETS_MPC_URL = (
    env_url("TARGETS_MPC_URL", ("http", "https")) or "https://data.minorplanetcenter.net/api/get-orb"
)

JITSI_URL = env_url("JITSI_URL", ("http", "https")) or "https://meet.jit.si"
REMOTEHQ_URL = env_url("REMOTEHQ_URL", ("http", "https"))
REMOTEHQ_TOKEN = env_str("REMOTEHQ_TOKEN")
if bool(REMOTEHQ_URL) != bool(REMOTEHQ_TOKEN):
    raise ImproperlyConfigured("REMOTEHQ_URL and REMOTEHQ_TOKEN go together: set both or neither.")

# --- Who else plans ----------------------------------------------------------------------------------------

# The observation portal whose schedule the calendar shows, and what it calls our sites.
OCS_PORTAL_URL = env_url("OCS_PORTAL_URL", ("http", "https"))
OCS_PORTAL_TOKEN = env_str("OCS_PORTAL_TOKEN")
OCS_PORTAL_SITES = env_places("OCS_PORTAL_SITES")
if (OCS_PORTAL_TOKEN or OCS_PORTAL_SITES) and not OCS_PORTAL_URL:
    raise ImproperlyConfigured(
        "OCS_PORTAL_TOKEN and OCS_PORTAL_SITES need OCS_PORTAL_URL: set it too, or unset them."
    )

# --- The admin's look --------------------------------------------------------------------------------------

UNFOLD = {
    **theme.UNFOLD,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("console/icon.svg")}],
    # What stands on its start page, the pages for staff know.
    "DASHBOARD_CALLBACK": "console.start_page.fill",
}

# --- The edge ----------------------------------------------------------------------------------------------

# Bytes of a JSON body; the largest real one is a site configuration of some 15 kB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Any page may call the API, with a token: cookies do not travel, so nothing is done in a visitor's name.
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_HEADERS = (
    "accept",
    "authorization",
    "content-type",
    "user-agent",
    "x-csrftoken",
    "x-request-id",
    "x-requested-with",
)
CORS_PREFLIGHT_MAX_AGE = 86400

CORS_EXPOSE_HEADERS = ("x-request-id",)

# What `/metrics` takes as `Bearer`; without it only this machine and private networks are answered.
METRICS_TOKEN = env_str("METRICS_TOKEN")

# What is DRF's to decide is decided in photonranch.api.views.ApiView, the base of every view.
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    # For the two views that are not ours: the schema and its page.
    "EXCEPTION_HANDLER": "photonranch.api.rendering.render_error",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Photon Ranch",
    "DESCRIPTION": "Command telescopes, reserve them, run observing projects, follow what they do.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "photonranch.api.openapi.with_keys",
    ],
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": True},
}

LOG_LEVEL = env_choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
# Lines of JSON for whatever collects them, or of text for people; and whether every request gets one.
LOG_FORMAT = env_choice("LOG_FORMAT", "JSON" if PRODUCTION else "TEXT", ("JSON", "TEXT"))
ACCESS_LOG = env_bool("ACCESS_LOG", PRODUCTION)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "TEXT": {
            "()": "photonranch.observe.logs.TextLines",
            "format": "{asctime} {levelname:<7} {name}: {message}",
            "style": "{",
        },
        "JSON": {"()": "photonranch.observe.logs.JsonLines"},
    },
    "filters": {"refusals": {"()": "photonranch.observe.logs.RefusalsAreLines"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["refusals"]}
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        # All there is to see of a process of its own; in that of `make run`, a line every few seconds.
        "celery.beat": {"level": "INFO" if REDIS_URL or LOG_LEVEL == "DEBUG" else "WARNING"},
        # uvicorn brings handlers of its own, and a line per request with the whole query in it.
        "uvicorn": {"handlers": ["console"], "propagate": False},
        "uvicorn.access": {"handlers": [], "propagate": False, "level": "CRITICAL"},
    },
}
