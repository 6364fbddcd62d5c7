"""Conversions: to look at, and what can be done about them."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from conversions.admin import engines, life
from conversions.admin.base import ReadOnly
from conversions.catalog import options
from conversions.errors import ConversionsError
from conversions.jobs import lifecycle
from conversions.models import Conversion, Source


class SourceInline(admin.TabularInline):  # type: ignore[type-arg] # Django's takes none at run time
    """The files that were sent."""

    model = Source
    extra = 0
    can_delete = False
    fields = ("name", "size", "format")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Conversion)
class ConversionAdmin(ReadOnly):
    """What is done here is what the owner could do: the page is told, and of what is deleted the files go too."""

    list_display = ("id", "source_names", "to", "state", "percent", "attempt", "owner", "error_code", "created_at")
    list_filter = ("state", "to", "error_code", "created_at")
    list_select_related = ("owner__user",)
    search_fields = ("id", "sources__name", "output_name", "owner__key", "owner__user__username", "error_code")
    search_help_text = "An id, a file's name, an owner's key or user name, or an error's code"
    date_hierarchy = "created_at"
    show_full_result_count = False
    change_list_template = "admin/conversions/conversions.html"
    change_form_template = "admin/conversions/conversion.html"
    actions = ("retry", "cancel", "requeue")
    inlines: ClassVar = [SourceInline]
    fieldsets = (  # without the options themselves, which may hold a password
        (None, {"fields": ("id", "owner", "to", "told_options", "route", "state", "percent", "stage", "progress")}),
        (
            "Attempts",
            {"fields": ("attempt", "recoveries", "worker", "lane", "lease_until", "dispatched_at", "waited", "took")},
        ),
        (
            "Times",
            {
                "fields": (
                    "added_at",
                    "created_at",
                    "queued_at",
                    "started_at",
                    "finished_at",
                    "expires_at",
                    "deleted_at",
                )
            },
        ),
        ("Error", {"fields": ("error_code", "error_message", "error_suggestion", "error_params", "error_retryable")}),
        ("Result", {"fields": ("output", "output_name", "output_size", "output_media_type", "unannounced")}),
    )
    readonly_fields = ("id", "told_options", "created_at", "waited", "took")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversion]:
        return super().get_queryset(request).prefetch_related("sources")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("engines/", view(engines.overview), name="conversions_engines"),
            path("engines/<slug:engine>/", view(engines.one), name="conversions_engine"),
            *super().get_urls(),
        ]

    @admin.display(description="options")
    def told_options(self, conversion: Conversion) -> str:
        return json.dumps(options.told(conversion.options), ensure_ascii=False)

    @admin.display(description="files")
    def source_names(self, conversion: Conversion) -> str:
        return ", ".join(source.name for source in conversion.sources.all())

    def delete_model(self, request: HttpRequest, obj: Conversion) -> None:
        lifecycle.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Conversion]) -> None:
        for conversion in queryset:
            lifecycle.delete(conversion)

    @admin.display(description="waited")
    def waited(self, conversion: Conversion) -> str:
        return life.waited(conversion)

    @admin.display(description="took")
    def took(self, conversion: Conversion) -> str:
        return life.took(conversion)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Conversion | None = None,
    ) -> HttpResponse:
        if obj is not None:
            connections = ("realtime.view_connectionrecord", "realtime.change_connectionrecord")
            context["may_see_connections"] = any(request.user.has_perm(each) for each in connections)
            context["may_act"], context["life"] = self.has_act_permission(request), life.told_of(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.action(description="Retry: queue again what failed or was cancelled", permissions=["act"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Conversion]) -> HttpResponse | None:
        return self._each(request, chosen, lifecycle.retry, "Retried.")

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[Conversion]) -> HttpResponse | None:
        return self._each(request, chosen, lifecycle.cancel, "Cancelled.")

    @admin.action(description="Requeue: take from its worker what runs, send again what waits", permissions=["act"])
    def requeue(self, request: HttpRequest, chosen: QuerySet[Conversion]) -> HttpResponse | None:
        return self._each(request, chosen, lifecycle.requeue, "Requeued.")

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Conversion], act: Callable[[Conversion], bool], done: str
    ) -> HttpResponse | None:
        """Do it to each, and say with how many nothing could be done. From a conversion's own page, back to it."""
        number, refused = 0, Counter[str]()
        for conversion in chosen:
            state = conversion.state
            try:
                if act(conversion):
                    number += 1
                    self.log_change(request, conversion, done)
                else:
                    refused[f"{state} already."] += 1
            except ConversionsError as error:
                refused[str(error)] += 1
        if number:
            self.message_user(request, f"{done} Conversions: {number}.", messages.SUCCESS)
        for why, many in refused.items():
            self.message_user(request, f"Nothing was done. Conversions: {many}; {why}", messages.WARNING)
        if "from_page" in request.POST and (one := chosen.first()):
            return redirect("admin:conversions_conversion_change", one.pk)
        return None
