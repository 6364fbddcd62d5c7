"""The site: settings, URLs, the processes and the command line."""

from convertsite import multiprocess  # isort:skip (before anything makes a series)
from convertsite.celery import app as celery_app

__all__ = ["celery_app", "multiprocess"]
