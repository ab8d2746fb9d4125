"""What a page of ours says, read from its HTML: layers, legends, pictures, read-outs, tables, menus."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from cells import MISSING, read_cells


def unpacked(stored: str | dict[str, Any]) -> Any:
    """Return what a page keeps packed, or as it is: JSON, or texts and data of a record."""
    found = json.loads(stored) if isinstance(stored, str) else stored
    return json.loads(gzip.decompress(base64.b64decode(found["z"]))) if "z" in found else found


class Read(HTMLParser):
    """Tables by the title above them, menus, links, and plain text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.menus: dict[str, list[tuple[str, str]]] = {}
        self.links: list[tuple[str, str]] = []
        self.current: list[str] = []
        self.texts: list[str] = []
        self._path: list[str] = []
        self._title = self._menu = self._href = ""
        self._kept: list[str] = []
        self._from = 0
        script = r'<script type="application/json" id="([^"]+)">(.*?)</script>'
        self.records = [json.loads(text) for _, text in re.findall(script, html, re.DOTALL)]
        drawn = re.findall(
            r'<svg[^>]*class="[^"]*chart[^"]*".*?</svg>|<div class="ny-chart">.*?</svg>', html, re.DOTALL
        )
        self.charts = [re.findall(r"<text[^>]*>([^<]*)</text>", chart) for chart in drawn]
        self.feed(re.sub(r"<(script|style|svg)\b.*?</\1>", "", html, flags=re.DOTALL))

    @classmethod
    def of_file(cls, path: Path) -> "Read":
        """Read a page from its file."""
        return cls(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"summary", "th", "td", "p", "h2"}:
            self._kept = []
        if tag == "table":
            self.tables[self._title] = []
        if tag == "tr":
            self.tables[self._title].append([])
        if tag == "details":
            self._menu = "?" if given.get("class") == "ny-menu" else ""
        if tag == "a":
            self._href, self._from = given.get("href") or "", len(self._kept)
            self.current += [self._href] if given.get("aria-current") else []

    def handle_data(self, data: str) -> None:
        self._kept.append(data)

    def handle_endtag(self, tag: str) -> None:
        text = " ".join("".join(self._kept).split())
        if tag == "details":
            self._menu = ""
        if tag in {"th", "td"}:
            self.tables[self._title][-1].append(text)
        elif tag == "summary" and self._menu == "?":
            self._menu = text
            self.menus[text] = []
        elif tag == "summary":
            self._title = text
        elif tag == "a":
            text = " ".join("".join(self._kept[self._from :]).split())
            self.links.append((self._href, text))
            if self._menu in self.menus:
                self.menus[self._menu].append((self._href, text))
        elif tag == "p":
            self.texts.append(text)

    def rows(self, title: str) -> list[dict[str, str]]:
        """Return a table's rows by heading."""
        head, *body = next(rows for name, rows in self.tables.items() if name.startswith(title))
        return [dict(zip(head, row, strict=True)) for row in body]

    def layer(self, name: str) -> dict[str, Any]:
        """Return the record of a layer of the map."""
        return next(r for r in self.records if r.get("meta", {}).get("name") == name and "kind" in r["meta"])

    def names(self) -> list[str]:
        """Return the names of the layers in their order."""
        return [r["meta"]["name"] for r in self.records if "kind" in r.get("meta", {})]

    def grid(self, name: str) -> dict[str, Any]:
        """Return what is said of a line of the read-out."""
        return next(
            r["meta"] for r in self.records if r.get("meta", {}).get("name") == name and "decimals" in r["meta"]
        )

    def seen(self, name: str, lon: float, lat: float) -> str:
        """Return the words of the legend for the colour that a raster layer has at a place."""
        record = self.layer(name)
        of = record["meta"].get("of")
        holder = next(r for r in self.records if r.get("meta", {}).get("key") == of) if of else record
        said = holder["meta"]
        left, bottom, right, top = said["extent"]
        x, y = (6378137 * v for v in (np.radians(lon), np.arcsinh(np.tan(np.radians(lat)))))
        row, column = int((top - y) / (top - bottom) * said["height"]), int((x - left) / (right - left) * said["width"])
        if not (top > y > bottom and left < x < right):
            return ""
        cell = read_cells(said, holder["data"])[row, column]
        value = cell * said["step"] + said["offset"]
        breaks = record["data"].get("breaks")
        code = value if breaks is None else sum(edge <= value for edge in breaks)
        colour = record["data"]["palette"].get(str(int(code))) if cell != MISSING else None
        return "" if colour is None else dict(record["meta"]["legend"])["#{:02x}{:02x}{:02x}".format(*colour)]
