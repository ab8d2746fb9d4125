"""The plan as a living register: what is due, what is reported of it, how it stands, and what it will be."""

from .progress import STATUS_COLUMNS, status
from .records import ADJUSTED, DONE, Basis, Nature, Observation, Tracked
from .register import STATE_UNIT, Register, read_register, tracked
from .states import STATES, STATES_EN, Behind, Lamp, State, StateRule, read_rule, rule_names

__all__ = [
    "ADJUSTED",
    "DONE",
    "STATES",
    "STATES_EN",
    "STATE_UNIT",
    "STATUS_COLUMNS",
    "Basis",
    "Behind",
    "Lamp",
    "Nature",
    "Observation",
    "Register",
    "State",
    "StateRule",
    "Tracked",
    "read_register",
    "read_rule",
    "rule_names",
    "status",
    "tracked",
]
