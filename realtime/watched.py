"""The layer's own topics, for admins: how it is as a whole, and one connection. Who follows needs the permission to
view the page that it is for; what they carry is that page's changing part, as HTML."""

from collections.abc import Callable, Mapping
from typing import Any

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string

from realtime import inspection, overview
from realtime.protocol import Event
from realtime.topics import Topic, Watched


class Shown(Event, tag="shown"):
    """What the page shows now."""

    html: str


async def _render(template: str, look: Callable[[], Mapping[str, Any] | None]) -> Shown:
    def rendered() -> str:
        found = look()
        html = "" if found is None else render_to_string(template, dict(found))
        return html + ""  # a plain string, which msgspec knows

    # Not in the thread that Django's views share: they would wait for it.
    return Shown(html=await database_sync_to_async(rendered, thread_sensitive=False)())


async def _may_view(scope: Mapping[str, Any], model: str) -> bool:
    """Whether who connects is staff who may view these rows, as the database says now."""
    user = scope.get("user")
    may: bool = await database_sync_to_async(_has_view, thread_sensitive=False)(getattr(user, "pk", None), model)
    return may


def _has_view(user_id: Any, model: str) -> bool:
    staff = get_user_model()._default_manager.filter(pk=user_id, is_active=True, is_staff=True).first()
    return staff is not None and any(staff.has_perm(f"realtime.{may}_{model}") for may in ("view", "change"))


class HealthTopic(Watched, Topic):
    """The page "Real-time health"."""

    pattern = "admin.health"
    events = (Shown,)
    owner = ""

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        """Staff who may view health samples."""
        return await _may_view(scope, "healthsample")

    async def look(self) -> Shown:
        """The page's figures."""
        return await _render("admin/realtime/health_now.html", lambda: {"seen": overview.look(self.owner)})


class OwnersHealthTopic(HealthTopic):
    """The same with the connections of one owner."""

    pattern = "admin.health.{owner}"

    def __init__(self, name: str, params: Mapping[str, str]) -> None:
        super().__init__(name, params)
        self.owner = params["owner"]


class ConnectionTopic(Watched, Topic):
    """The page of one connection, of which its process writes a fresh record for each look."""

    pattern = "admin.connection.{id}"
    events = (Shown,)

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        """Staff who may view connections."""
        return await _may_view(scope, "connectionrecord")

    async def look(self) -> Shown:
        """The connection as its record says; nothing once that is deleted."""
        return await _render("admin/realtime/connection_now.html", lambda: inspection.look(self.params["id"]))
