"""Pieces of a page as folium elements."""

from typing import Any, cast

from branca.element import Element, Figure, MacroElement
from folium.map import Layer

from ._escape import script_json


class Raw(Element):
    """Text that goes into the document as it is; branca would run it through Jinja again."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Raw"
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """Return the text."""
        return self.text


class Record(Layer):
    """A layer, a grid or a profile whose record stands in the page as JSON and is drawn by our script.

    The record has ``meta`` (with the words of one language), ``texts`` (the words of the features) and ``data``,
    which hold no words.
    """

    def __init__(self, record: dict[str, Any], *, number: int, reader: str) -> None:
        meta = record["meta"]
        super().__init__(name=meta["name"], overlay=True, control=True, show=bool(meta.get("shown", True)))
        self._name = "Layer"
        self._id = f"ny{number}"
        self.name = str(meta["name"])
        self.key = str(meta["key"])
        self.record = record
        self.reader = reader

    def render(self, **kwargs: Any) -> str:
        """Put the record into the document; the shell's script opens it."""
        figure = cast("Figure", self.get_root())
        name = self.get_name()
        figure.html.add_child(Raw(_data_block(name, self.record)), name=f"{name}_data")
        return ""


class Shell(MacroElement):
    """What stands around the map: title bar, side panel, foot; with the scripts and styles of a page."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Shell"
        self._id = "page"
        self.head = ""
        self.before = ""
        self.after = ""
        self.record: dict[str, Any] = {}

    def render(self, **kwargs: Any) -> str:
        """Put head, body and script of the shell into the document."""
        figure = cast("Figure", self.get_root())
        name = self.get_name()
        figure.header.add_child(Raw(self.head), name=name)
        figure.html.add_child(Raw(self.before), name=f"{name}_before", index=0)
        figure.html.add_child(Raw(self.after + _data_block(name, self.record)), name=f"{name}_after")
        parent = cast("Element", self._parent).get_name()
        figure.script.add_child(Raw(f"nanyi.begin({parent}, {script_json(name)});"), name=name)
        return ""


def _data_block(name: str, record: dict[str, Any]) -> str:
    return f'<script type="application/json" id="{name}">{script_json(record)}</script>\n'
