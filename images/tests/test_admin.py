"""What staff do with the archive: read again, remove with the files, expire, make again; what it holds."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from conftest import Published
from images import tasks
from images.models import Image, InfoImage, Product, StoredVolume, Upload
from images.services import products, upkeep
from images.tests.conftest import Worker
from images.tests.frames import BASE, jpg, packed_fits, send, send_frame
from photonranch.errors import Conflict
from testing.cast import Api
from testing.staff import act, offered, staff, superuser, text

pytestmark = pytest.mark.django_db


def files() -> set[str]:
    media = Path(settings.MEDIA_ROOT)
    return {
        str(path.relative_to(media))
        for path in media.rglob("*")
        if path.is_file() and ".incoming" not in path.parts
    }


def test_an_image_goes_with_all_its_files(api: Api, published: Published) -> None:
    send_frame(api)
    image = Image.objects.get()
    assert files()
    client = superuser()

    assert "Delete for good?" in act(client, "remove_chosen", image, confirmed=False)
    assert files()
    assert "1 image deleted." in act(client, "remove_chosen", image)

    assert files() == set()
    assert not Upload.objects.exists()
    assert not Image.objects.exists()


def test_a_failed_file_is_read_again_and_failing_that_removed(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", b"damaged")
    upload = Upload.objects.get()
    client = superuser()

    assert "1 file will be read again." in act(client, "read_again", upload)
    assert Upload.objects.get().state == Upload.State.FAILED
    assert "1 upload deleted." in act(client, "remove_chosen", upload)
    assert files() == set()


def test_a_frames_file_does_not_go_without_it(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg())
    upload = Upload.objects.get(filename=f"{BASE}-EX10.jpg")
    before = files()
    client = superuser()

    assert "remove the image that it belongs to" in act(client, "remove_chosen", upload)
    assert client.post(f"/admin/images/upload/{upload.pk}/delete/", {"post": "yes"}).status_code == 403
    with pytest.raises(Conflict):
        upkeep.remove_upload(upload)
    assert files() == before


def test_a_file_that_came_again_meanwhile_stays(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", b"damaged")
    seen = Upload.objects.get()
    send(api, f"{BASE}-EX10.jpg", jpg())

    upkeep.remove_upload(seen)

    assert f"data/{BASE}-EX10.jpg" in files()
    assert Image.objects.exists()


def test_a_channel_is_emptied_with_its_files(api: Api, published: Published) -> None:
    name = f"{BASE}-EX10.jpg"
    send(api, name, jpg(), "info-images", info_channel=2)
    assert InfoImage.objects.get().channel == 2
    client = superuser()

    assert "Their files are deleted." in act(client, "expire", InfoImage.objects.get(), confirmed=False)
    assert "1 channel emptied." in act(client, "expire", InfoImage.objects.get())
    assert files() == set()
    assert not InfoImage.objects.exists()
    assert not Upload.objects.exists()


def test_a_failed_download_is_made_again_and_a_made_one_expires(
    api: Api, published: Published, worker: Worker
) -> None:
    send(api, f"{BASE}-EX00.fits.fz", packed_fits())
    stored = products.find_file("data", f"{BASE}-EX00.fits.fz")
    product = products.converted(stored, "arcsinh")
    assert Product.objects.get().state == Product.State.READY
    Product.objects.update(state=Product.State.FAILED, reason="the disk was full")
    client = superuser()

    assert "1 download started again." in act(client, "make_again", product)
    assert Product.objects.get().state == Product.State.READY
    assert "0 downloads started again. 1 had not failed." in act(client, "make_again", product)
    assert product.file_key in files()
    assert "1 download deleted." in act(client, "expire", product)
    assert product.file_key not in files()


def test_the_archive_is_measured(api: Api, published: Published) -> None:
    assert StoredVolume.objects.total() == (0, 0, None)
    send_frame(api)
    tasks.measure()

    sizes = [path.stat().st_size for path in Path(settings.MEDIA_ROOT, "data").iterdir()]
    count, size, at = StoredVolume.objects.total()
    assert (count, size) == (len(sizes), sum(sizes))
    assert at is not None

    upkeep.remove_image(Image.objects.get())
    tasks.measure()
    assert StoredVolume.objects.total() == (0, 0, None)


def test_images_are_found_by_name_and_user(api: Api, published: Published) -> None:
    send_frame(api)
    image = Image.objects.get()
    client = superuser()

    for query in ({"q": BASE[:12]}, {"q": image.site}, {"shown": "all"}, {"site": image.site}):
        changelist = client.get("/admin/images/image/", query).context["cl"]
        assert list(changelist.result_list) == [image], query
    page = text(client.get(f"/admin/images/image/{image.pk}/change/"))
    assert "FITS header" in page
    assert "SMARTSTK" in text(client.get(f"/admin/images/imageheader/{image.pk}/change/"))


@pytest.mark.parametrize(
    ("model", "actions"),
    [(Image, {"remove_chosen"}), (Upload, {"read_again", "remove_chosen"})],
)
def test_each_action_needs_its_permission(
    api: Api, published: Published, model: Any, actions: set[str]
) -> None:
    send_frame(api)
    row = model.objects.first()
    name = model._meta.model_name

    assert offered(staff(f"images.view_{name}", name="eve"), row) == set()
    assert offered(superuser(), row) == actions
