"""Photos of a report: what is taken, what it becomes, who sees it, and what is refused."""

import io
import struct
import zlib
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from investment.models import MonthlyReport, Period, ReportPhoto
from investment.photos import LONGEST, MOST, encoded_anew
from investment.reporting import ReportingError
from tests.factories import MonthlyReportFactory, project_with
from tests.refusals import refused

State = MonthlyReport.State
ORIENTATION, GPS = 0x0112, 0x8825


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def report(cast):
    Period.objects.create(year=2018, month=3)
    project = project_with(1200, responsible_unit=cast.reporter.organisation)
    return MonthlyReportFactory(project=project, month=3, state=State.EXPECTED, amount=None)


def picture(kind="JPEG", size=(40, 30), mode="RGB", **options):
    content = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(content, kind, **options)
    return content.getvalue()


def sent(content, name="现场.jpg"):
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def claiming(width, height):
    """A PNG of a few bytes that says it is so large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


# ---- what a photo becomes ----


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_becomes_a_jpeg(kind):
    content, width, height = encoded_anew(sent(picture(kind)))
    assert (Image.open(io.BytesIO(content)).format, width, height) == ("JPEG", 40, 30)


def test_a_large_one_is_made_smaller():
    content, width, height = encoded_anew(sent(picture(size=(4000, 3000))))
    assert (width, height) == Image.open(io.BytesIO(content)).size == (LONGEST, LONGEST * 3 // 4)


def test_it_is_turned_upright_and_tells_nothing_of_place_and_device():
    notes = Image.Exif()
    notes[ORIENTATION] = 6
    notes.get_ifd(GPS)[1] = "N"
    content, width, height = encoded_anew(sent(picture(exif=notes, comment=b"secret")))
    kept = Image.open(io.BytesIO(content))
    assert (width, height, dict(kept.getexif()), b"secret" in content) == (30, 40, {}, False)


def test_what_is_transparent_becomes_paper():
    content, *_ = encoded_anew(sent(picture("PNG", mode="RGBA")))
    assert Image.open(io.BytesIO(content)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA", "I;16"])
def test_each_way_of_colour_is_taken(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    content, *_ = encoded_anew(sent(picture(kind, mode=mode)))
    assert Image.open(io.BytesIO(content)).mode == "RGB"


# ---- what is refused ----


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + b"\0" * 50,
        picture()[:200],
        picture("PNG")[:60],
        picture("BMP"),
        b"\0\0\0\x18ftypheic" + b"\0" * 200,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        claiming(10, 10)[:60],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_what_is_no_photo_is_refused(content):
    with pytest.raises(ReportingError, match="不是可以识别的照片"):
        encoded_anew(sent(content))


@pytest.mark.parametrize(
    ("width", "height"), [(8000, 6251), (10_000, 10_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_bomb_is_refused_before_it_goes_off(width, height):
    with pytest.raises(ReportingError, match=r"照片像素过多|不是可以识别的照片"):
        encoded_anew(sent(claiming(width, height)))


def test_too_heavy_a_file_is_refused():
    with pytest.raises(ReportingError, match="照片超过 10 MB"):
        encoded_anew(sent(picture() + b"\0" * 10 * 1024 * 1024))


# ---- with a report ----


def add(client, user, report, content=None, caption="三层封顶"):
    client.force_login(user)
    address = reverse("photo_add", args=[report.project_id, "2018-03"])
    return client.post(address, {"file": sent(content or picture()), "caption": caption})


@pytest.mark.django_db(transaction=True)
def test_a_photo_is_kept_with_the_draft_and_goes_again(client, cast, report, folder):
    answer = add(client, cast.reporter, report).json()
    photo = ReportPhoto.objects.get()
    assert (photo.caption, photo.width, photo.uploaded_by) == ("三层封顶", 40, cast.reporter)
    assert (answer["row"]["version"], answer["row"]["word"]) == (2, "已保存，未填完")
    assert reverse("photo", args=[photo.pk]) in answer["part"]
    assert len(list(folder.rglob("*.jpg"))) == 1
    assert client.post(reverse("photo_remove", args=[photo.pk])).json()["row"]["version"] == 3
    assert (ReportPhoto.objects.count(), list(folder.rglob("*.jpg"))) == (0, [])


@pytest.mark.django_db
def test_the_picture_is_served_as_one(client, cast, report):
    add(client, cast.reporter, report)
    response = client.get(reverse("photo", args=[ReportPhoto.objects.get().pk]))
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in response.headers["Cache-Control"]
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8")


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.DRAFT, State.EXCUSED, State.SUBMITTED])
def test_who_sees_the_report_sees_its_photos(client, cast, report, state):
    add(client, cast.reporter, report)
    MonthlyReport.objects.filter(pk=report.pk).update(state=state, amount=Decimal(1), excuse_reason="停工")
    address = reverse("photo", args=[ReportPhoto.objects.get().pk])
    seen = {}
    for who in ("reporter", "neighbour", "reviewer", "office", "leader"):
        client.force_login(getattr(cast, who))
        seen[who] = client.get(address).status_code
    told = 200 if state == State.SUBMITTED else 404
    assert seen == {"reporter": 200, "neighbour": 404, "reviewer": told, "office": told, "leader": told}


@pytest.mark.django_db
def test_a_file_that_is_gone_is_not_found(client, cast, report, folder):
    add(client, cast.reporter, report)
    next(folder.rglob("*.jpg")).unlink()
    assert client.get(reverse("photo", args=[ReportPhoto.objects.get().pk])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["neighbour", "reviewer", "office", "leader", "admin"])
def test_nobody_else_adds_or_removes(client, cast, report, who):
    add(client, cast.reporter, report)
    assert add(client, getattr(cast, who), report).status_code == 404
    assert client.post(reverse("photo_remove", args=[ReportPhoto.objects.get().pk])).status_code == 404
    assert ReportPhoto.objects.count() == 1


@pytest.mark.django_db
def test_a_seventh_is_refused(client, cast, report):
    for _ in range(MOST):
        assert add(client, cast.reporter, report).status_code == 200
    answer = add(client, cast.reporter, report)
    assert (answer.status_code, answer.json()["message"]) == (422, "每份月报最多 6 张照片，请先删除一张。")
    assert ReportPhoto.objects.count() == MOST


@pytest.mark.django_db
def test_a_bad_file_changes_nothing(client, cast, report, folder):
    answer = add(client, cast.reporter, report, b"<html>")
    assert answer.status_code == 422
    assert "不是可以识别的照片" in answer.json()["message"]
    assert MonthlyReport.objects.get(pk=report.pk).version == 1
    assert list(folder.rglob("*.jpg")) == []


@pytest.mark.django_db
def test_without_a_file_it_says_so(client, cast, report):
    client.force_login(cast.reporter)
    answer = client.post(reverse("photo_add", args=[report.project_id, "2018-03"]))
    assert (answer.status_code, answer.json()["message"]) == (422, "请选择一张照片。")


@pytest.mark.django_db
def test_what_is_handed_in_keeps_its_photos(client, cast, report):
    add(client, cast.reporter, report)
    MonthlyReport.objects.filter(pk=report.pk).update(state=State.SUBMITTED, amount=Decimal(1))
    assert add(client, cast.reporter, report).status_code == 422
    assert client.post(reverse("photo_remove", args=[ReportPhoto.objects.get().pk])).status_code == 422
    assert ReportPhoto.objects.count() == 1


@pytest.mark.django_db
def test_the_database_keeps_the_photos_of_a_closed_month(client, cast, report):
    add(client, cast.reporter, report)
    Period.objects.filter(month=3).update(closed_at=timezone.now())
    assert add(client, cast.reporter, report).status_code == 422
    photo = ReportPhoto.objects.get()
    assert refused("照片不能再改", lambda: ReportPhoto.objects.update(caption="别的"))
    assert refused("照片不能删除", photo.delete)
    assert refused("不能再增加照片", lambda: ReportPhoto.objects.bulk_create([ReportPhoto(
        report=photo.report, file="x.jpg", width=1, height=1, uploaded_by=cast.reporter
    )]))  # fmt: skip


@pytest.mark.django_db
def test_photos_stand_on_the_pages_of_report_and_project(client, cast, report):
    add(client, cast.reporter, report)
    address = reverse("photo", args=[ReportPhoto.objects.get().pk])
    pages = (
        reverse("report", args=[report.project_id, "2018-03"]),
        reverse("month_side", args=[report.project_id, "2018-03"]),
        reverse("project", args=[report.project_id]),
    )
    assert [address in client.get(page).content.decode() for page in pages] == [True] * 3
    client.force_login(cast.office)
    assert [address in client.get(page).content.decode() for page in (pages[0], pages[2])] == [False] * 2
