"""The tables of access, called as a notebook calls them."""

import numpy as np
import pandas as pd
import pytest
from road_samples import lattice_lines, points

from nanyi_gis.accessibility import access_tables
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.network import build_graph, scenarios

# Streets of a 3 x 3 lattice at 60 km/h: a kilometre is a minute. The last street, northward, opens in 2024.
ROADS = lattice_lines(3, speed_kph=60.0, opened=[""] * 5 + ["2024"], status="open")
HOMES = points((0, 0), (2000, 1000), index=["west", "east"]).assign(name=["甲", "乙"])
CLINIC = points((2000, 0), index=["clinic"])


@pytest.fixture(scope="module")
def report():
    graphs = scenarios(build_graph(ROADS), [2022, "complete"])
    people = pd.Series({"west": 30.0, "east": 10.0})
    return access_tables(
        graphs, HOMES, CLINIC, population=people, supply=pd.Series({"clinic": 20.0}), limits=[1.5, 2.5]
    )


def test_minutes_and_what_is_saved(report):
    nearest = report.nearest.set_index("origin")
    # In 2022 the east home goes a block west, a block south and a block east.
    assert nearest["2022"].round(6).to_dict() == {"west": 2.0, "east": 3.0}
    assert nearest["complete"].round(6).to_dict() == {"west": 2.0, "east": 1.0}
    assert nearest["saved_complete"].round(6).to_dict() == {"west": 0.0, "east": 2.0}
    assert nearest["change_complete"].to_dict() == {"west": "same", "east": "faster"}
    assert nearest["name_zh"].to_dict() == {"west": "甲", "east": "乙"}
    assert len(report.od_minutes) == 2 * 2 * 1


def test_shares_are_of_people(report):
    summary = report.summary.set_index("scenario")
    assert summary["share_within_1.5"].to_dict() == {"2022": 0.0, "complete": 0.25}
    assert summary["share_within_2.5"].to_dict() == {"2022": 0.75, "complete": 1.0}
    assert summary["unreachable"].tolist() == [0, 0]
    assert summary.loc["2022", "gini"] == pytest.approx(1 / 12)  # Lorenz through (0.75, 60 / 90)


def test_areas_closures_and_catchments(report):
    assert report.service_areas.groupby("scenario")["minutes"].apply(list).to_dict() == {
        "2022": [1.5, 2.5],
        "complete": [1.5, 2.5],
    }
    assert set(report.critical["scenario"]) == {"2022"}
    assert report.e2sfca["e2sfca"].ge(0).all()
    assert list(report.tables()) == ["od_minutes", "nearest", "summary", "critical", "e2sfca"]


def test_without_people_and_supply_each_home_counts_one():
    told = []
    report = access_tables({"now": build_graph(ROADS)}, HOMES, CLINIC, limits=[1.5], progress=told.append)
    assert report.nearest["population"].tolist() == [1.0, 1.0]
    assert report.e2sfca is None
    assert "e2sfca" not in report.tables()
    assert told == sorted(told)


def test_a_home_that_no_road_joins_is_empty_and_counted():
    island = lattice_lines(1).assign(geometry=lambda f: f.translate(50_000, 0))
    with pytest.raises(DataError):
        build_graph(island)  # a street of no length
    far = lattice_lines(2, speed_kph=60.0).assign(geometry=lambda f: f.translate(50_000, 0))
    graph = build_graph(pd.concat([ROADS, far], ignore_index=True))
    homes = points((0, 0), (50_000, 0), index=["a", "b"])
    report = access_tables({"now": graph}, homes, CLINIC, limits=[5])
    assert np.isnan(report.nearest.set_index("origin").loc["b", "now"])
    assert report.summary.loc[0, "unreachable"] == 1


def test_no_network_no_limit_no_year():
    with pytest.raises(ParameterError, match="graphs is empty"):
        access_tables({}, HOMES, CLINIC)
    with pytest.raises(ParameterError, match="must rise strictly"):
        access_tables({"now": build_graph(ROADS)}, HOMES, CLINIC, limits=[30, 15])
    with pytest.raises(ParameterError, match="years are empty"):
        scenarios(build_graph(ROADS), [])
