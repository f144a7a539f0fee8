"""Django settings. Everything a company sets comes from LIUKE_* in the environment; docs/settings.md lists them."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from liuke.site.database import database
from liuke.site.mail import mail_server

PACKAGE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("LIUKE_DATA", "data")).resolve()
TESTING = os.environ.get("LIUKE_TEST") == "1"


def _secret() -> str:
    """The signing key: from the environment, else made once and kept in the data folder, readable by its owner only."""
    if given := os.environ.get("LIUKE_SECRET_KEY"):
        return given
    kept = DATA / "secret.key"
    if not kept.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text().strip()


SECRET_KEY = _secret()
KEYS = Path(os.environ.get("LIUKE_KEYS") or DATA / "keys.json")
DEBUG = os.environ.get("LIUKE_DEBUG") == "1"
ALLOWED_HOSTS = [host for host in os.environ.get("LIUKE_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("LIUKE_ORIGINS", "").split(",") if origin]
HTTPS = os.environ.get("LIUKE_HTTPS") == "1"

DOMAIN_APPS = [
    "liuke.audit",
    "liuke.vault",
    "liuke.team",
    "liuke.playbooks",
    "liuke.customers",
    "liuke.notices",
    "liuke.custody",
    "liuke.deals",
    "liuke.interactions",
    "liuke.promises",
    "liuke.conversations",
    "liuke.standing",
    "liuke.trials",
    "liuke.work",
    "liuke.care",
    "liuke.visits",
    "liuke.coaching",
    "liuke.complaints",
    "liuke.satisfaction",
    "liuke.churn",
    "liuke.duplicates",
    "liuke.verification",
    "liuke.keepers",
    "liuke.privacy",
    "liuke.supervision",
    "liuke.improvement",
    "liuke.segments",
    "liuke.mailing",
    "liuke.notify",
    "liuke.exchange",
    "liuke.jobs",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "liuke.web",
    *[app for app in DOMAIN_APPS if (PACKAGE / app.rsplit(".", 1)[-1] / "apps.py").exists()],
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "liuke.site.statics.Statics",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "liuke.web.doors.DoorMiddleware",
]
ROOT_URLCONF = "liuke.site.urls"
WSGI_APPLICATION = "liuke.site.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {"environment": "liuke.web.components.environment", "context_processors": ["liuke.web.me.languages"]},
    },
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
    },
]

DATABASES = {"default": database(os.environ.get("LIUKE_DATABASE_URL", ""), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "liuke.web.accounts.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "liuke.web.accounts.TwoFactorAdapter"
MFA_TOTP_ISSUER = "留客"
# A telephone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
CSRF_FAILURE_VIEW = "liuke.web.errors.no_token"

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-liuke"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", _("英文"))]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = os.environ.get("LIUKE_TIME_ZONE", "Asia/Shanghai")

STATIC_URL = "/static/"
STATICFILES_DIRS = [("dist", PACKAGE / "web" / "static" / "dist")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+-[A-Z0-9]{8}\..+$"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MIRROR = DATA / "mirror"
UPLOADS = DATA / "uploads"
CURRENCY = os.environ.get("LIUKE_CURRENCY", "CNY")

# Word outside the house: where the links of a message lead, the mail server, hosts of robots that may lie inside the company.
SITE_URL = (os.environ.get("LIUKE_URL") or next(iter(CSRF_TRUSTED_ORIGINS), "")).rstrip("/")
WEBHOOK_HOSTS = frozenset(host.strip().lower() for host in os.environ.get("LIUKE_WEBHOOK_HOSTS", "").split(",") if host.strip())
globals().update(mail_server(os.environ.get("LIUKE_SMTP_URL", ""), os.environ.get("LIUKE_MAIL_FROM", "")))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"no_links": {"()": "liuke.site.logs.NoLinks"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_links"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LIUKE_LOG", "WARNING")},
}
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
