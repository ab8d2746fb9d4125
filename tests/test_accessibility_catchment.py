"""Floating catchments: by hand, by conservation, and against PySAL's access."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis.accessibility import (
    FAST_DECAY,
    SLOW_DECAY,
    cumulative_opportunities,
    decay_weights,
    e2sfca,
    two_sfca,
)
from nanyi_gis.errors import DataError, ParameterError


def random_case(seed: int) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    places, facilities = [f"p{i}" for i in range(9)], [f"f{j}" for j in range(4)]
    cost = pd.DataFrame(rng.uniform(0, 45, (9, 4)), index=places, columns=facilities)
    cost.iloc[0] = np.inf
    return cost, pd.Series(rng.uniform(1, 50, 4), index=facilities), pd.Series(rng.uniform(0, 900, 9), index=places)


def test_two_steps_by_hand():
    cost = pd.DataFrame([[5.0, 40.0], [25.0, 10.0]], index=["a", "b"], columns=["x", "y"])
    supply, demand = pd.Series({"x": 10.0, "y": 6.0}), pd.Series({"a": 100.0, "b": 50.0})
    within = two_sfca(cost, supply=supply, demand=demand, catchment=30)
    assert within.tolist() == pytest.approx([10 / 150, 10 / 150 + 6 / 50])
    bands = e2sfca(cost, supply=supply, demand=demand)
    ratio_x, ratio_y = 10 / (100 * 1.0 + 50 * 0.22), 6 / (50 * 1.0)
    assert bands.tolist() == pytest.approx([ratio_x, 0.22 * ratio_x + ratio_y])
    assert bands.name == "e2sfca"


def test_the_bands_are_inclusive_at_their_upper_end():
    cost = np.array([0.0, 10.0, 10.01, 20.0, 30.0, 30.01, np.inf, np.nan])
    weights = decay_weights(cost, bands=(10, 20, 30), weights=FAST_DECAY)
    assert weights.tolist() == [1.0, 1.0, 0.42, 0.42, 0.09, 0.0, 0.0, 0.0]


def test_the_gaussian_is_one_at_zero_and_zero_at_the_catchment():
    weights = decay_weights(np.array([0.0, 30.0, 60.0, 61.0]), bands=(60,), weights=(1,), decay="gaussian")
    middle = (np.exp(-0.125) - np.exp(-0.5)) / (1 - np.exp(-0.5))
    assert weights == pytest.approx([1.0, middle, 0.0, 0.0])


@given(seed=st.integers(0, 10_000), decay=st.sampled_from(["bands", "gaussian"]))
@settings(max_examples=60, deadline=None)
def test_access_times_people_sums_to_the_supply_in_reach(seed, decay):
    cost, supply, demand = random_case(seed)
    access = e2sfca(cost, supply=supply, demand=demand, decay=decay)
    weight = decay_weights(cost.to_numpy(), bands=(10, 20, 30), weights=SLOW_DECAY, decay=decay)
    reached = (demand.to_numpy() @ weight) > 0
    assert (access * demand).sum() == pytest.approx(supply.to_numpy()[reached].sum())
    assert access.iloc[0] == 0.0


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_agreement_with_pysal_access():
    if importlib.util.find_spec("access") is None:
        pytest.skip("PySAL's access is not installed")
    import access as pysal

    cost, supply, demand = random_case(11)
    far = cost.replace(np.inf, 9999.0).rename_axis("origin").reset_index()
    long = far.melt(id_vars="origin", var_name="dest", value_name="cost")
    frames = {
        "demand_df": demand.rename("people").rename_axis("place").reset_index(),
        "supply_df": supply.rename("beds").rename_axis("site").reset_index(),
    }
    model = pysal.Access(
        demand_index="place",
        demand_value="people",
        supply_index="site",
        supply_value="beds",
        cost_df=long,
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
        **frames,
    )
    plain = model.two_stage_fca(name="plain", max_cost=30)["plain_beds"]
    banded = model.enhanced_two_stage_fca(
        name="banded", max_cost=30, weight_fn=pysal.weights.step_fn({10: 1.0, 20: 0.68, 30: 0.22})
    )["banded_beds"]
    own = two_sfca(cost, supply=supply, demand=demand, catchment=30)
    assert own.to_numpy() == pytest.approx(plain.reindex(cost.index).fillna(0).to_numpy())
    own = e2sfca(cost, supply=supply, demand=demand)
    assert own.to_numpy() == pytest.approx(banded.reindex(cost.index).fillna(0).to_numpy())


def test_with_asymmetric_times_the_way_to_the_facility_counts():
    cost = pd.DataFrame([[5.0], [50.0]], index=["near", "far"], columns=["x"])
    access = e2sfca(cost, supply=pd.Series({"x": 8.0}), demand=pd.Series({"near": 4.0, "far": 100.0}))
    assert access.tolist() == [2.0, 0.0]


def test_opportunities_add_up_and_never_fall_with_the_limit():
    cost, supply, _ = random_case(3)
    counts = cumulative_opportunities(cost, supply, limits=(10, 20, 45))
    assert (counts.diff(axis=1).iloc[:, 1:] >= 0).all().all()
    assert counts["45"].iloc[1:].to_numpy() == pytest.approx(supply.sum())
    assert counts.iloc[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"weights": (1.0, 0.5)}, ParameterError, "3 bands have 2 weights"),
        ({"weights": (1.0, 0.5, 1.2)}, ParameterError, "between 0 and 1"),
        ({"bands": (30, 20, 10)}, ParameterError, "rise strictly"),
        ({"decay": "cubic"}, ParameterError, "decay is 'cubic'"),
        ({"supply": pd.Series({"f0": 1.0})}, DataError, "supply has no value for 'f1'"),
        (
            {"demand": pd.Series(-1.0, index=[f"p{i}" for i in range(9)])},
            DataError,
            "demand of 'p0' is -1, but",
        ),
        ({"supply": pd.Series([1.0, 2.0], index=["f0", "f0"])}, DataError, "'f0' twice"),
    ],
)
def test_bad_input_is_refused(change, error, message):
    cost, supply, demand = random_case(1)
    with pytest.raises(error, match=message):
        e2sfca(cost, **{"supply": supply, "demand": demand, **change})


def test_negative_costs_are_refused():
    cost, supply, demand = random_case(1)
    with pytest.raises(DataError, match="must not be negative"):
        e2sfca(cost - 100, supply=supply, demand=demand)
