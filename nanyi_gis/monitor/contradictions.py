"""Whether a plan contradicts itself, the land, or what is reported of it: verdicts with their clauses."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ..consistency import (
    AGREES,
    CONTRADICTS,
    OPEN,
    VERDICTS,
    Claim,
    Conflict,
    Judgement,
    Programme,
    agree,
    conflicts,
    judge,
    range_text,
    unit_of,
)
from .claims import SIGNS, Figure, PlanClaims, Related, Side, unit_in

CLAIM_COLUMNS = ("id", "kind", "clause", "zh", "en", "low", "high", "reading", "unit", "source")
CHECK_COLUMNS = (
    *("id", "check", "basis", "verdict", "verdict_en", "form", "clauses", "items", "zh", "en"),
    *("left_low", "left_high", "right_low", "right_high", "unit", "assumed", "missing"),
)
CONFLICT_COLUMNS = ("set", "check", "member", "kind", "clause", "zh", "en", "low", "high", "unit", "source")
_TOLD_SIGNS = {
    AGREES: SIGNS,
    CONTRADICTS: {"=": "≠", ">=": "<", "<=": ">"},
    OPEN: {"=": "=?", ">=": "≥?", "<=": "≤?"},
}


@dataclass(frozen=True)
class Contradictions:
    """What was found.

    Attributes
    ----------
    claims : DataFrame
        Every claim: ``id``, ``kind`` (stated, input, identity, requirement), ``clause``, ``zh``, ``en``, ``low``,
        ``high`` (empty where open), ``reading`` in signs, ``unit``, ``source``.
    checks : DataFrame
        A row a relation: ``id``, ``check`` of the plan that it belongs to, ``basis`` (plan or reported), ``verdict``,
        ``verdict_en``, ``form``, ``clauses``, ``items``, ``zh``, ``en`` (a sentence each), ends of both sides in
        ``unit``, what is ``assumed`` and what is ``missing`` (Chinese).
    conflicts : DataFrame
        The irreducible sets, a row a member: ``set`` from 1, ``check`` (relation), and the claim.
    """

    claims: pd.DataFrame
    checks: pd.DataFrame
    conflicts: pd.DataFrame

    def counts(self) -> dict[str, int]:
        """Return how many checks have each verdict."""
        return {word: int((self.checks["verdict"] == word).sum()) for word in VERDICTS}

    def told(self) -> tuple[str, ...]:
        """Return in English lines how many checks have each verdict, and every contradiction with its clauses."""
        words: dict[str, str] = {AGREES: "hold", CONTRADICTS: "contradict", OPEN: "cannot be judged"}
        counts = ", ".join(f"{count} {words[word]}" for word, count in self.counts().items())
        lines = [f"{len(self.checks)} checks: {counts}"]
        for row in self.checks[self.checks["verdict"] == CONTRADICTS].to_dict("records"):
            lines.append(f"{row['en']} [{row['clauses']}]" if row["clauses"] else str(row["en"]))
        for _, members in self.conflicts[self.conflicts["check"] == ""].groupby("set", sort=True):
            lines.append(f"together contradictory: {', '.join(members['member'])}")
        return tuple(lines)


@dataclass(frozen=True)
class _Found:
    related: Related
    judgement: Judgement
    left: tuple[float, float]
    right: tuple[float, float]


def contradictions(found: PlanClaims, *, reported: Sequence[Related] = ()) -> Contradictions:
    """Judge every relation of a plan, and tell which claims contradict one another.

    A relation is first held to its own figures, then to all that hangs together with them by identities that are not
    put under a reading. ``reported`` are relations over reported values (:func:`reported_relations`).

    >>> from nanyi_gis.study import load_study
    >>> from .claims import plan_claims
    >>> found = contradictions(plan_claims(load_study()))
    >>> found.told()[0]
    '29 checks: 19 hold, 3 contradict, 7 cannot be judged'
    >>> checks = found.checks.set_index("id")
    >>> checks.loc[["split_w_12", "sorghum_feeds"], "verdict"].tolist()
    ['满足', '矛盾']
    """
    ties = [each for each in found.related if each.relation.form == "identity" and not each.conditional]
    local = {each.claim.id: _judged(each, ()) for each in found.related}
    sound = [each for each in ties if local[each.claim.id].verdict != CONTRADICTS]
    results = []
    for each in found.related:
        others = [tie for tie in sound if tie is not each]
        results.append(_result(each, local[each.claim.id], _near(each, others)))
    own = [_result(each, _judged(each, ()), ()) for each in reported]
    rows = [_check_row(each, "plan") for each in results] + [_check_row(each, "reported") for each in own]
    rows += _overlap_rows(found)
    everything = (*found.claims, *_reported_claims(reported))
    return Contradictions(
        claims=pd.DataFrame([_claim_row(each) for each in everything], columns=list(CLAIM_COLUMNS)),
        checks=pd.DataFrame(rows, columns=list(CHECK_COLUMNS)),
        conflicts=_conflict_table([*results, *own], ties),
    )


def _reported_claims(reported: Sequence[Related]) -> tuple[Claim, ...]:
    claims = {each.claim.id: each.claim for one in reported for each in one.figures}
    return (*claims.values(), *(each.claim for each in reported))


def _figures(related: Related, others: Sequence[Related]) -> dict[str, Figure]:
    found = {each.quantity.id: each for each in related.figures}
    for other in others:
        found |= {each.quantity.id: each for each in other.figures}
    return found


def _judged(related: Related, others: Sequence[Related]) -> Judgement:
    figures = _figures(related, others)
    rest = [each.claim for each in figures.values()] + [each.claim for each in others]
    if related.relation.form == "requirement":
        judgement = judge(related.claim, rest)
    else:
        judgement = agree(related.claim, rest, numbers=_at_their_numbers(related))
    if related.missing and judgement.verdict == AGREES:
        return Judgement(OPEN)
    return judgement


def _at_their_numbers(related: Related) -> list[Claim]:
    """Return its figures with what is said to be so much or more at so much: the parts of a total, not the total."""
    right = {term.quantity.id for term in related.right.terms}
    whole = related.relation.sign == "="
    return [each.claim if whole and each.quantity.id not in right else each.number for each in related.figures]


def _near(related: Related, ties: Sequence[Related]) -> tuple[Related, ...]:
    """Return the identities that hang together with a relation by quantities that they share, one by one."""
    names = set(related.claim.quantities)
    found: list[Related] = []
    rest = list(ties)
    while True:
        more = [each for each in rest if names & set(each.claim.quantities)]
        if not more:
            return tuple(found)
        found += more
        rest = [each for each in rest if each not in more]
        names |= {name for each in more for name in each.claim.quantities}


def _result(related: Related, alone: Judgement, others: Sequence[Related]) -> _Found:
    judgement = alone
    if alone.verdict != CONTRADICTS and others:
        together = _judged(related, others)
        judgement = together if together.conflict is None or together.verdict == CONTRADICTS else alone
    programme = Programme([each.claim for each in related.figures])  # what the figures say by themselves
    size = unit_of(related.unit).factor
    left, right = (_ends(side, programme, size) for side in (related.left, related.right))
    return _Found(related, judgement, left, right)


def _ends(side: Side, programme: Programme, size: float) -> tuple[float, float]:
    """Return the least and the most of a side, over values and factors."""
    least: dict[str, float] = {}
    most: dict[str, float] = {}
    for term in side.terms:
        small, large = term.factor
        least[term.quantity.id] = least.get(term.quantity.id, 0.0) + small
        most[term.quantity.id] = most.get(term.quantity.id, 0.0) + large
    low, high = (programme.bounds(least)[0], programme.bounds(most)[1]) if side.terms else (0.0, 0.0)
    return (low + side.added) / size, (high + side.added) / size


def _check_row(found: _Found, basis: str) -> dict[str, object]:
    related, relation = found.related, found.related.relation
    left, right = found.left, found.right
    told = {lang: _sentence(found, lang) for lang in ("zh", "en")}
    return {
        "id": related.claim.id,
        "check": relation.check,
        "basis": basis,
        "verdict": found.judgement.verdict,
        "verdict_en": VERDICTS[found.judgement.verdict],
        "form": relation.form,
        "clauses": "; ".join(related.clauses),
        "items": ";".join(dict.fromkeys(each for part in relation.terms for each in (part.item, *part.listed) if each)),
        "zh": told["zh"],
        "en": told["en"],
        "left_low": left[0],
        "left_high": left[1],
        "right_low": right[0],
        "right_high": right[1],
        "unit": related.unit,
        "assumed": "、".join(each[0] for each in related.assumed),
        "missing": "、".join(each[0] for each in related.missing),
    }


def _sentence(found: _Found, lang: str) -> str:
    """Return what a relation says, both sides of it, the verdict, and what it rests on."""
    related, place = found.related, 0 if lang == "zh" else 1
    stop, colon, comma = ("；", "：", "、") if lang == "zh" else ("; ", ": ", ", ")
    ends = [range_text(*side, lang=lang) for side in (found.left, found.right)]
    sign = _TOLD_SIGNS[found.judgement.verdict][related.relation.sign]
    text = f"{(related.claim.zh, related.claim.en)[place]}{colon}{f' {sign} '.join(ends)}{_unit(related.unit, lang)}"
    verdict = found.judgement.verdict
    text = f"{text} → {verdict if lang == 'zh' else VERDICTS[verdict]}"
    for parts, lead in (
        (related.missing, ("缺：", "missing: ")),
        (related.factors, ("按：", "by: ")),
        (_assumed_beside(related), ("假定：", "assumed: ")),
    ):
        if parts:
            text += stop + lead[place] + comma.join(each[place] for each in parts)
    return text


def _assumed_beside(related: Related) -> tuple[tuple[str, str], ...]:
    """Return what is assumed and no factor, for factors say it themselves."""
    return tuple(each for each in related.assumed if not any(told[0].startswith(each[0]) for told in related.factors))


def _unit(unit: str, lang: str) -> str:
    words = unit_in(unit, lang=lang)
    return f" × {words}" if words[:1].isdigit() else f" {words}" if words else ""


def _overlap_rows(found: PlanClaims) -> list[dict[str, object]]:
    """Return a row for each list of areas that may overlap: what they take together, from the largest to the sum."""
    rows = []
    for each in found.relations.overlap:
        items = [found.plan.item(number) for number in each.items]
        unit = items[0].quantities[0].unit
        values = [item.total(unit) for item in items]
        within = found.plan.item(each.within).total(unit) if each.within else float("inf")
        low, high = max(values), min(sum(values), within)
        ends = [f"{range_text(low, high, lang=lang)}{_unit(unit, lang)}" for lang in ("zh", "en")]
        rows.append(
            {
                "id": each.id,
                "check": each.check,
                "basis": "plan",
                "verdict": OPEN,
                "verdict_en": VERDICTS[OPEN],
                "form": "overlap",
                "clauses": "; ".join(dict.fromkeys(clause for item in items for clause in item.clauses)),
                "items": ";".join(each.items),
                "zh": f"{each.zh}：可能重叠，不作合计；合起来占 {ends[0]} → {OPEN}",
                "en": f"{each.en}: they may overlap, so no sum is formed; together {ends[1]} → {VERDICTS[OPEN]}",
                "left_low": low,
                "left_high": high,
                "right_low": None,
                "right_high": None,
                "unit": unit,
                "assumed": "",
                "missing": "",
            }
        )
    return rows


def _claim_row(claim: Claim) -> dict[str, object]:
    interval = claim.interval
    finite = {float("inf"), -float("inf")}
    return {
        "id": claim.id,
        "kind": claim.kind,
        "clause": claim.clause,
        "zh": claim.zh,
        "en": claim.en,
        "low": None if interval is None or interval.low in finite else interval.low,
        "high": None if interval is None or interval.high in finite else interval.high,
        "reading": "" if interval is None else interval.text(),
        "unit": claim.unit,
        "source": claim.source,
    }


def _conflict_table(results: Sequence[_Found], ties: Sequence[Related]) -> pd.DataFrame:
    """Return the sets of the checks, and those of all identities together that no check names, each once."""
    sets: dict[frozenset[str], tuple[str, Conflict]] = {}
    for each in results:
        conflict = each.judgement.conflict
        if conflict is not None:
            sets.setdefault(frozenset(conflict.members), (each.related.claim.id, conflict))
    figures = {figure.quantity.id: figure.claim for each in ties for figure in each.figures}
    for conflict in conflicts((*figures.values(), *(each.claim for each in ties))):
        sets.setdefault(frozenset(conflict.members), ("", conflict))
    rows = []
    for number, (check, conflict) in enumerate(sets.values(), 1):
        for member in conflict.claims:
            row = _claim_row(member)
            rows.append({"set": number, "check": check, "member": row["id"], **row})
    return pd.DataFrame(rows, columns=list(CONFLICT_COLUMNS))
