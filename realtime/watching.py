"""Topics that show how something is at the moment: looked at, and published, only while somebody follows them."""

import logging
from collections.abc import Iterable

from realtime.publisher import publish
from realtime.topics import Watched

logger = logging.getLogger(__name__)
LOOK_INTERVAL = 2.0  # seconds
KEY = "now"


class Watching:
    """One process's looks. Where several processes look at a topic, the newest look counts."""

    def __init__(self) -> None:
        self._failing: set[str] = set()

    async def look_at(self, topics: Iterable[Watched]) -> None:
        """Publish how each of them is now. Raises nothing: what fails is tried again, and told once."""
        for topic in topics:
            try:
                publish(topic.name, await topic.look(), key=KEY)
            except Exception as error:  # noqa: BLE001 (the database may be away, or anything else that is looked at)
                if topic.name not in self._failing:
                    logger.warning("Topic %s cannot be looked at: %s", topic.name, error)
                self._failing.add(topic.name)
            else:
                self._failing.discard(topic.name)
