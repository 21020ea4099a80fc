from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from images.models import Image, ImageHeader, InfoImage, Product, StoredVolume, Upload
from images.services import products, upkeep, uploads
from images.store import base_url, store
from photonranch.admin.actions import Done, counted, staff_action
from photonranch.admin.base import StaffAdmin
from photonranch.admin.dates import Dates
from photonranch.admin.display import Tone, as_json, at, label, link, list_link, size
from photonranch.admin.filters import ChoiceFilter
from photonranch.db.prefix import begins_with
from sitecfg.site_filter import SiteFilter, SiteFilterAmongNewest, by_site
from sitecfg.site_link import SiteLinked

FILES = ("jpg", "thumbnail", "fits_large", "fits_small")
TONES: dict[str, Tone] = {
    "done": "good",
    "ready": "good",
    "failed": "bad",
    "refused": "bad",
    "waiting": "wait",
    "building": "work",
}


def picture(url: str, name: str) -> SafeString:
    return format_html('<img src="{}" alt="{}" class="pr-picture">', url, f"picture of {name}")


def file_links(row: Image | InfoImage, base: str) -> SafeString | str:
    """The files that are there, each as a link that the store signs."""
    tails = [tail for column in FILES if (tail := getattr(row, column))]
    links = [
        format_html('<a href="{}" class="text-link">{}</a>', store().link(row.file_key(tail), base), tail)
        for tail in tails
    ]
    return format_html(" · ".join(["{}"] * len(links)), *links) if links else "–"


class Listed(ChoiceFilter):
    """What people see is what the indexes hold; everything else is found by its name."""

    title = "shown"
    parameter_name = "shown"
    options = (("listed", "in lists"), ("all", "all"))
    served = ("listed", "all")
    all_option = None
    fallback = "listed"

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(listed=True) if value == "listed" else queryset


class DataType(ChoiceFilter):
    title = "type"
    parameter_name = "type"
    options = (("EX", "exposures"), ("EP", "EP: kept a week"), ("EF", "EF: kept a day"))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(data_type=value)


@admin.register(Image)
class ImageAdmin(SiteLinked, StaffAdmin):
    list_display = [
        "base_filename",
        "site_link",
        "captured",
        "object_name",
        "filter_used",
        "exposure_time",
        "username",
        "files",
    ]
    list_filter = [Listed, SiteFilter, DataType]
    search_fields = ["base_filename", "username", "user_id", "filter_used", "instrument"]
    search_help_text = "Start of a name; user; filter"
    ordering = ["-capture_date", "-id"]
    dates = Dates("capture_date", among={"listed": True})
    fields = [
        "base_filename", "site_link", "picture", "files", "captured", "capture_date_source", "data_type",
        "object_name", "filter_used", "exposure_time", "right_ascension", "declination", "pixel_scale",
        "corners", "altitude", "azimuth", "airmass", "more", "username", "user_id", "smart_stack",
        "stack_number", "listed", "fits_path", "fits_filename", "expires", "header", "its_uploads",
    ]  # fmt: skip
    readonly_fields = fields
    list_filter_submit = True
    removal = "All its files are deleted, too."
    corners = as_json("footprint", "corners")
    more = as_json("details", "details")

    @classmethod
    def also_show(cls, field: Callable[[Image], SafeString | str]) -> None:
        """What an app that stands above this one knows of a frame."""
        cls.fields = cls.readonly_fields = [*cls.fields, field]  # type: ignore[list-item]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        self.base = base_url(request)
        found: QuerySet[Image] = super().get_queryset(request)
        return found

    def get_ordering(self, request: HttpRequest) -> list[str]:
        # What is not listed is in no index by date; its key grows with its arrival.
        if request.GET.get("shown") == "all" and not by_site(request) and "date" not in request.GET:
            return ["-id"]
        return ["-capture_date", "-id"]

    def seek(self, queryset: QuerySet[Any], term: str) -> list[QuerySet[Any]]:
        newest = queryset.filter(listed=True).order_by("-capture_date", "-id")
        return [
            begins_with(queryset, "base_filename", term).order_by("base_filename"),
            newest.filter(username=term),
        ]

    def remove_row(self, row: Image, by: str) -> None:
        upkeep.remove_image(row)

    @admin.display(description="captured", ordering="capture_date")
    def captured(self, image: Image) -> SafeString | str:
        return at(image.capture_date)

    @admin.display(description="expires")
    def expires(self, image: Image) -> SafeString | str:
        return at(image.expires_at)

    @admin.display(description="files")
    def files(self, image: Image) -> SafeString | str:
        return file_links(image, self.base)

    @admin.display(description="picture")
    def picture(self, image: Image) -> SafeString | str:
        if not image.jpg:
            return "–"
        return picture(store().link(image.file_key(image.jpg), self.base), image.base_filename)

    @admin.display(description="header")
    def header(self, image: Image) -> SafeString | str:
        kept = ImageHeader.objects.filter(pk=image.pk).exists()
        return link("images.imageheader", image.pk, "FITS header") if kept else "–"

    @admin.display(description="what came in of it")
    def its_uploads(self, image: Image) -> SafeString:
        return list_link("uploads", "images.upload", q=image.base_filename)


