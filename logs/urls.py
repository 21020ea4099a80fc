from django.urls import path

from logs import views

urlpatterns = [
    path("newlog", views.NewLogView.as_view()),
    path("recent-logs", views.RecentLogsView.as_view()),
]
