"""The figures of a plan as claims: each number with what it can mean, and how they hang together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..consistency import (
    Claim,
    Interval,
    Quantity,
    Term,
    claim,
    factor_to,
    range_text,
    stated,
    stated_claim,
    unit_of,
)
from ..errors import DataError, NanyiError
from ..plan import UNITS_EN, Item, Plan
from ..plan import Quantity as Stated
from ..study import StudyArea
from ..targets import whole_plan
from .relations import Input, Overlap, Relation, Relations, RelationTerm, read_relations

LISTED_UNIT = "个"
_PARTS_EN = {"亩": "mu", "公顷": "ha", "吨": "t", "万t": "10,000 t", "万吨": "10,000 t", "年": "year", "人": "person"}
SIGNS = {"=": "=", ">=": "≥", "<=": "≤"}


@dataclass(frozen=True)
class Figure:
    """A number as a quantity, with the claim of what it can mean, and the claim that it is just the number said."""

    quantity: Quantity
    claim: Claim
    number: Claim


@dataclass(frozen=True)
class Side:
    """A side of a relation: its terms, and what is added to them in base units."""

    terms: tuple[Term, ...] = ()
    added: float = 0.0


@dataclass(frozen=True)
class Related:
    """A relation ready to be judged.

    Attributes
    ----------
    claim : Claim
    figures : tuple of Figure
        What it speaks of, as far as it is known.
    left, right : Side
    unit : str
        In which both are told.
    clauses : tuple of str
        Of the items it names.
    missing : tuple of (str, str)
        Chinese and English names of what is not known.
    assumed : tuple of (str, str)
        The same of inputs that are assumed.
    factors : tuple of (str, str)
        The same of what quantities are multiplied by, with its interval, and of land with its file.
    relation : Relation
    """

    claim: Claim
    figures: tuple[Figure, ...]
    left: Side
    right: Side
    unit: str
    clauses: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    assumed: tuple[tuple[str, str], ...]
    factors: tuple[tuple[str, str], ...]
    relation: Relation

    @property
    def conditional(self) -> bool:
        """Whether it is put under a reading alone, and so speaks for itself only."""
        return bool(self.relation.if_zh)


@dataclass(frozen=True)
class PlanClaims:
    """The claims of a plan.

    Attributes
    ----------
    figures : mapping
        By item, unit and county (empty for the whole).
    related : tuple of Related
        The relations, those of counties and their whole first.
    relations : Relations
    plan : Plan
    book : Book
        From which relations over other values can be made.
    """

    figures: Mapping[tuple[str, str, str], Figure]
    related: tuple[Related, ...]
    relations: Relations
    plan: Plan
    book: "Book" = field(repr=False)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim: the figures of the plan, those from outside, and the relations."""
        outside = {each.claim.id: each.claim for one in self.related for each in one.figures}
        own = {each.claim.id: each.claim for each in self.figures.values()}
        return (*{**own, **outside}.values(), *(each.claim for each in self.related))


def plan_claims(
    study: StudyArea,
    *,
    relations: Relations | None = None,
    layers: Mapping[str, Interval] | None = None,
    layer_sources: Mapping[str, str] | None = None,
) -> PlanClaims:
    """Return the figures of a study's plan as claims, with their relations; of a public study without hidden items.

    Parameters
    ----------
    study : StudyArea
    relations : Relations, optional
        Those of the plan's folder if none are given.
    layers : mapping of str to Interval, optional
        By the layers of the relations, in 万亩; ``layer_sources`` tells where each is from.

    Raises
    ------
    DataError
        If a relation adds what must not be added, or names a number that the plan has not.

    >>> from nanyi_gis.study import load_study
    >>> found = plan_claims(load_study())
    >>> found.figures["F-14", "%", ""].claim.interval.text()
    '[53.45, 53.55)'
    """
    plan = study.plan if study.public else whole_plan(study)
    known = (read_relations(study) if relations is None else relations) or Relations()
    book = Book(plan, whole_plan(study), known, dict(layers or {}), dict(layer_sources or {}))
    related = (*book.splits(), *(book.related(each) for each in known.relation))
    for each in known.overlap:
        _hold_overlap(each, book)
    return PlanClaims(book.figures, tuple(related), known, plan, book)