@admin.register(ImageHeader)
class ImageHeaderAdmin(StaffAdmin):
    list_display = ["image_link", "from_text"]
    list_display_links = None
    list_select_related = ["image"]
    search_fields = ["image__base_filename"]
    search_help_text = "Name of an image"
    ordering = ["-image_id"]
    fields = ["image_link", "from_text", "content"]
    readonly_fields = fields
    content = as_json("cards")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImageHeader]:
        found: QuerySet[ImageHeader] = super().get_queryset(request)
        # Lists never read the headers themselves; the page of one does.
        return found.defer("cards")

    def seek(self, queryset: QuerySet[Any], term: str) -> list[QuerySet[Any]]:
        return [queryset.filter(image__base_filename=term)]

    @admin.display(description="image")
    def image_link(self, header: ImageHeader) -> SafeString | str:
        return link("images.imageheader", header.pk, str(header.image))


class UploadState(ChoiceFilter):
    title = "state"
    parameter_name = "state"
    options = tuple((state.value, str(state.label)) for state in Upload.State)
    # The partial indexes "upload_waiting" and "upload_failed".
    served = ("waiting", "failed")

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(state=value)


class Directory(ChoiceFilter):
    title = "directory"
    parameter_name = "directory"
    options = (
        ("data", "data"),
        ("info-images", "info-images"),
        ("allsky", "allsky"),
        ("test", "test"),
        ("previews", "previews"),
        ("elsewhere", "not the archive's"),
    )
    # The partial indexes "upload_newest" and "upload_info_oldest".
    served = ("data", "info-images")

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(directory=value)


class UploadSite(SiteFilter):
    """The index "upload_site_newest" holds the directory data alone."""

    @property
    def seeks(self) -> bool:
        return bool(self.value()) and self.request.GET.get("directory") == "data"


@admin.register(Upload)
class UploadAdmin(SiteLinked, StaffAdmin):
    list_display = ["filename", "directory", "site_link", "bytes", "came", "progress", "reason"]
    list_filter = [UploadState, Directory, UploadSite]
    search_fields = ["filename", "reason"]
    search_help_text = "Start of a frame's name; name, reason"
    ordering = ["-id"]
    dates = Dates("uploaded_at", among={"directory": "data"})
    fields = [
        "key",
        "directory",
        "channel",
        "filename",
        "site_link",
        "bytes",
        "came",
        "progress",
        "reason",
        "odd",
        "image",
    ]
    readonly_fields = fields
    actions = ["read_again", "remove_chosen"]
    removal = "Its file is deleted, too, unless it is not the archive's."

    def get_ordering(self, request: HttpRequest) -> list[str]:
        chosen = request.GET
        by_time = (
            chosen.get("state") in UploadState.served or "date" in chosen or chosen.get("directory") == "data"
        )
        return ["-uploaded_at", "-id"] if by_time else ["-id"]

    def seek(self, queryset: QuerySet[Any], term: str) -> list[QuerySet[Any]]:
        return [begins_with(queryset, "key", f"data/{term}").order_by("key")]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A frame's files go with the frame.
        free = obj is None or not isinstance(obj, Upload) or upkeep.may_go_alone(obj)
        return free and super().has_delete_permission(request, obj)

    def remove_row(self, row: Upload, by: str) -> None:
        upkeep.remove_upload(row)

    @staff_action("Read again", icon="refresh")
    def read_again(self, request: HttpRequest, rows: list[Upload]) -> Done:
        count = uploads.read_again(rows)
        return Done(f"{counted(count, 'file')} will be read again.", rows)

    @admin.display(description="size", ordering="size_bytes")
    def bytes(self, upload: Upload) -> str:
        return size(upload.size_bytes)

    @admin.display(description="came in", ordering="uploaded_at")
    def came(self, upload: Upload) -> SafeString | str:
        return at(upload.uploaded_at)

    @admin.display(description="odd in its header")
    def odd(self, upload: Upload) -> SafeString | str:
        if not upload.mended:
            return "–"
        items = format_html_join("", "<li>{}</li>", [(sentence,) for sentence in upload.mended])
        return format_html('<ul class="list-disc pl-4">{}</ul>', items)

    @admin.display(description="state", ordering="state")
    def progress(self, upload: Upload) -> SafeString:
        return label(upload.get_state_display(), TONES.get(upload.state, ""))

    @admin.display(description="image")
    def image(self, upload: Upload) -> SafeString | str:
        base = upload.filename.rpartition("-")[0]
        found = Image.objects.filter(base_filename=base).values_list("pk", flat=True).first()
        return link("images.image", found, base) if upload.directory in ("data", "previews") else "–"


