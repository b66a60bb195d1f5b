"""The pages: the console, the webhook door, and what monitoring asks."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from orchestrator import health
from orchestrator.intake import webhooks

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("assessment/", include("assessment.urls")),
    path("hooks/<str:token>/", webhooks.receive, name="hook"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
