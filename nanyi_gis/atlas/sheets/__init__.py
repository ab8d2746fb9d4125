"""Sheets for the file: each theme of the atlas on A4 or A3, as vector PDF and as PNG."""

from .make import make_sheets, write_sheets

__all__ = ["make_sheets", "write_sheets"]
