from django.urls import path

from streams import views

urlpatterns = [
    path("datastream/send", views.SendView.as_view()),
    path("sqs", views.SqsView.as_view()),
    path("sqs/<str:account>/<str:queue>", views.SqsView.as_view()),
]
