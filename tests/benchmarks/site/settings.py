"""Settings of the measured site. The benchmark says in the environment where Valkey listens and where to write."""

import os
from pathlib import Path

SECRET_KEY = "benchmark"
USE_TZ = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["channels", "realtime", "tests.benchmarks.site"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(os.environ["BENCH_FOLDER"], "db.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
REALTIME_URL = f"unix://{os.environ['VALKEY_SOCKET']}"
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REALTIME_URL]}}
}
# All watchers come from one machine.
REALTIME_MAX_CONNECTIONS_PER_ADDRESS = int(os.environ.get("BENCH_CONNECTIONS_PER_ADDRESS", "100000"))
REALTIME_MAX_CONNECTS_PER_SECOND = REALTIME_MAX_CONNECTIONS_PER_ADDRESS // 10
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
