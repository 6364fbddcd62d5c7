from functools import partial

from django.apps import AppConfig


class ConvertsiteConfig(AppConfig):
    name = "convertsite"

    def ready(self) -> None:
        from convertsite import checks, liveness, traces  # noqa: F401 (register checks and connect Celery's signals)
        from convertsite.readiness import CONSEQUENCES
        from realtime.overview import Level, Source, parts

        for part in liveness.PARTS:
            vital, advice = CONSEQUENCES[part]
            level = Level.UNHEALTHY if vital else Level.DEGRADED
            parts[part] = Source(partial(liveness.age, part), level, advice)
