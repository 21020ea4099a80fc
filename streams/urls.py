from django.urls import path

from streams import views

urlpatterns = [
    path("datastream/send", views.SendView.as_view()),
]
