from django.urls import path

from status import views

# Literal paths first: they lie where a pattern would take them for a site's.
urlpatterns = [
    path("allopenstatus", views.AllOpenStatusView.as_view()),
    path("lastseen", views.LastSeenView.as_view()),
    path("phase_status", views.NewPhaseView.as_view()),
    path("phase_status/<str:site>", views.PhasesView.as_view()),
    path("<str:site>/status", views.NewStatusView.as_view()),
    path("<str:site>/complete_status", views.CompleteStatusView.as_view()),
    path("<str:site>/clear_all_status", views.ClearAllStatusView.as_view()),
    # Three parts: no type of status can be called so.
    path("<str:site>/weather/history", views.WeatherHistoryView.as_view()),
    path("<str:site>/<str:status_type>", views.StatusView.as_view()),
]
