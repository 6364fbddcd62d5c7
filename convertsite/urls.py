"""The site's URLs."""

from django.contrib import admin
from django.urls import include, path

from convertsite.api import api
from convertsite.metrics import metrics
from convertsite.readiness import healthz, readyz

handler400 = "convertsite.failures.refused"
handler404 = "convertsite.failures.missing"
handler500 = "convertsite.failures.failed"
urlpatterns = [
    path("", include("conversions.pages.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
