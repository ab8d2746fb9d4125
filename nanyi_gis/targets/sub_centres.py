"""Medical sub-centres: where those of the plan would save most minutes, reach most people, or leave no one far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import siting
from ..errors import DataError
from ..network import Graph
from ..siting import Siting
from ..study import StudyArea
from .people import population_rules, seat_townships, township_population, townships
from .site_costs import facility_names, facility_sites, minutes_between, township_nodes

HOSPITAL = "county_hospital"
MEDIAN, COVERAGE, CENTER, BALANCED = "p_median", "max_coverage", "p_center", "balanced"
MODELS = (MEDIAN, COVERAGE, CENTER, BALANCED)
"""Fewest minutes of all people together; most people within a limit; the farthest township as near as can be; fewest
minutes of those proposals whose farthest township is within a tenth of the nearest possible."""
_SLACK = 0.1
_MORE = 5


@dataclass(frozen=True, kw_only=True)
class SubCentres:
    """Proposals for sub-centres, beside the county hospitals that are there.

    Attributes
    ----------
    quotas : mapping of str to int
        How many in each county.
    minutes : float
        Within so many minutes counts as near.
    year : str
        Name of the network's year.
    towns : GeoDataFrame
        Located townships by code: ``name_zh``, ``name_en``, ``county``, ``people``, ``low``, ``high``, ``candidate``,
        ``hospital`` (name of the nearest county hospital), ``before`` (minutes to it), and for each model
        ``after_<model>`` (minutes to the nearest of hospital and sub-centre) and ``chosen_<model>``.
    models : mapping of str to Siting
        By model; the hospitals are fixed sites of each.
    summary : DataFrame
        By model and for ``before``: ``mean`` minutes over people, with ``mean_low`` and ``mean_high`` over the rules by
        which people are spread; ``near`` people with ``near_low``, ``near_high``; ``farthest`` minutes and ``where``.
    price : DataFrame
        Of p-medians with the counties' numbers left free: ``more``, ``p``, ``mean``, ``saved`` (minutes of each person
        on average against one fewer), ``gap``.
    loss : Series
        By chosen site of the p-median: the minutes that all people together lose if it closes and none replaces it.
    regret : Series
        By site that stands: the minutes that all people together would save were it elsewhere.
    cases : DataFrame
        ``rule``, ``year`` and ``chosen`` (codes) of the p-median in every case.
    share : Series
        By code: share of the cases in which the township is chosen.
    given : tuple of str
        Codes of the townships in which a sub-centre stands already, as the user says.
    unlocated : tuple of str
        Codes of townships without a place, which are in no figure.
    unserved : tuple of str
        Codes of townships that reach neither hospital nor sub-centre.
    """

    quotas: Mapping[str, int]
    minutes: float
    year: str
    towns: gpd.GeoDataFrame
    models: Mapping[str, Siting]
    summary: pd.DataFrame
    price: pd.DataFrame
    loss: "pd.Series[float]"
    regret: "pd.Series[float]"
    cases: pd.DataFrame
    share: "pd.Series[float]"
    given: tuple[str, ...]
    unlocated: tuple[str, ...]
    unserved: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many sub-centres are proposed in all."""
        return sum(self.quotas.values())

    def told(self, view: str) -> dict[str, Any]:
        """Return the row of the summary of a model, or of ``before``."""
        row = {str(name): value for name, value in self.summary.to_dict("index")[view].items()}
        return row

    def chosen(self, model: str = MEDIAN) -> list[str]:
        """Return the codes of the townships that a model chooses."""
        return [str(code) for code in self.towns.index[self.towns[f"chosen_{model}"]]]


