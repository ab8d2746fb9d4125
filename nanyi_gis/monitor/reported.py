"""The plan's relations over reported values: do the parts that are reported make the whole that is reported?"""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace

from ..consistency import Interval, Quantity, stated, stated_claim, unit_of
from .claims import Figure, PlanClaims, Related, whole_and_parts
from .records import Observation
from .relations import Relation, RelationTerm

Key = tuple[str, str, str]
"""Item, unit and county, as in :class:`PlanClaims`; the county is empty for the whole."""


def reported_relations(found: PlanClaims, observations: Sequence[Observation], *, whole: str) -> tuple[Related, ...]:
    """Return the plan's relations over the values that are reported, and those of counties and their whole.

    A relation is put on the latest day to which all its items that are reported at all are reported, so that nothing
    of one day is added to something of another; the others are told as missing, and may be anything from 0.
    ``whole`` is what a sheet writes for all counties together.

    >>> from nanyi_gis.study import load_study
    >>> from .claims import plan_claims
    >>> reported_relations(plan_claims(load_study()), [], whole="两县")
    ()
    """
    values = _by_day(found, observations, whole)
    made = []
    known = [each.relation for each in found.related]
    for relation in (*known, *_of_counties(found, values, {each.id for each in known})):
        related = _over(found, relation, values)
        if related is not None:
            made.append(related)
    return tuple(made)


def _by_day(
    found: PlanClaims, observations: Sequence[Observation], whole: str
) -> Mapping[Key, dict[datetime.date, Observation]]:
    values: dict[Key, dict[datetime.date, Observation]] = defaultdict(dict)
    for each in observations:
        if each.low is None or each.high is None or not found.plan.has(each.id):
            continue
        item = found.plan.item(each.id)
        own = next((quantity for quantity in item.quantities if quantity.county is None), None)
        if own is None:
            continue
        alone = len(item.counties) == 1 and each.county == item.counties[0]
        values[each.id, own.unit, "" if alone or each.county == whole else each.county][each.on] = each
    return values


def _of_counties(
    found: PlanClaims, values: Mapping[Key, dict[datetime.date, Observation]], known: set[str]
) -> Iterator[Relation]:
    """Yield the relation of a whole and its counties for items that the plan does not split."""
    for number, unit, county in list(values):
        counties = sorted(place for other, own, place in values if (other, own) == (number, unit) and place)
        if county or not counties or unit == "%":
            continue
        relation = whole_and_parts(found.plan.item(number), unit, counties)
        if relation.id not in known:
            yield relation


def _over(
    found: PlanClaims, relation: Relation, values: Mapping[Key, dict[datetime.date, Observation]]
) -> Related | None:
    """Return a relation over reported values; None where nothing of it is reported, or it speaks of no item."""
    terms = [part for part in relation.terms if part.item]
    keys = {_key(found, part): part for part in terms}
    there = [key for key in keys if values.get(key)]
    if not there:
        return None
    if len(there) < len(keys) and (relation.form == "requirement" or relation.if_zh):
        return None  # the whole of an identity is asked for; a need of which half is reported is no question
    days = set.intersection(*(set(values[key]) for key in there))
    book = copy(found.book)
    natures = {values[key][max(days)].nature for key in there} if days else set()
    alike = len(natures) == 1 or relation.form == "requirement"
    # nothing is known of what is not reported but that it is not below 0, and days that differ are not put together
    figures = {key: _unknown(key, _planned(found, key)) for key in keys}
    told = (f"填报：{relation.zh}", f"As reported: {relation.en}")
    if days and alike:
        day = max(days)
        figures |= {key: _figure(key, values[key][day], _planned(found, key)) for key in there}
        told = (f"填报（{day}）：{relation.zh}", f"As reported ({day}): {relation.en}")
    book.figures = {**found.figures, **figures}
    made = book.related(relation.model_copy(update={"id": f"reported_{relation.id}", "zh": told[0], "en": told[1]}))
    if days and alike and len(there) == len(keys):
        return made
    lacking = [
        (f"{number} {place}".rstrip(), "未填报", " is not reported") for number, _, place in keys.keys() - set(there)
    ]
    cause = ("", "各数口径不同", "one way of counting for all") if days else ("", "各数不在同一天", "one day for all")
    lacked = tuple((name + zh, name + en) for name, zh, en in sorted(lacking) or [cause])
    return replace(made, missing=(*made.missing, *lacked))


def _planned(found: PlanClaims, key: Key) -> Figure | None:
    """Return the plan's figure, that of the whole where the plan gives a county none: it measures the same."""
    return found.figures.get(key) or found.figures.get((key[0], key[1], ""))


def _key(found: PlanClaims, part: RelationTerm) -> Key:
    units = [unit for number, unit, county in found.figures if number == part.item and not county]
    return part.item, part.unit or units[0], part.county


def _quantity(key: Key, planned: Figure | None) -> Quantity:
    number, unit, county = key
    ident = f"{number}{f'/{county}' if county else ''}@reported"
    if planned is None:
        return Quantity(id=ident, unit=unit)
    return Quantity(id=ident, unit=unit, flow=planned.quantity.flow, measure=planned.quantity.measure)


def _figure(key: Key, value: Observation, planned: Figure | None) -> Figure:
    quantity = _quantity(key, planned)
    low, high = float(value.low or 0.0), float(value.high or 0.0)
    counted = dict(unit_of(quantity.unit).dimension).keys() == {"count"}
    interval = Interval(low=low, high=high) if low != high else stated(low, counted=counted)
    number = range_words(low, high)
    said = stated_claim(
        quantity.id,
        quantity,
        interval,
        kind="input",
        source=value.source,
        zh=f"填报：{value.id} {value.county} {value.on} {number} {quantity.unit}",
        en=f"reported: {value.id} {value.county} {value.on} {number} {quantity.unit}",
    )
    return Figure(quantity, said, said)


def _unknown(key: Key, planned: Figure | None) -> Figure:
    quantity = _quantity(key, planned)
    said = stated_claim(quantity.id, quantity, Interval(low=0.0), kind="input", zh="未填报", en="not reported")
    return Figure(quantity, said, said)


def range_words(low: float, high: float) -> str:
    """Return a reported value as it was written.

    >>> range_words(4, 4), range_words(0, 4)
    ('4', '0-4')
    """
    return f"{low:.12g}" if low == high else f"{low:.12g}-{high:.12g}"
