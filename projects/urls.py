from django.urls import path

from projects import views

urlpatterns = [
    path("new-project", views.NewProjectView.as_view()),
    path("modify-project", views.ModifyProjectView.as_view()),
    path("get-project", views.GetProjectView.as_view()),
    path("get-all-projects", views.GetAllProjectsView.as_view()),
    path("get-user-projects", views.GetUserProjectsView.as_view()),
    path("add-project-data", views.AddProjectDataView.as_view()),
    path("add-project-event", views.AddProjectEventView.as_view()),
    path("delete-project", views.DeleteProjectView.as_view()),
    path("delete-scheduler-projects", views.DeleteSchedulerProjectsView.as_view()),
    path("frames", views.FramesView.as_view()),
    path("progress", views.ProgressView.as_view()),
]