def sub_centres(
    study: StudyArea,
    *,
    graphs: Mapping[str, Graph],
    quotas: Mapping[str, int],
    minutes: float,
    year: str = "today",
    population: pd.DataFrame | None = None,
    given: Sequence[str] = (),
    seconds: float = 60.0,
) -> SubCentres:
    """Propose where sub-centres go: townships other than the county seats, whose people have the county hospital.

    Costs are the minutes of :func:`nanyi_gis.accessibility.od_cost_matrix`, those of the travel pages. The county
    hospitals, also those beyond the border, stand as fixed sites: a township that is nearer to one keeps it. Anyone may
    use any site, whatever the county; how many each county has is held.

    Parameters
    ----------
    graphs : mapping of str to MultiDiGraph
        Networks by year, with the townships as nodes; the one called ``year``, else the last, is that of the proposal.
    quotas : mapping of str to int
        How many by county, as the townships' ``county`` has it.
    minutes : float
        Limit of the coverage model.
    population : DataFrame, optional
        People by township, see :func:`nanyi_gis.targets.township_population`, in place of the census by rules.
    given : sequence of str
        Codes of townships where a sub-centre stands already; they count in the quotas.
    seconds : float
        At most so long for each model; a proposal that is not proven by then says its gap.

    Raises
    ------
    DataError
        If a township given is none that may have one, or a county has too few townships.
    """
    all_towns = townships(study)
    shown = year if year in graphs else list(graphs)[-1]
    nodes = township_nodes(graphs[shown], all_towns.index)
    towns = all_towns.loc[[code for code in all_towns.index if code in nodes]]
    rules = population_rules(study) if population is None else {"given": population["population"]}
    people = township_population(study=study, rules=rules) if population is None else population
    seats = set(seat_townships(all_towns, study))
    open_to = [code for code in towns.index if code not in seats and towns["county"][code] in quotas]
    _refuse_strange(given, open_to)
    cost, groups = _costs(graphs[shown], towns, open_to)
    hospitals = [site for site in cost.columns if site not in open_to]
    weights = {name: series.reindex(towns.index).round() for name, series in rules.items()}
    options: dict[str, Any] = {
        "groups": groups,
        "quotas": {**quotas, HOSPITAL: len(hospitals)},
        "fixed": [*hospitals, *given],
        "p": sum(quotas.values()) + len(hospitals),
        "seconds": seconds,
    }
    central = next(iter(weights.values()))
    models = {
        MEDIAN: siting.p_median(cost, weights=central, **options),
        COVERAGE: siting.max_coverage(cost, weights=central, radius=minutes, **options),
        CENTER: siting.p_center(cost, **options),
        BALANCED: siting.efficient_within(cost, weights=central, slack=_SLACK, **options).median,
    }
    table = _towns(towns, people, cost, hospitals, models, names=_names(graphs[shown]), open_to=open_to)
    cases = _cases(graphs, towns, open_to, weights, options)
    counted = pd.Series([code for chosen in cases["chosen"] for code in chosen], dtype=object).value_counts()
    free = {**options, "groups": None, "quotas": None}
    return SubCentres(
        quotas=dict(quotas),
        minutes=minutes,
        year=shown,
        towns=table,
        models=models,
        summary=_summary(table, weights, minutes),
        price=_price(cost, central, free, hospitals=len(hospitals)),
        loss=models[MEDIAN].sites["loss"].reindex([site for site in models[MEDIAN].chosen if site in open_to]),
        regret=_regret(models[MEDIAN], cost, given),
        cases=cases,
        share=(counted / len(cases)).reindex(open_to).fillna(0.0),
        given=tuple(given),
        unlocated=tuple(str(code) for code in all_towns.index if code not in nodes),
        unserved=tuple(str(code) for code in models[MEDIAN].unserved),
    )


def _refuse_strange(given: Sequence[str], open_to: Sequence[str]) -> None:
    strange = [code for code in given if code not in open_to]
    if strange:
        raise DataError(
            f"township {strange[0]!r} has no place on the network or is a county seat; a sub-centre that stands there "
            "cannot be held fixed"
        )


def _costs(graph: Graph, towns: gpd.GeoDataFrame, open_to: Sequence[str]) -> tuple[pd.DataFrame, "pd.Series[Any]"]:
    """Return minutes from each township to each candidate and each hospital, and the county of each candidate."""
    nodes = township_nodes(graph, towns.index)
    hospitals = facility_sites(graph, HOSPITAL)
    sites = {code: nodes[code] for code in open_to} | hospitals
    groups = pd.Series({**{code: towns["county"][code] for code in open_to}, **dict.fromkeys(hospitals, HOSPITAL)})
    return minutes_between(graph, nodes, sites), groups


def _names(graph: Graph) -> dict[str, str]:
    return facility_names(graph, facility_sites(graph, HOSPITAL))


