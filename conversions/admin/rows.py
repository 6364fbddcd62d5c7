"""Conversions: to look at, and to delete."""

import json
from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from conversions.admin.base import ReadOnly
from conversions.catalog import options
from conversions.engines import registry
from conversions.jobs import lifecycle
from conversions.models import Conversion, Source
from conversions.sandbox import isolation


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
    """Deletes as the owner does: the page is told, and the files go too."""

    list_display = ("id", "source_names", "to", "state", "percent", "attempt", "owner", "error_code", "created_at")
    list_filter = ("state", "to", "error_code", "created_at")
    list_select_related = ("owner__user",)
    search_fields = ("id", "sources__name", "output_name", "owner__key", "owner__user__username", "error_code")
    search_help_text = "An id, a file's name, an owner's key or user name, or an error's code"
    date_hierarchy = "created_at"
    show_full_result_count = False
    change_list_template = "admin/conversions/conversions.html"
    inlines: ClassVar = [SourceInline]
    exclude = ("options",)  # it may hold a password
    readonly_fields = ("told_options",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversion]:
        return super().get_queryset(request).prefetch_related("sources")

    def get_urls(self) -> list[URLPattern]:
        engines = self.admin_site.admin_view(self.engines)
        return [path("engines/", engines, name="conversions_engines"), *super().get_urls()]

    def engines(self, request: HttpRequest) -> HttpResponse:
        """Which engines are present, and what their processes are kept from."""
        found = [(engine, engine.version(), len(engine.ways)) for engine in registry.ENGINES]
        context = {"title": "Engines", "engines": found, "isolation": isolation.available()}
        return TemplateResponse(
            request, "admin/conversions/engines.html", {**self.admin_site.each_context(request), **context}
        )

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
