"""Which version of the client's files is served now."""

from django.utils.module_loading import import_string

from realtime.conf import conf


def client_version() -> str:
    """What `REALTIME_CLIENT_VERSION` says; empty if nothing does. `connection_established` carries it, and a page that
    was made with another one is old."""
    return str(import_string(conf.CLIENT_VERSION)()) if conf.CLIENT_VERSION else ""
