"""What every workbook of ours begins with: texts that stay texts, a fixed date, widths by what is seen."""

import datetime
import re
import unicodedata
from io import BytesIO
from typing import TYPE_CHECKING

from ..errors import MissingExtraError

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_DATE = datetime.datetime(2000, 1, 1)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def new_workbook(packed: BytesIO, *, title: str) -> "Workbook":
    """Return an empty workbook that takes texts for texts and is the same bytes each time.

    Raises
    ------
    MissingExtraError
        If XlsxWriter is not installed.

    >>> packed = BytesIO()
    >>> book = new_workbook(packed, title="roads")
    >>> book.add_worksheet("A").write_string(0, 0, "=1+1")
    0
    >>> book.close()
    >>> packed.getvalue()[:2]
    b'PK'
    """
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise MissingExtraError(
            "XlsxWriter is not installed, but workbooks need it; install it with pip install XlsxWriter"
        ) from error
    book = Workbook(
        packed,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"title": legal(title), "created": _DATE})
    return book


def legal(value: object) -> str:
    r"""Return text with what XML 1.0 cannot hold, e.g. control characters, replaced.

    >>> legal("a\x00b\ud800c<")
    'a\ufffdb\ufffdc<'
    """
    return _ILLEGAL.sub("\ufffd", str(value))


def text_width(text: str) -> int:
    """Return how many columns a line takes; a Chinese letter takes two.

    >>> text_width("叙永 1")
    6
    """
    return (
        len(text)
        if text.isascii()
        else sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    )
