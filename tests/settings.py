"""The site's settings, with everything that is written at run time in a folder that ends with the tests."""

import os
import tempfile

_folder = tempfile.TemporaryDirectory(prefix="convertsite-tests-")
for _name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SITE_URL"):
    os.environ.pop(_name, None)
os.environ["DATA_DIR"] = _folder.name
os.environ["ENV_FILE"] = os.devnull  # an operator's .env names a Valkey and a database that are not ours to empty
if "TEST_DATABASE_URL" in os.environ:  # the tests of one process, with another database than SQLite
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from convertsite.settings import *  # noqa: E402, F403 (the folder must be known first)
from convertsite.settings import DATABASES as _DATABASES  # noqa: E402
from convertsite.settings import STATIC_ROOT as _STATIC_ROOT  # noqa: E402
from convertsite.settings import STORAGES as _STORAGES  # noqa: E402

_STATIC_ROOT.mkdir()  # empty; WhiteNoise warns where there is none

# Views are tested without a `collectstatic`; tests/stack.py serves hashed names, as in production.
STORAGES = {**_STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A file, as in production: threads that share a database in memory do not wait for each other, they fail.
if _DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    _DATABASES["default"]["TEST"] = {"NAME": f"{_folder.name}/test.sqlite3"}
