from django.urls import path

from sitecfg.views import rooms, sites, sky

urlpatterns = [
    path("all/config", sites.AllConfigsView.as_view()),
    path("<str:site>/config", sites.ConfigView.as_view()),
    path("nightlog/<str:site>", sites.NightLogView.as_view()),
    path("events", sky.EventsView.as_view()),
    path("events/range", sky.EventsRangeView.as_view()),
    path("events/moon/rise-set-illum", sky.MoonView.as_view()),
    path("sky/<str:site>.svg", sky.PictureView.as_view()),
    path("new_remotehq_browser", rooms.NewBrowserView.as_view()),
    path("control_room/<str:site>", rooms.ControlRoomView.as_view()),
    path("control_room/<str:site>/restart", rooms.RestartView.as_view()),
]