def _towns(
    towns: gpd.GeoDataFrame,
    people: pd.DataFrame,
    cost: pd.DataFrame,
    hospitals: list[str],
    models: Mapping[str, Siting],
    *,
    names: Mapping[str, str],
    open_to: Sequence[str],
) -> gpd.GeoDataFrame:
    found = towns.assign(
        people=people["population"].reindex(towns.index),
        low=people.get("low", people["population"]).reindex(towns.index),
        high=people.get("high", people["population"]).reindex(towns.index),
        candidate=towns.index.isin(open_to),
        before=cost[hospitals].min(axis=1) if hospitals else np.inf,
    )
    nearest = cost[hospitals].idxmin(axis=1).map(names) if hospitals else pd.Series("", index=towns.index)
    found["hospital"] = nearest.where(np.isfinite(found["before"]), "")
    for name, result in models.items():
        found[f"after_{name}"] = cost[list(result.chosen)].min(axis=1)
        found[f"chosen_{name}"] = found.index.isin([site for site in result.chosen if site in set(open_to)])
    return found


def _cases(
    graphs: Mapping[str, Graph],
    towns: gpd.GeoDataFrame,
    open_to: Sequence[str],
    weights: Mapping[str, "pd.Series[float]"],
    options: Mapping[str, Any],
) -> pd.DataFrame:
    """Return what the p-median chooses under every rule of people and in every year of the network."""
    rows = []
    for year, graph in graphs.items():
        cost, groups = _costs(graph, towns, open_to)
        hospitals = [site for site in cost.columns if site not in open_to]
        given = [site for site in options["fixed"] if site in open_to]
        own = {
            **options,
            "groups": groups,
            "fixed": [*hospitals, *given],
            "quotas": {**options["quotas"], HOSPITAL: len(hospitals)},
            "p": options["p"] - options["quotas"][HOSPITAL] + len(hospitals),
        }
        for rule, people in weights.items():
            chosen = siting.p_median(cost, weights=people, **own).chosen
            rows.append({"rule": rule, "year": year, "chosen": tuple(site for site in chosen if site in open_to)})
    return pd.DataFrame(rows)


def _summary(towns: gpd.GeoDataFrame, weights: Mapping[str, "pd.Series[float]"], limit: float) -> pd.DataFrame:
    rows = {}
    for name in ("before", *(f"after_{model}" for model in MODELS)):
        minutes = towns[name]
        there = np.isfinite(minutes)
        means = [float(np.average(minutes[there], weights=people[there])) for people in weights.values()]
        near = [float(people[minutes <= limit].sum()) for people in weights.values()]
        reached = minutes[there]
        rows[name.removeprefix("after_")] = {
            "mean": means[0],
            "mean_low": min(means),
            "mean_high": max(means),
            "near": near[0],
            "near_low": min(near),
            "near_high": max(near),
            "farthest": float(reached.max()) if len(reached) else np.nan,
            "where": str(reached.idxmax()) if len(reached) else "",
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _regret(result: Siting, cost: pd.DataFrame, given: Sequence[str]) -> "pd.Series[float]":
    """Return the regret of the sites that stand; none is asked for where none is given."""
    found: pd.Series[float] = siting.regret(result, cost) if given else pd.Series(dtype=float)
    return found.reindex(list(given))


def _price(
    cost: pd.DataFrame, people: "pd.Series[float]", options: Mapping[str, Any], *, hospitals: int
) -> pd.DataFrame:
    """Return what one sub-centre more would save, wherever it saves most."""
    count = options["p"]
    rest = {name: value for name, value in options.items() if name != "p" and value is not None}
    found = siting.price_of_more(siting.p_median, cost, p=count, more=_MORE, weights=people, **rest)
    served = float(people[np.isfinite(cost.to_numpy()).any(axis=1)].sum())
    mean = found["cost"].to_numpy(dtype=float) / served
    return pd.DataFrame(
        {
            "more": found.index.to_numpy() - count,
            "p": found.index.to_numpy() - hospitals,
            "mean": mean,
            "saved": np.r_[np.nan, -np.diff(mean)],
            "gap": found["gap"].to_numpy(dtype=float),
        }
    )
