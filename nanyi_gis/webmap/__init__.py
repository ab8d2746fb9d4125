"""Offline folium pages: one file each, no request leaves it."""

from . import charts
from ._kept import Kept, raster_content
from ._text import evidence_word
from .age import age_html
from .book import Book
from .cards import CardIndex, FactCard, to_card, to_page, to_place
from .cover import Card, Section, cover_html, style_html
from .gazetteer import Gazetteer, GazetteerItem, GazetteerPlace
from .navigation import Link, Menu
from .notice import PaperSheet, papers_html
from .offline import offline_html, save_offline
from .page import Page
from .panels import PanelTable
from .rasters import encode, palette_png, warp_to_mercator
from .records import slug
from .saved import offline_file
from .sheets import Sheet
from .tables import table_html
from .vectors import layer_evidence, shortened, style_classes, value_text

__all__ = [
    "Book",
    "Card",
    "CardIndex",
    "FactCard",
    "Gazetteer",
    "GazetteerItem",
    "GazetteerPlace",
    "Kept",
    "Link",
    "Menu",
    "Page",
    "PanelTable",
    "PaperSheet",
    "Section",
    "Sheet",
    "age_html",
    "charts",
    "cover_html",
    "encode",
    "evidence_word",
    "layer_evidence",
    "offline_file",
    "offline_html",
    "palette_png",
    "papers_html",
    "raster_content",
    "save_offline",
    "shortened",
    "slug",
    "style_classes",
    "style_html",
    "table_html",
    "to_card",
    "to_page",
    "to_place",
    "value_text",
    "warp_to_mercator",
]
