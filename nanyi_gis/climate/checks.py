"""The model set against what is published for places."""

import os

import numpy as np
import pandas as pd

from .._validation import numbers
from ..errors import ParameterError
from ..io import data_file, read_table
from .file import load_climate
from .model import Climate

_COLUMNS = ("place", "regime", "elevation_m", "elevation_sd_m", "variable", "value", "value_sd")
_WITHIN = 2.0  # standard deviations, the range of 95 %


def published_checks(
    climate: str | os.PathLike[str] | Climate | None = None, *, published: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Return the model beside published values, with what their difference may be.

    Parameters
    ----------
    climate : path or Climate, optional
        Climate file; the South Wing's own if not given.
    published : path, optional
        CSV with place, regime, elevation_m, elevation_sd_m, variable, value, value_sd; that of the package
        if not given.

    Returns
    -------
    DataFrame
        One row a value: ``place``, ``variable``, ``regime``, ``elevation_m``, ``published``, ``model``,
        ``difference`` (model less published), ``sd`` (of the difference: the model's constants, the place's
        height and the published value together), ``within`` (at most two of them), and ``source`` and ``note``
        as the file has them.

    Raises
    ------
    DataError
        If the table cannot be read.
    ParameterError
        If a row names a regime or variable that the climate has not, or a value is no number.

    >>> table = published_checks()
    >>> row = table[(table["place"] == "Jinsha") & (table["variable"] == "january_temperature")].iloc[0]
    >>> round(float(row["model"]), 2), round(float(row["difference"]), 2)  # 7.0 less 0.55 times (942 - 537.7) / 100
    (4.78, 0.28)
    """
    model = load_climate(climate)
    path = data_file("climate/published.csv") if published is None else published
    table = read_table(path, what="published climate", columns=_COLUMNS)
    name = os.fspath(path)
    z, z_sd, value, value_sd = (
        numbers(table, column, name=column, file=name, least=0.0 if "_sd" in column else None).to_numpy()
        for column in ("elevation_m", "elevation_sd_m", "value", "value_sd")
    )
    found, spread = np.empty(len(table)), np.empty(len(table))
    for k, (regime, variable) in enumerate(zip(table["regime"], table["variable"], strict=True)):
        _known(regime, model.regimes, "regime", name)
        _known(variable, model.variables, "variable", name)
        place = model.regimes.index(regime)
        shares = np.eye(len(model.regimes))[place]
        low, found[k], high = model.value(variable, [z[k] - z_sd[k], z[k], z[k] + z_sd[k]], shares=shares[:, None])
        own = float(model.variables[variable].sd(z[k], place))
        spread[k] = np.sqrt(own**2 + value_sd[k] ** 2 + (abs(high - low) / 2) ** 2)
    result = pd.DataFrame(
        {
            "place": table["place"],
            "variable": table["variable"],
            "regime": table["regime"],
            "elevation_m": z,
            "published": value,
            "model": found,
            "difference": found - value,
            "sd": spread,
            "within": np.abs(found - value) <= _WITHIN * spread,
        }
    )
    for column in ("place_zh", "source", "note"):
        if column in table:
            result[column] = table[column]
    return result


def _known(name: str, names: object, what: str, file: str) -> None:
    if name not in names:  # type: ignore[operator]
        raise ParameterError(f"{file}: {what} is {name!r}, but the climate has: {', '.join(names)}")  # type: ignore[arg-type]
