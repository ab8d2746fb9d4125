"""The plan as a living register: what is due, what is reported of it, how it stands, and what it will be."""

from .progress import STATUS_COLUMNS, status
from .reading import Reading, read_sheets, refuse_set_aside
from .records import ADJUSTED, DONE, Basis, Nature, Observation, Tracked
from .register import STATE_UNIT, Register, read_register, tracked
from .sheets import HEADINGS, NEEDED, SHEET, Sheet, open_sheet
from .states import STATES, STATES_EN, Behind, Lamp, State, StateRule, read_rule, rule_names

__all__ = [
    "ADJUSTED",
    "DONE",
    "HEADINGS",
    "NEEDED",
    "SHEET",
    "STATES",
    "STATES_EN",
    "STATE_UNIT",
    "STATUS_COLUMNS",
    "Basis",
    "Behind",
    "Lamp",
    "Nature",
    "Observation",
    "Reading",
    "Register",
    "Sheet",
    "State",
    "StateRule",
    "Tracked",
    "open_sheet",
    "read_register",
    "read_rule",
    "read_sheets",
    "refuse_set_aside",
    "rule_names",
    "status",
    "tracked",
]
