"""Sheets: of many things one each, of which a panel shows that of the feature chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from ..errors import ParameterError
from ._text import words
from .cards import check_card


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What is shown of one thing.

    Attributes
    ----------
    key : str
        Its id in the layers of the map, the same in each language.
    label : str
        How it is called in the list.
    group : str
        Heading of the list under which it stands.
    body : Markup
        What is shown, as trusted HTML.
    area : str
        Id of the area that is marked with it, where it is not ``key``.
    """

    key: str
    label: str
    body: Markup
    group: str = ""
    area: str = ""


def sheets_html(
    sheets: Sequence[Sheet],
    *,
    layers: Sequence[str],
    choose: str,
    hint: str,
    shared: Markup = Markup(""),  # noqa: B008  (never changed)
    lang: str,
) -> Markup:
    """Return a list of sheets to choose from, and the sheets, all hidden but for the one that our script shows.

    Parameters
    ----------
    sheets : sequence of Sheet
        Those of a group together, in the order of the list.
    layers : sequence of str
        Keys of the map's layers whose features have the sheets' keys as ids.
    choose, hint : str
        Label of the list; what stands where nothing is chosen.
    shared : Markup
        What the sheets draw on together, e.g. symbols of SVG.
    lang : str
        ``zh`` or ``en``.

    Raises
    ------
    ParameterError
        If two sheets have one key, or a body is plain text.

    >>> html = sheets_html([Sheet(key="1", label="<a>", body=Markup("<p>b</p>"))], layers=["x"], choose="Choose",
    ...                    hint="Nothing yet", lang="en")
    >>> '<option value="1">&lt;a&gt;</option>' in html, '<section class="ny-leaf" data-sheet="1"' in html
    (True, True)
    """
    keys = [check_card(sheet.key) for sheet in sheets]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise ParameterError(f"two sheets have key {twice!r}; give each its own")
    plain = next((sheet.key for sheet in sheets if not isinstance(sheet.body, Markup)), None)
    if plain is not None:
        raise ParameterError(f"the content of sheet {plain!r} is plain text; wrap trusted HTML in markupsafe.Markup")
    phrase = words(lang)
    options = [Markup('<option value="">{}</option>').format(phrase["none_chosen"])]
    for group, own in groupby(sheets, key=lambda sheet: sheet.group):
        several = [Markup('<option value="{}">{}</option>').format(sheet.key, sheet.label) for sheet in own]
        listed = Markup("").join(several)
        options.append(Markup('<optgroup label="{}">{}</optgroup>').format(group, listed) if group else listed)
    bodies = [
        Markup('<section class="ny-leaf" data-sheet="{}" data-area="{}" aria-label="{}" hidden>{}</section>').format(
            sheet.key, check_card(sheet.area or sheet.key), sheet.label, sheet.body
        )
        for sheet in sheets
    ]
    return Markup(
        '<div class="ny-leaves" data-layers="{}"><div class="ny-choose"><label>{} <select>{}</select></label>'
        '<button type="button" class="ny-print-leaf" hidden>{}</button></div><p class="ny-hint">{}</p>{}{}</div>'
    ).format(
        " ".join(layers),
        choose,
        Markup("").join(options),
        phrase["print_sheet"],
        hint,
        shared,
        Markup("\n").join(bodies),
    )
