from django.apps import AppConfig


class ConvertsiteConfig(AppConfig):
    name = "convertsite"

    def ready(self) -> None:
        from convertsite import checks, liveness, traces  # noqa: F401 (register checks and connect Celery's signals)
