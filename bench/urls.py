from django.urls import include, path

from bench import bare

urlpatterns = [
    path("bare/newlog", bare.newlog),
    path("bare/newjob", bare.newjob),
    path("bare/getnewjobs", bare.getnewjobs),
    path("", include("photonranch.urls")),
]
