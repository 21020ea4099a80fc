from django.urls import path

from pipe import views

urlpatterns = [
    path("queue", views.NewQueueView.as_view()),
    path("queues", views.QueuesView.as_view()),
    path("queue/<path:queue_name>/dequeue", views.DequeueView.as_view()),
    path("queue/<path:queue_name>", views.QueueView.as_view()),
    path("depths", views.DepthsView.as_view()),
    path("leases", views.LeasesView.as_view()),
    path("dead", views.DeadView.as_view()),
    path("enqueue", views.EnqueueView.as_view()),
    path("enqueue_batch", views.EnqueueBatchView.as_view()),
    path("ack", views.AckView.as_view()),
    path("nack", views.NackView.as_view()),
    path("extend", views.ExtendView.as_view()),
    path("status", views.NewStatusView.as_view()),
    path("statuses", views.StatusesView.as_view()),
    path("status/<path:pipe_id>", views.StatusView.as_view()),
]
