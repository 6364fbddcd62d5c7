"""What the pages of admin have in common."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg] # Django's takes none at run time
    """Rows that people look at; only the program writes them. Who has the permission to change may act on them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether who asks may act on these rows."""
        return has_permission(request, "change", self.model)


def has_permission(request: HttpRequest, what: str, model: type[Any]) -> bool:
    """Whether who asks may `view` or `change` rows of the model."""
    options = model._meta
    return bool(request.user.has_perm(f"{options.app_label}.{what}_{options.model_name}"))


def may_see(request: HttpRequest, model: type[Any]) -> bool:
    """Whether who asks may look at rows of the model; who may change them may."""
    return any(has_permission(request, what, model) for what in ("view", "change"))
