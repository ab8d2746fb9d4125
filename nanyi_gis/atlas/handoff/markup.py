"""XML made element by element, so that what comes from data stays data."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ...io import legal


def add(parent: Element, tag: str, text: object = None, **attributes: Any) -> Element:
    """Add an element below ``parent``; a trailing underscore of a name is dropped (``class_``)."""
    child = SubElement(parent, tag, {name.rstrip("_"): legal(value) for name, value in attributes.items()})
    if text is not None:
        child.text = legal(text)
    return child


def document(root: Element) -> str:
    """Return a document as text, one element a line."""
    indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"
