"""What tests read of a page."""

from html import unescape
from typing import Any

from django.utils.html import strip_tags


def said(response: Any) -> str:
    """What a reader reads: the text of the page, spaces squeezed."""
    return " ".join(unescape(strip_tags(response.content.decode())).split())
