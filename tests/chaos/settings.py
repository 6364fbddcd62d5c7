"""Settings of the app under fire; `CHAOS_FOLDER` says where its database and its Valkey are."""

import os
from pathlib import Path

FOLDER = Path(os.environ["CHAOS_FOLDER"])
SECRET_KEY = "not secret"
INSTALLED_APPS = ["channels", "realtime", "tests.chaos"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "db.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
USE_TZ = True
ALLOWED_HOSTS = ["127.0.0.1"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REALTIME_URL = f"unix://{FOLDER / 'valkey.sock'}"
REALTIME_MAX_CONNECTIONS_PER_ADDRESS = REALTIME_MAX_CONNECTS_PER_SECOND = 10_000  # a storm comes from here
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REALTIME_URL]}}
}
