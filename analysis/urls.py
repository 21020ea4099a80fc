"""Under `quickanalysis/`."""

from django.urls import path

from analysis import views

urlpatterns = [
    path("statistics", views.statistics),
    path("histogram-clipped", views.histogram),
    path("lineprofile", views.profile),
    path("stars", views.stars),
]
