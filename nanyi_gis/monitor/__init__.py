"""The plan as a living register: what is due, what is reported of it, how it stands, and what it will be."""

from .records import ADJUSTED, DONE, Basis, Nature, Observation, Tracked
from .register import STATE_UNIT, Register, read_register, tracked

__all__ = [
    "ADJUSTED",
    "DONE",
    "STATE_UNIT",
    "Basis",
    "Nature",
    "Observation",
    "Register",
    "Tracked",
    "read_register",
    "tracked",
]
