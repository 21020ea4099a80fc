"""Under `api/`, beside other services' paths: literal paths first, then those that begin with a site."""

from django.urls import path

from images.views import downloads, find, uploads

urlpatterns = [
    path("upload", uploads.UploadView.as_view()),
    path("upload/file", uploads.UploadFileView.as_view()),
    path("upload/events", uploads.StoreEventsView.as_view()),
    path("image/<str:base_filename>", find.ImageView.as_view()),
    path("latest_image_all_sites", find.LatestImageAllSitesView.as_view()),
    path("fitsheader/<str:base_filename>", find.FitsHeaderView.as_view()),
    path("filtered_images", find.FilteredImagesView.as_view()),
    path("recentuploads", find.RecentUploadsView.as_view()),
    path("infoimage/<str:site>/<str:channel>", find.InfoImageView.as_view()),
    path("download", downloads.download),
    path("downloadzip", downloads.downloadzip),
    path("product/<str:product_id>/<str:filename>", downloads.ProductView.as_view(), name="product"),
    path("file/<path:key>", downloads.FileView.as_view()),
    path("<str:site>/latest_images/<int:number>", find.LatestImagesView.as_view()),
]
