from django.urls import path

from reservations import views

urlpatterns = [
    path("newevent", views.NewEventView.as_view()),
    path("modifyevent", views.ModifyEventView.as_view()),
    path("delete", views.DeleteView.as_view()),
    path("siteevents", views.SiteEventsView.as_view()),
    path("user-events-ending-after-time", views.UserEventsView.as_view()),
    path("get-event-at-time", views.EventAtTimeView.as_view()),
    path("is-user-scheduled", views.IsUserScheduledView.as_view()),
    path("does-conflicting-event-exist", views.DoesConflictingEventExistView.as_view()),
    path("add-projects-to-events", views.AddProjectsToEventsView.as_view()),
    path("remove-project-from-events", views.RemoveProjectFromEventsView.as_view()),
    path("scheduler-observations", views.SchedulerObservationsView.as_view()),
]
