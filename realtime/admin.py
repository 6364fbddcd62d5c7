"""Connections in Django admin, to look at."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from realtime.models import ConnectionRecord


@admin.register(ConnectionRecord)
class ConnectionRecordAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not generic at run time
    """A list to search and filter; only the layer writes it."""

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

    @admin.display(description="latency", ordering="latency_ms")
    def latency(self, record: ConnectionRecord) -> str:
        """The smoothed round trip."""
        return "" if record.latency_ms is None else f"{record.latency_ms:.0f} ms"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