@admin.register(InfoImage)
class InfoImageAdmin(SiteLinked, StaffAdmin):
    list_display = ["base_filename", "site_link", "channel", "came", "expires"]
    list_filter = [SiteFilter, "channel"]
    search_fields = ["site", "base_filename"]
    search_help_text = "Site, name"
    ordering = ["site", "channel"]
    fields = ["base_filename", "site_link", "channel", "picture", "files", "came", "expires", "content"]
    readonly_fields = fields
    actions = ["expire"]
    content = as_json("cards", "header")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InfoImage]:
        self.base = base_url(request)
        found: QuerySet[InfoImage] = super().get_queryset(request)
        return found

    @admin.display(description="came in", ordering="updated_at")
    def came(self, image: InfoImage) -> SafeString | str:
        return at(image.updated_at)

    @admin.display(description="expires", ordering="expires_at")
    def expires(self, image: InfoImage) -> SafeString | str:
        return at(image.expires_at)

    @admin.display(description="files")
    def files(self, image: InfoImage) -> SafeString | str:
        return file_links(image, self.base)

    @admin.display(description="picture")
    def picture(self, image: InfoImage) -> SafeString | str:
        if not image.jpg:
            return "–"
        return picture(store().link(image.file_key(image.jpg), self.base), image.base_filename)

    @staff_action(
        "Expire now",
        permission="expire",
        question="Empty these channels now? Their files are deleted.",
        icon="timer_off",
        dangerous=True,
    )
    def expire(self, request: HttpRequest, rows: list[InfoImage]) -> Done:
        for image in rows:
            upkeep.remove_info_image(image)
        return Done(f"{counted(len(rows), 'channel')} emptied.", rows)

    def has_expire_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("images.delete_infoimage")


@admin.register(Product)
class ProductAdmin(StaffAdmin):
    """What was made to be downloaded: kept for two days, so there are never many."""

    list_display = ["filename", "kind", "site", "progress", "made", "of", "asked", "expires", "reason"]
    list_filter = ["kind", "state", SiteFilterAmongNewest]
    search_fields = ["filename", "site", "reason"]
    search_help_text = "Name, site, reason"
    ordering = ["-expires_at"]
    fields = [
        "filename",
        "kind",
        "site",
        "progress",
        "made",
        "of",
        "asked",
        "sign",
        "expires",
        "reason",
        "of_what",
    ]
    readonly_fields = fields
    actions = ["make_again", "expire"]
    of_what = as_json("recipe")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        found: QuerySet[Product] = super().get_queryset(request)
        return found.defer("recipe")

    @admin.display(description="state", ordering="state")
    def progress(self, product: Product) -> SafeString:
        return label(product.state, TONES.get(product.state, ""))

    @admin.display(description="made", ordering="done")
    def made(self, product: Product) -> str:
        return size(product.done)

    @admin.display(description="of", ordering="total")
    def of(self, product: Product) -> str:
        return size(product.total)

    @admin.display(description="asked for", ordering="created_at")
    def asked(self, product: Product) -> SafeString | str:
        return at(product.created_at)

    @admin.display(description="last sign of its maker")
    def sign(self, product: Product) -> SafeString | str:
        return at(product.touched_at)

    @admin.display(description="expires", ordering="expires_at")
    def expires(self, product: Product) -> SafeString | str:
        return at(product.expires_at)

    @staff_action("Make again (failed ones)", icon="refresh")
    def make_again(self, request: HttpRequest, rows: list[Product]) -> Done:
        started = products.make_again([product.pk for product in rows])
        said = f"{counted(started, 'download')} started again."
        if others := len(rows) - started:
            said += f" {others} had not failed."
        return Done(said, rows if started else [], messages.SUCCESS if started else messages.WARNING)

    @staff_action(
        "Expire now",
        permission="expire",
        question="Delete these downloads with their files? Whoever asks for one again has it made again.",
        icon="timer_off",
        dangerous=True,
    )
    def expire(self, request: HttpRequest, rows: list[Product]) -> Done:
        for product in rows:
            upkeep.remove_product(product)
        return Done(f"{counted(len(rows), 'download')} deleted.", rows)

    def has_expire_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("images.delete_product")


@admin.register(StoredVolume)
class StoredVolumeAdmin(SiteLinked, StaffAdmin):
    """What the archive holds, summed every ten minutes."""

    list_display = ["directory", "site_link", "files", "bytes", "measured"]
    list_filter = ["directory"]
    search_fields = ["directory", "site"]
    search_help_text = "Directory, site"
    ordering = ["-size_bytes"]
    fields = ["directory", "site_link", "files", "bytes", "measured"]
    readonly_fields = fields

    @admin.display(description="size", ordering="size_bytes")
    def bytes(self, volume: StoredVolume) -> str:
        return size(volume.size_bytes)

    @admin.display(description="measured", ordering="measured_at")
    def measured(self, volume: StoredVolume) -> SafeString | str:
        return at(volume.measured_at)
