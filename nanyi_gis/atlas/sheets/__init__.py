"""Sheets for the file: each theme of the atlas on A4 or A3, as vector PDF and as PNG."""

from .make import FORMATS, make_sheets, write_sheets
from .paper import PAPERS

__all__ = ["FORMATS", "PAPERS", "make_sheets", "write_sheets"]
