"""Owners and their tokens."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from conversions.admin.base import ReadOnly
from conversions.models import ApiToken, Owner


@admin.register(Owner)
class OwnerAdmin(ReadOnly):
    """Users and anonymous visitors. Not deleted here: their files would be left behind."""

    list_display = ("key", "user", "conversion_count", "created_at")
    list_filter = (("user", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("user",)
    search_fields = ("key", "user__username", "user__email")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Owner]:
        owners: QuerySet[Owner] = super().get_queryset(request)
        return owners.annotate(conversion_total=Count("conversions"))

    @admin.display(description="conversions", ordering="conversion_total")
    def conversion_count(self, owner: "Owner") -> int:
        return int(getattr(owner, "conversion_total", 0))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Deleting a token revokes it. New ones come from `manage.py api_token NAME`."""

    list_display = ("name", "user", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
