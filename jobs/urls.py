from django.urls import path

from jobs import views

urlpatterns = [
    path("getnewjobs", views.GetNewJobsView.as_view()),
    path("newjob", views.NewJobView.as_view()),
    path("updatejobstatus", views.UpdateJobStatusView.as_view()),
    path("startjob", views.StartJobView.as_view()),
    path("getrecentjobs", views.GetRecentJobsView.as_view()),
]
