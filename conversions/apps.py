from django.apps import AppConfig


class ConversionsConfig(AppConfig):
    name = "conversions"

    def ready(self) -> None:
        """Listen to sign-ins, wherever they happen."""
        from conversions.accounts import owners  # noqa: F401
