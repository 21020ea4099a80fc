from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from images.models import Image, ImageHeader, InfoImage, Product, Upload
from images.services import uploads
from images.store import base_url, store


class ReadOnly:
    """What the archive says of itself is not for editing."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class HeaderInline(ReadOnly, admin.StackedInline[ImageHeader, Image]):
    model = ImageHeader
    can_delete = False


@admin.register(Image)
class ImageAdmin(ReadOnly, admin.ModelAdmin[Image]):
    list_display = [
        "base_filename",
        "site",
        "capture_date",
        "filter_used",
        "exposure_time",
        "username",
        "listed",
    ]
    list_filter = ["listed"]
    search_fields = ["base_filename", "username", "user_id"]
    ordering = ["-capture_date"]
    inlines = [HeaderInline]
    readonly_fields = ["picture"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        self.base = base_url(request)
        return super().get_queryset(request)

    @admin.display(description="picture")
    def picture(self, image: Image) -> SafeString | str:
        if not image.jpg:
            return "-"
        url = store().link(image.file_key(image.jpg), self.base)
        return format_html('<img src="{}" alt="" style="max-width: 100%">', url)


@admin.register(Upload)
class UploadAdmin(ReadOnly, admin.ModelAdmin[Upload]):
    list_display = ["filename", "directory", "site", "size_bytes", "uploaded_at", "state", "reason"]
    list_filter = ["state", "directory"]
    search_fields = ["filename", "site"]
    ordering = ["-uploaded_at"]
    actions = ["read_again"]

    @admin.action(description="Read the selected files again")
    def read_again(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        count = uploads.read_again(list(queryset))
        self.message_user(request, f"{count} files will be read again.", messages.SUCCESS)


@admin.register(InfoImage)
class InfoImageAdmin(ReadOnly, admin.ModelAdmin[InfoImage]):
    list_display = ["site", "channel", "base_filename", "updated_at", "expires_at"]


@admin.register(Product)
class ProductAdmin(ReadOnly, admin.ModelAdmin[Product]):
    list_display = ["filename", "kind", "state", "done", "total", "created_at", "expires_at", "reason"]
    list_filter = ["kind", "state"]
    search_fields = ["filename", "site"]
    ordering = ["-created_at"]
    exclude = ["recipe"]
