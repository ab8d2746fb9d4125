"""What changed between two days, from the same rows."""

import pandas as pd

CHANGE_COLUMNS = (
    *("id", "county", "name", "name_en", "owner", "kind", "kind_en", "state_before", "state_after"),
    *("value_before", "value_after", "unit", "value_on_before", "value_on_after", "completion_before"),
    *("completion_after", "reason", "reason_en"),
)
"""Columns of :func:`changes`, in order."""

_KINDS = {
    (True, True): ("新数据，状态改变", "new data, another state"),
    (True, False): ("新数据，状态不变", "new data, the same state"),
    (False, True): ("无新数据，随时间改变", "no new data: time alone changed the state"),
}
_SHOWN = ["state", "value_low", "value_on", "completion", "observations", "word"]


def changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the lines whose state changed or of which something new was reported.

    Parameters
    ----------
    before, after : DataFrame
        As :func:`status` returns them for two days, of the same lines and observations.

    Returns
    -------
    DataFrame
        :data:`CHANGE_COLUMNS`, in the order of ``after``; the reason is the later day's. Lines that only one of the two
        has are left out.

    Examples
    --------
    >>> common = {"id": ["A-01", "A-02"], "county": ["叙永"] * 2, "name": ["甲", "乙"], "name_en": ["a", "b"],
    ...           "owner": ["局"] * 2, "unit": ["个"] * 2, "reason": [""] * 2, "reason_en": [""] * 2, "word": [""] * 2}
    >>> first = pd.DataFrame({**common, "state": ["无数据", "正常"], "value_low": [None, 2.0],
    ...                       "value_on": ["", "2022-12-31"], "completion": [None, 0.4], "observations": [0, 1]})
    >>> second = first.assign(state=["正常", "正常"], value_low=[3.0, 2.0], value_on=["2023-12-31", "2022-12-31"],
    ...                       completion=[0.6, 0.4], observations=[1, 1])
    >>> changes(first, second)[["id", "kind_en", "state_after"]].values.tolist()
    [['A-01', 'new data, another state', '正常']]
    """
    old = before[["id", "county", *_SHOWN]]
    both = after.merge(old, on=["id", "county"], how="inner", suffixes=("_after", "_before"), sort=False)
    fresh = both["observations_after"] != both["observations_before"]
    moved = both["state_after"] != both["state_before"]
    found = both[fresh | moved].copy()
    kinds = [_KINDS[bool(new), bool(other)] for new, other in zip(fresh[found.index], moved[found.index], strict=True)]
    found["kind"], found["kind_en"] = [zh for zh, _ in kinds], [en for _, en in kinds]
    found = found.rename(columns={"value_low_before": "value_before", "value_low_after": "value_after"})
    return found[list(CHANGE_COLUMNS)].reset_index(drop=True)
