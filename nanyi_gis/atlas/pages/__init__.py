"""The pages of the atlas: a module of this package is a page or a family of pages, and none is listed anywhere.

A page module says of itself what it makes: ``ENTRY``, an :class:`nanyi_gis.atlas.entry.Entry` with file, titles,
group and order; or, if that depends on the study, a function ``entries(atlas)`` that returns several, and for a page
that the study cannot have what it lacks. ``make(atlas)`` returns the pages that can be made, as a list of
:class:`nanyi_gis.atlas.page.AtlasPage`, of several those that :meth:`Atlas.wants`. A module with ``LAST`` draws on
what the others have worked out, and is made after them.
"""

import dataclasses
import importlib
import pkgutil
from collections.abc import Collection, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

from ...errors import ParameterError
from ..entry import BOOK, GROUPS, INDEX, Entry

if TYPE_CHECKING:
    from ..context import Atlas
    from ..page import AtlasPage


def modules() -> list[ModuleType]:
    """Return the page modules, as they lie in the folder."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    found = [importlib.import_module(f"{__name__}.{name}") for name in names]
    for module in found:
        if not hasattr(module, "make") or not (hasattr(module, "ENTRY") or hasattr(module, "entries")):
            raise ParameterError(f"page module {module.__name__} lacks ENTRY or make(atlas); add what is missing")
    return found


def entries_of(module: ModuleType, atlas: "Atlas") -> list[Entry]:
    """Return the entries of a page module."""
    return list(module.entries(atlas)) if hasattr(module, "entries") else [module.ENTRY]


def contents(atlas: "Atlas") -> tuple[Entry, ...]:
    """Return the entries of all pages in the order in which they are shown, those that cannot be made too.

    Raises
    ------
    ParameterError
        If two pages have one file, or a group is unknown.
    """
    owners = {INDEX.casefold(): "the first page", BOOK.casefold(): "the book of all pages"}
    found: list[Entry] = []
    for module in modules():
        for entry in entries_of(module, atlas):
            if entry.group not in GROUPS:
                known = ", ".join(filter(None, GROUPS))
                raise ParameterError(f"page {entry.file} has group {entry.group!r}, but must have one of: {known}")
            if entry.file.casefold() in owners:
                other = owners[entry.file.casefold()]
                raise ParameterError(f"{module.__name__} makes {entry.file}, as {other} does; rename one of them")
            owners[entry.file.casefold()] = module.__name__
            found.append(entry)
    return tuple(sorted(found, key=lambda entry: entry.place))


def make_pages(
    atlas: "Atlas", *others: "Atlas", only: Collection[str] | None = None
) -> "Iterator[tuple[float, list[AtlasPage]]]":
    """Yield the share done and the pages of each module that has any to make; ``only`` those of these files.

    ``others`` are the same atlas in other languages, see :meth:`Atlas.in_language`; their pages follow those of the
    first, module by module, so that what the languages share is made once and then let go.
    """
    atlases = [atlas, *others]
    if only is not None:
        atlases = [dataclasses.replace(one, only=frozenset(only)) for one in atlases]

    def wanted(entry: Entry) -> bool:
        return entry.made and atlases[0].wants(entry.file)

    able = [module for module in modules() if any(map(wanted, entries_of(module, atlas)))]
    able.sort(key=lambda module: (getattr(module, "LAST", False), min(e.place for e in entries_of(module, atlas))))
    for number, module in enumerate(able, start=1):
        yield number / len(able), [page for one in atlases for page in module.make(one)]
        for name in [name for name in atlas.shared if isinstance(name, tuple)]:
            del atlas.shared[name]
