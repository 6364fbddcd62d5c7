"""The ASGI application: HTTP to Django, WebSockets to the reliable layer's consumers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertsite.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()  # first: it sets Django up, and the imports below need that
