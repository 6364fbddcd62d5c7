"""The feeds that this app publishes to."""

from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async
from django.db.models import Q

from conversions.accounts.owners import owner_key
from conversions.jobs import events
from conversions.jobs.representation import list_as_json
from conversions.jobs.states import ENDED
from conversions.models import Conversion
from realtime import Topic

NEWEST = 200


class OwnerTopic(Topic):
    """All that happens to one owner's conversions; its snapshot has all unfinished and the newest 200 of them."""

    pattern = "owner.{key}"
    events = events.ALL

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        """Only the owner listens."""
        return owner_key(scope) == self.params["key"]

    async def snapshot(self) -> dict[str, Any]:
        """The conversions, in the order of lists."""
        return {"conversions": await database_sync_to_async(self.shown)()}

    def shown(self) -> list[dict[str, Any]]:
        """The snapshot's conversions, in five queries, seven where films wait too."""
        mine = Conversion.objects.filter(owner__key=self.params["key"], deleted_at=None)
        newest = list(mine.values_list("pk", flat=True)[:NEWEST])
        shown = mine.filter(Q(pk__in=newest) | ~Q(state__in=ENDED))
        return list_as_json(shown.prefetch_related("sources"))
