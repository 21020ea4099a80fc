from django.urls import path

from sitecfg import room_views, sky_views, views

urlpatterns = [
    path("all/config", views.AllConfigsView.as_view()),
    path("<str:site>/config", views.ConfigView.as_view()),
    path("nightlog/<str:site>", views.NightLogView.as_view()),
    path("events", sky_views.EventsView.as_view()),
    path("events/range", sky_views.EventsRangeView.as_view()),
    path("events/moon/rise-set-illum", sky_views.MoonView.as_view()),
    path("sky/<str:site>.svg", sky_views.PictureView.as_view()),
    path("new_remotehq_browser", room_views.NewBrowserView.as_view()),
    path("control_room/<str:site>", room_views.ControlRoomView.as_view()),
    path("control_room/<str:site>/restart", room_views.RestartView.as_view()),
]