def _hold_overlap(each: Overlap, book: "Book") -> None:
    """Refuse areas of which one has no number in the unit of the first."""
    unit = next((unit for number, unit, county in book.figures if number == each.items[0] and not county), "")
    for number in (*each.items, *([each.within] if each.within else [])):
        if (number, unit, "") not in book.figures:
            raise DataError(f"relation {each.id}: {number} has no number in {unit or 'any unit'}")


@dataclass
class Book:
    """The plan's figures by name, while relations are looked up in them."""

    plan: Plan
    whole: Plan
    relations: Relations
    layers: dict[str, Interval]
    sources: dict[str, str]
    figures: dict[tuple[str, str, str], Figure] = field(default_factory=dict)
    _twice: set[tuple[str, str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        measures = {item: each for each in self.relations.measure for item in each.items}
        if self.figures:
            return
        for item in self.plan.items:
            several = len({quantity.unit for quantity in item.quantities}) > 1
            for quantity in item.quantities:
                key = (item.id, quantity.unit, quantity.county or "")
                if key in self.figures:
                    self._twice.add(key)
                    continue
                measure = measures.get(item.id) if _measured(quantity.unit, item) else None
                self.figures[key] = _figure(
                    item,
                    quantity,
                    several=several,
                    flow=measure.flow if measure is not None else False,
                    measure=measure.id if measure is not None else "",
                    about=self.relations.about,
                )

    def splits(self) -> Iterator[Related]:
        """Yield for each number that the plan splits by county that the whole is their sum."""
        for number, unit, county in self.figures:
            item = self.plan.item(number)
            shares = [place for other, own, place in self.figures if (other, own) == (number, unit) and place]
            if not county and shares and unit != "%":
                yield self.related(whole_and_parts(item, unit, shares))

    def related(self, relation: Relation) -> Related:
        """Return a relation with its figures, held to what may be added."""
        figures: dict[str, Figure] = {}
        missing: list[tuple[str, str]] = []
        assumed: list[tuple[str, str]] = []
        sides = [self._side(relation, part, figures, missing, assumed) for part in (relation.left, relation.right)]
        left, right = sides
        terms = [*left.terms, *(replace(term, minus=not term.minus) for term in right.terms)]
        if not terms:
            raise DataError(f"relation {relation.id} has numbers alone; name an item, an input or a layer")
        unit = relation.unit or self._first_unit(relation)
        factors = [self._input(name) for name in dict.fromkeys(part.by for part in relation.terms if part.by)]
        outside = [each.claim.source for each in figures.values() if each.claim.kind == "input"]
        end = (right.added - left.added) / unit_of(unit).factor
        try:
            made = claim(
                relation.id,
                terms,
                low=end if relation.sign in {"=", ">="} else -float("inf"),
                high=end if relation.sign in {"=", "<="} else float("inf"),
                unit=unit,
                kind=relation.form,
                source="; ".join(dict.fromkeys([*map(self._source, factors), *outside])),
                clause="; ".join(self._clauses(relation)),
                zh=(f"若{relation.if_zh}，" if relation.if_zh else "") + relation.zh,
                en=(f"If {relation.if_en}: " if relation.if_en else "") + relation.en,
            )
        except NanyiError as error:
            raise DataError(f"relation {error}") from error
        return Related(
            claim=made,
            figures=tuple(figures.values()),
            left=left,
            right=right,
            unit=unit,
            clauses=self._clauses(relation),
            missing=tuple(dict.fromkeys(missing)),
            assumed=tuple(dict.fromkeys(assumed)),
            factors=(*(self._told(each) for each in factors), *self._layers_told(relation)),
            relation=relation,
        )

    def _side(
        self,
        relation: Relation,
        parts: Sequence[RelationTerm],
        figures: dict[str, Figure],
        missing: list[tuple[str, str]],
        assumed: list[tuple[str, str]],
    ) -> Side:
        terms, added = [], 0.0
        for part in parts:
            sign = -1 if part.minus else 1
            if part.listed or part.number is not None:
                value = float(len(part.listed)) if part.listed else float(part.number or 0.0)
                added += sign * value * unit_of(part.unit or LISTED_UNIT).factor
                continue
            quantity = self._quantity(relation, part, figures, missing, assumed)
            factor: dict[str, Any] = {}
            if part.by:
                by = self._input(part.by)
                interval = self._interval(by)
                factor = {"low": interval.low, "high": interval.high, "unit": by.unit, "flow": by.flow}
                factor["measure"] = by.measure or None
                if by.assumed:
                    assumed.append((by.zh, by.en))
            if part.times:
                often = self._find(relation, part.times, part.times_unit, "").claim.interval
                if often is None or often.low != often.high:
                    raise DataError(f"relation {relation.id} is times {part.times}, whose number is no exact count")
                factor = {
                    **factor,
                    "low": factor.get("low", 1.0) * often.low,
                    "high": factor.get("high", 1.0) * often.low,
                }
            terms.append(Term(quantity=quantity, minus=part.minus, **factor))
        return Side(tuple(terms), added)

    def _quantity(
        self,
        relation: Relation,
        part: RelationTerm,
        figures: dict[str, Figure],
        missing: list[tuple[str, str]],
        assumed: list[tuple[str, str]],
    ) -> Quantity:
        if part.item:
            figure = self._find(relation, part.item, part.unit, part.county)
            figures.setdefault(figure.quantity.id, figure)
            return figure.quantity
        if part.input:
            given = self._input(part.input)
            quantity = Quantity(id=given.id, unit=given.unit, flow=given.flow, measure=given.measure)
            if given.assumed:
                assumed.append((given.zh, given.en))
            figures.setdefault(
                given.id, _outside(quantity, self._interval(given), given.zh, given.en, self._source(given))
            )
            return quantity
        layer = next(each for each in self.relations.layer if each.id == part.layer)
        quantity = Quantity(id=layer.id, unit="万亩")
        interval = self.layers.get(layer.id)
        if interval is None:
            missing.append((layer.zh, layer.en))
        else:
            source = self.sources.get(layer.id, "")
            figures.setdefault(layer.id, _outside(quantity, interval, layer.zh, layer.en, source))
        return quantity

    def _find(self, relation: Relation, number: str, unit: str, county: str) -> Figure:
        keys = [key for key in self.figures if key[0] == number and key[2] == county and unit in {"", key[1]}]
        place = f" for {county}" if county else ""
        if not keys:
            raise DataError(f"relation {relation.id}: {number} has no number{f' in {unit}' if unit else ''}{place}")
        if len(keys) > 1 or keys[0] in self._twice:
            raise DataError(f"relation {relation.id}: {number} has several numbers{place}; name the unit of one")
        return self.figures[keys[0]]

    def _input(self, name: str) -> Input:
        return next(each for each in self.relations.input if each.id == name)

    def _interval(self, given: Input) -> Interval:
        if given.low is not None:
            return Interval(low=given.low, high=given.high) if given.high is not None else stated(given.low)
        figures = [self.whole.check(given.check).inputs[name] for name in given.figures]
        values = [figure.value * factor_to(figure.unit, given.unit) for figure in figures]
        return Interval(low=min(values), high=max(values)) if len(set(values)) > 1 else stated(values[0])

    def _told(self, given: Input) -> tuple[str, str]:
        interval = self._interval(given)
        zh, en = (range_text(interval.low, interval.high, lang=lang) for lang in ("zh", "en"))
        said = ("（假定）", " (assumed)") if given.assumed else ("", "")
        units = [f" {unit_in(given.unit, lang=lang)}" if given.unit else "" for lang in ("zh", "en")]
        return f"{given.zh} {zh}{units[0]}{said[0]}", f"{given.en} {en}{units[1]}{said[1]}"

    def _layers_told(self, relation: Relation) -> list[tuple[str, str]]:
        """Return the land that a relation rests on, with the file it is from."""
        named = dict.fromkeys(part.layer for part in relation.terms if part.layer in self.layers)
        layers = [each for each in self.relations.layer if each.id in named]
        said = [(each, self.sources.get(each.id, "")) for each in layers]
        return [(f"{each.zh} {file}".rstrip(), f"{each.en} {file}".rstrip()) for each, file in said]

    def _source(self, given: Input) -> str:
        if given.low is not None:
            return given.source
        figures = (self.whole.check(given.check).inputs[name] for name in given.figures)
        return "; ".join(dict.fromkeys(figure.source for figure in figures))

    def _first_unit(self, relation: Relation) -> str:
        for part in relation.terms:
            if part.by:
                raise DataError(f"relation {relation.id} has a factor, so it needs the unit in which it is told")
            if part.item:
                return self._find(relation, part.item, part.unit, part.county).quantity.unit
            if part.input or part.layer:
                return self._input(part.input).unit if part.input else "万亩"
        return LISTED_UNIT

    def _clauses(self, relation: Relation) -> tuple[str, ...]:
        numbers = [number for part in relation.terms for number in (part.item, part.times, *part.listed) if number]
        return tuple(dict.fromkeys(clause for number in numbers for clause in self.plan.item(number).clauses))


def whole_and_parts(item: Item, unit: str, counties: Sequence[str]) -> Relation:
    """Return that a number of an item is the sum of its counties' shares, or at least theirs where some are missing.

    >>> from nanyi_gis.plan import load_plan
    >>> whole_and_parts(load_plan().item("W-12"), "个", ["叙永"]).sign
    '>='
    """
    return Relation(
        id=f"split_{item.id.lower().replace('-', '_')}",
        form="identity",
        sign="=" if set(counties) >= set(item.counties) else ">=",
        left=(RelationTerm(item=item.id, unit=unit),),
        right=tuple(RelationTerm(item=item.id, unit=unit, county=county) for county in counties),
        zh=f"{item.id} {item.name_zh}，合计与分县之和",
        en=f"{item.id} {item.name_en}, the whole and the counties' shares",
    )


def unit_in(unit: str, *, lang: str) -> str:
    """Return a unit in words of a language.

    >>> unit_in("万亩", lang="en"), unit_in("家", lang="en"), unit_in("kg/亩", lang="en"), unit_in("km", lang="zh")
    ('10,000 mu', '', 'kg/mu', 'km')
    """
    if lang == "zh":
        return unit
    return UNITS_EN[unit] if unit in UNITS_EN else "/".join(_PARTS_EN.get(part, part) for part in unit.split("/"))


def _measured(unit: str, item: Item) -> bool:
    """Tell whether a number of an item is what its measure speaks of, and no count beside it."""
    counted = {each.unit for each in item.quantities if dict(unit_of(each.unit).dimension).keys() == {"count"}}
    return unit not in counted or len(counted) == len({each.unit for each in item.quantities})


def _figure(item: Item, quantity: Stated, *, several: bool, flow: bool, measure: str, about: float) -> Figure:
    ident = item.id + (f"/{quantity.county}" if quantity.county else "") + (f"[{quantity.unit}]" if several else "")
    own = Quantity(id=ident, unit=quantity.unit, flow=flow, measure=measure)
    counted = dict(own.dimension).keys() == {"count"}
    words: dict[str, Any] = {
        "clause": item.clause,
        "source": item.evidence if quantity.evidence == "official" else quantity.evidence,
        "zh": f"{item.name_zh}：{quantity.text()}",
        "en": f"{item.name_en}: {quantity.text(lang='en')}",
    }
    said = stated(quantity.value, comparator=quantity.comparator, upper=quantity.upper, counted=counted, about=about)
    just = stated(quantity.value, upper=quantity.upper, counted=counted)
    return Figure(own, stated_claim(ident, own, said, **words), stated_claim(ident, own, just, **words))


def _outside(quantity: Quantity, interval: Interval, zh: str, en: str, source: str) -> Figure:
    made = stated_claim(quantity.id, quantity, interval, kind="input", source=source, zh=zh, en=en)
    return Figure(quantity, made, made)
