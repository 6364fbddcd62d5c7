"""What is wrong with the site, and by which settings it runs, in Django admin."""

from typing import Any

from django.contrib import admin
from django.core.checks import run_checks
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from convertsite.in_force import settings_in_force
from convertsite.models import Alert, SettingInForce


class OnlyShown(admin.ModelAdmin):  # type: ignore[type-arg] # Django's takes none at run time
    """Only the program writes it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Alert)
class AlertAdmin(OnlyShown):
    """What is wrong, or was last."""

    list_display = ("name", "summary", "since", "told")
    list_filter = ("told",)


@admin.register(SettingInForce)
class SettingInForceAdmin(OnlyShown):
    """The list is the page of settings; there are no rows."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The settings of the process that answers, no password or token among them, and what is wrong or risky."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "title": "Settings in force",
            "opts": self.opts,
            "settings": settings_in_force(),
            "problems": [problem for problem in run_checks() if not problem.is_silenced()],
        }
        return TemplateResponse(request, "admin/convertsite/settings.html", context)

    def get_object(self, *args: Any, **options: Any) -> None:
        """There is none to look at alone."""
