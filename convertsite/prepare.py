"""What a start brings up to date in the data folder: the database's tables, and the static files with hashed names."""

import hashlib
from importlib.metadata import version

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections


def migrate() -> None:
    """Bring the database up to date; quick when it is."""
    call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()


def collect_static() -> bool:
    """Collect the static files unless nothing about them has changed since; returns whether it had to."""
    stamp = settings.RUN_DIR / "static-files.sha256"
    current = fingerprint()
    if (settings.STATIC_ROOT / "staticfiles.json").exists() and stamp.exists() and stamp.read_text() == current:
        return False
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(current)
    return True


def fingerprint() -> str:
    """A digest that changes when a static file does, or the code that gives it its hashed name."""
    digest = hashlib.sha256(f"{settings.STORAGES} {version('django')} {version('whitenoise')}".encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            modified = storage.get_modified_time(path).timestamp()
            digest.update(f"{path} {storage.size(path)} {modified}\n".encode())
    return digest.hexdigest()
