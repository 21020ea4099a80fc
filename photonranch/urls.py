"""One line per service path."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from photonranch.api import server_views
from photonranch.observe import views as observe

# In the order in which they are asked for: every line before the right one is tried.
urlpatterns = [
    path("jobs/", include("jobs.urls")),
    path("status/", include("status.urls")),
    path("logs/", include("logs.urls")),
    path("projects/", include("projects.urls")),
    path("calendar/", include("reservations.urls")),
    path("quickanalysis/", include("analysis.urls")),
    path("healthz", server_views.HealthView.as_view()),
    path("readyz", observe.ReadyView.as_view()),
    path("metrics", observe.MetricsView.as_view()),
    path(".well-known/jwks.json", server_views.OwnKeysView.as_view()),
    path("api", server_views.ApiRootView.as_view()),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/pipe/", include("pipe.urls")),
    path("api/", include("images.urls")),
    path("api/", include("sitecfg.urls")),
    path("api/", include("targets.urls")),
    path("", include("streams.urls")),
    path("favicon.ico", RedirectView.as_view(url=static("console/icon.svg"))),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
    path("", include("console.urls")),
]

handler400 = "photonranch.api.rendering.answer_400"
handler403 = "photonranch.api.rendering.answer_403"
handler404 = "photonranch.api.rendering.answer_404"
handler500 = "photonranch.api.rendering.answer_500"
