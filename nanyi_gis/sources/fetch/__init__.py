"""Fetching data of others: files over the network, whole and checked in a cache, and the layers made of them.

This is the one room that goes online, and only when it is called.
"""

from .cache import cache_folder
from .download import FORMS, Download, Got, Patience
from .files import fetch_files
from .layers import fetched_layers, remember, tags_of, write_record
from .registry import KINDS
from .run import Fetched, Planned, fetch, kind_of, plan, request_of, source_of
from .source import Kind, Option, Request, Service

__all__ = [
    "FORMS",
    "KINDS",
    "Download",
    "Fetched",
    "Got",
    "Kind",
    "Option",
    "Patience",
    "Planned",
    "Request",
    "Service",
    "cache_folder",
    "fetch",
    "fetch_files",
    "fetched_layers",
    "kind_of",
    "plan",
    "remember",
    "request_of",
    "source_of",
    "tags_of",
    "write_record",
]
