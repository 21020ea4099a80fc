from django.urls import path

from console import views_network, views_pipe, views_sign_in, views_site
from console.target.page import SearchPage, TargetPage

app_name = "console"

urlpatterns = [
    path("", views_network.NetworkPage.as_view(), name="network"),
    path("sites/<str:site>", views_site.SitePage.as_view(), name="site"),
    path("sites/<str:site>/rights", views_site.RightsView.as_view(), name="rights"),
    path("targets", SearchPage.as_view(), name="targets"),
    path("targets/<path:name>", TargetPage.as_view(), name="target"),
    path("pipe", views_pipe.PipePage.as_view(), name="pipe"),
    path("sign-in", views_sign_in.SignInPage.as_view(), name="sign-in"),
    path("sign-out", views_sign_in.SignOutPage.as_view(), name="sign-out"),
]
