"""`/metrics`: what all processes of this machine have counted, and how things stand, as Prometheus reads it."""

import functools
import shutil
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from conversions import metrics as conversions
from convertsite import multiprocess, readiness
from realtime import metrics as realtime

PASSED_ON = ("X-Forwarded-For", "Forwarded", "X-Real-IP")  # what proxies say of the client


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The series, to who has `METRICS_TOKEN` or asks from an address of `METRICS_ALLOW`; 404 if neither is set."""
    if not (settings.METRICS_TOKEN or settings.METRICS_ALLOW):
        raise Http404
    if not (has_token(request) or is_near(request)):
        return refusal()
    begin()
    encode, media_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry()), content_type=media_type)


def has_token(request: HttpRequest) -> bool:
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return bool(settings.METRICS_TOKEN) and constant_time_compare(request.headers.get("Authorization", ""), expected)


def is_near(request: HttpRequest) -> bool:
    """Whether it comes from an address of the list, and straight from there: a proxy has an address of its own."""
    if any(name in request.headers for name in PASSED_ON):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a Unix socket has none
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in settings.METRICS_ALLOW)


def refusal() -> HttpResponse:
    text = "Send METRICS_TOKEN as a bearer token, or ask from an address of METRICS_ALLOW.\n"
    response = HttpResponse(text, status=401 if settings.METRICS_TOKEN else 403, content_type="text/plain")
    if settings.METRICS_TOKEN:
        response["WWW-Authenticate"] = "Bearer"
    return response


@functools.cache
def begin() -> None:
    """Once a process: what is known beforehand appears with nothing counted."""
    realtime.begin()
    conversions.begin()


def registry() -> CollectorRegistry:
    """All that is told, collected anew each time."""
    made = CollectorRegistry()
    for collector in (Counted(), conversions.Rows(), Site()):
        made.register(collector)
    return made


class Counted(Collector):
    """What the processes have counted."""

    def collect(self) -> Iterator[Metric]:
        """The families, each with its samples."""
        yield from multiprocess.read(settings.METRICS_DIR)


class Site(Collector):
    """Whether the site's parts answer, as `/readyz` says it, and the room on the disk of the data folder."""

    def collect(self) -> Iterator[Metric]:
        """The families, each with its samples."""
        answers = GaugeMetricFamily("convertsite_check_ok", "1 if the part answers, else 0.", labels=["check"])
        for name, check in readiness.CHECKS.items():
            answers.add_metric([name], float(check() == readiness.OK))
        yield answers
        disk = shutil.disk_usage(settings.DATA_DIR)
        yield GaugeMetricFamily("convertsite_disk_bytes", "Size of the disk of the data folder.", disk.total)
        yield GaugeMetricFamily("convertsite_disk_free_bytes", "What is free there.", disk.free)
