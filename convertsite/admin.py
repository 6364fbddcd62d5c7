"""What is wrong with the site, in Django admin."""

from django.contrib import admin
from django.http import HttpRequest

from convertsite.models import Alert


@admin.register(Alert)
class AlertAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's takes none at run time
    """Only the program writes them."""

    list_display = ("name", "summary", "since", "told")
    list_filter = ("told",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
