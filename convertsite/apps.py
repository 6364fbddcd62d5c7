from django.apps import AppConfig


class ConvertsiteConfig(AppConfig):
    name = "convertsite"

    def ready(self) -> None:
        from convertsite import liveness  # noqa: F401 (connects Celery's signals)
