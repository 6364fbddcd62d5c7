"""System checks of the site's settings as a whole."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, register

NO_PROXY_BELIEVED = Info(
    "SITE_URL is https and TRUSTED_PROXIES is empty, so plain http is not redirected to https and HSTS is not sent.",
    hint="Set TRUSTED_PROXIES to the address of the proxy that ends TLS; it must set X-Forwarded-Proto itself.",
    id="convertsite.I001",
)


@register()
def check_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Tell that nothing says which requests came by https. No warning: the proxy may redirect by itself."""
    https = settings.SITE_URL.startswith("https://")
    return [NO_PROXY_BELIEVED] if https and not settings.TRUSTED_PROXIES else []
