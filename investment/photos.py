"""Photos of a report: looked at, drawn anew, kept with it. What somebody sends is never what is served.

A photo is added and taken away like anything else that is typed: as a draft, by whoever types, while the month is open.
"""

import io
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image, ImageOps

from projects.models import User

from . import reporting
from .models import MonthlyReport, ReportPhoto
from .reporting import ReportingError

MOST = 6  # of a report
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST = 1600  # pixels of the longer side, as it is kept
FORMATS = ("JPEG", "PNG", "WEBP")
CAPTION_LENGTH = 60
UNREADABLE = "这个文件不是可以识别的照片，或者已损坏。请上传 JPEG、PNG 或 WebP；iPhone 的 HEIC 照片请先转为 JPEG。"
TOO_MANY_PIXELS = "照片像素过多（超过 5000 万），请缩小后再上传。"


def add_photo(report: MonthlyReport, sent: UploadedFile, caption: str, by: User) -> ReportPhoto:
    """Keep a photo with the report, which is saved as a draft.

    Raises ReportingError for what is no photo or too large, and whatever `reporting.save_draft` raises.
    """
    content, width, height = encoded_anew(sent)
    with transaction.atomic():
        reporting.save_draft(report, by)
        if ReportPhoto.objects.filter(report=report).count() >= MOST:
            raise ReportingError(f"每份月报最多 {MOST} 张照片，请先删除一张。")
        photo = ReportPhoto(report=report, width=width, height=height, uploaded_by=by)
        photo.caption = " ".join(caption.split())[:CAPTION_LENGTH]
        photo.file.save("photo.jpg", ContentFile(content), save=False)
        photo.save()
    return photo


def remove_photo(photo: ReportPhoto, by: User) -> None:
    """Take a photo away; the file goes when that is sure. Raises whatever `reporting.save_draft` raises."""
    storage, name = photo.file.storage, photo.file.name
    with transaction.atomic():
        reporting.save_draft(photo.report, by)
        photo.delete()
        transaction.on_commit(lambda: storage.delete(str(name)))


def encoded_anew(sent: UploadedFile) -> tuple[bytes, int, int]:
    """The photo as a JPEG of at most LONGEST pixels a side, upright, without place, device or any other note.

    Returns its bytes, width and height. Raises ReportingError.
    """
    if sent.size is None or sent.size > MOST_BYTES:
        raise ReportingError("照片超过 10 MB，请压缩后再上传。")
    try:
        with Image.open(sent, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ReportingError(TOO_MANY_PIXELS)
            return _drawn(image)
    except ReportingError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise ReportingError(TOO_MANY_PIXELS) from bomb
    except Exception as error:  # a decoder fails in many ways on a file that is made to break it
        raise ReportingError(UNREADABLE) from error


def _drawn(image: Any) -> tuple[bytes, int, int]:
    image.draft("RGB", (LONGEST, LONGEST))  # a large JPEG is read at a fraction of its size
    image.load()
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONGEST, LONGEST))
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright)
    content = io.BytesIO()
    plain = upright.convert("RGB")
    plain.info.clear()
    plain.save(content, "JPEG", quality=82, optimize=True)
    return content.getvalue(), plain.width, plain.height
