"""Connections in Django admin, and the page "Real-time health". Who may view sees; who may change acts."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from realtime import clock, health, inspection, overview, samples, selftest_runs
from realtime.backoff import AWAY
from realtime.layer import HUBS, IDS_AT_ONCE, Action, control
from realtime.models import ConnectionRecord, ConnectionState, HealthSample
from realtime.publisher import tell
from realtime.topics import find

REASON = "asked_by_operator"
Records = QuerySet[ConnectionRecord]


class Shown(admin.ModelAdmin):  # type: ignore[type-arg] # not generic at run time
    """Rows that only the layer writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(HealthSample)
class HealthAdmin(Shown):
    """The list is the page "Real-time health"."""

    def get_urls(self) -> list[URLPattern]:
        series = self.admin_site.admin_view(self.series)
        return [path("series/", series, name="realtime_healthsample_series"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """How the layer is; `?owner=` narrows it to one owner's connections, `?span=` says for how long charts are."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._act(request)
        owner = request.GET.get("owner", "").replace("\0", "").strip()[:64]  # which PostgreSQL takes in no text
        span = request.GET.get("span", "hour")
        topic = f"admin.health.{owner}" if owner else "admin.health"
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "title": "Real-time health",
            "opts": self.opts,
            "seen": overview.look(owner),
            "topic": topic if find(topic) else "",
            "owner": owner,
            "span": span if span in samples.SPANS else "hour",
            "spans": list(samples.SPANS),
            "may_act": self.has_act_permission(request),
            "newest": HealthSample.objects.order_by("-taken_at")[:15],
        }
        return TemplateResponse(request, "admin/realtime/health.html", context)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """No sample can be edited; who could may act."""
        return bool(request.user.has_perm("realtime.change_healthsample"))

    def _act(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("act") != "selftest" or not self.has_act_permission(request):
            raise PermissionDenied
        try:
            begun = selftest_runs.start(request.user.get_username())
        except AWAY:
            self.message_user(request, "Valkey is away, and the self-test needs it.", messages.ERROR)
        else:
            if begun:
                _log(request, "Ran the self-test.")
            told = "The self-test runs: see below." if begun else "A self-test runs already."
            self.message_user(request, told, messages.SUCCESS if begun else messages.WARNING)
        return HttpResponseRedirect(request.get_full_path())

    def series(self, request: HttpRequest) -> HttpResponse:
        """The samples of a span as columns, as `samples.series` has them, and its `range`."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        span, now = request.GET.get("span", "hour"), clock.now()
        span = span if span in samples.SPANS else "hour"
        ends = [(now - samples.SPANS[span]).timestamp(), now.timestamp()]
        return JsonResponse({"range": ends, **samples.series(span, now)})


def _user(request: HttpRequest) -> int:
    return cast(int, request.user.pk)  # of the staff, whom admin let in


def _log(request: HttpRequest, message: str) -> None:
    """In admin's log, of no row."""
    kind = ContentType.objects.get_for_model(HealthSample)
    LogEntry.objects.create(
        user_id=_user(request),
        content_type=kind,
        object_repr="Real-time health",
        action_flag=CHANGE,
        change_message=message,
    )


@admin.register(ConnectionRecord)
class ConnectionRecordAdmin(Shown):
    """A list to search and filter; a connection's own page says what became of it."""

    list_display = (
        "connection_id",
        "owner",
        "address",
        "transport",
        "state",
        "quality",
        "latency",
        "opened_at",
        "last_seen_at",
        "closed_at",
        "close_code",
    )
    list_filter = ("state", "transport", "quality", "process")
    search_fields = ("connection_id", "owner", "address", "user_agent", "process")
    date_hierarchy = "opened_at"
    show_full_result_count = False
    actions = ("test", "recover", "close")

    @admin.display(description="latency", ordering="latency_ms")
    def latency(self, record: ConnectionRecord) -> str:
        """The smoothed round trip."""
        return "" if record.latency_ms is None else f"{record.latency_ms:.0f} ms"

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Nothing of a record can be edited; who could may act."""
        return bool(request.user.has_perm("realtime.change_connectionrecord"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of one connection, which shows and, by POST with an `act`, acts."""
        record = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        if record is None:
            self.message_user(request, "There is no record of this connection (any longer).", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:realtime_connectionrecord_changelist"))
        if request.method == "POST":
            return self._act(request, request.POST.get("act", ""), record)
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            **(inspection.look(record.pk) or {}),
            "title": "Connection",
            "subtitle": record.pk,
            "opts": self.opts,
            "topic": f"admin.connection.{record.pk}",
            "may_act": self.has_act_permission(request) and record.state != ConnectionState.CLOSED,
        }
        return TemplateResponse(request, "admin/realtime/connection.html", context)

    def _act(self, request: HttpRequest, act: str, record: ConnectionRecord) -> HttpResponse:
        if act not in self.actions or not self.has_act_permission(request):
            raise PermissionDenied
        getattr(self, act)(request, ConnectionRecord.objects.filter(pk=record.pk))
        return HttpResponseRedirect(request.get_full_path())

    @admin.action(description="Test now: ask the clients whether they are there", permissions=["act"])
    def test(self, request: HttpRequest, records: Records) -> None:
        """Let the hubs ask."""
        ids = self._open(request, records, "Asked for a connection test.")
        health.request_connection_test(*ids)

    @admin.action(description="Recover: send the clients to new connections", permissions=["act"])
    def recover(self, request: HttpRequest, records: Records) -> None:
        """Let the hubs send them away; they resume where they are."""
        ids = self._open(request, records, "Asked to recover.")
        tell(HUBS, control(Action.RECOVER, ids, REASON))

    @admin.action(description="Close the connections", permissions=["act"])
    def close(self, request: HttpRequest, records: Records) -> None:
        """Let the hubs close them; clients come back, as after a cut."""
        ids = self._open(request, records, "Asked to close.")
        health.close_connection(*ids)

    def _open(self, request: HttpRequest, records: Records, message: str) -> list[str]:
        """The ids of those that are not closed, for which the log gets a line each."""
        found = list(records.exclude(state=ConnectionState.CLOSED).only("pk"))
        for start in range(0, len(found), IDS_AT_ONCE):
            some = found[start : start + IDS_AT_ONCE]
            LogEntry.objects.log_actions(_user(request), some, CHANGE, message)
        if found:
            told = f"{message.removesuffix('.')}: {len(found)}. Their pages show what comes of it."
            self.message_user(request, told, messages.SUCCESS)
        else:
            self.message_user(request, "Closed already; nobody was asked.", messages.WARNING)
        return [record.pk for record in found]
