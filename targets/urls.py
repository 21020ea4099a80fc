from django.urls import path

from targets.views import lists, names, pictures, visibility

urlpatterns = [
    path("targets/resolve", names.ResolveView.as_view()),
    path("targets/nph-sesame.jsonp", names.SesameView.as_view()),
    path("targets/lists", lists.ListsView.as_view()),
    path("targets/lists/import", lists.ImportView.as_view()),
    path("targets/lists/<int:number>", lists.ListView.as_view()),
    path("targets/lists/<int:number>/targets", lists.ListTargetsView.as_view()),
    path("targets/lists/<int:number>/share", lists.ShareView.as_view()),
    path("targets/lists/<int:number>/export.csv", lists.ExportView.as_view(), {"form": "csv"}),
    path("targets/lists/<int:number>/export.skylist", lists.ExportView.as_view(), {"form": "skylist"}),
    path("targets/shared/<str:key>", lists.SharedView.as_view()),
    path("visibility", visibility.VisibilityView.as_view()),
    path("visibility.svg", pictures.PictureSvgView.as_view()),
    path("visibility.png", pictures.PicturePngView.as_view()),
]
