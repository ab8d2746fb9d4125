"""Our HTML templates, filled in; every plain string is escaped."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2

from . import assets

_TEMPLATES = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)


def render(name: str, context: Mapping[str, Any]) -> str:
    """Return a template of the ``static`` folder with its context."""
    return _template(name).render(context)


@cache
def _template(name: str) -> jinja2.Template:
    return _TEMPLATES.from_string(assets.own(name))
