"""Typed files of a study: TOML held against a record, whose first fault is told in one line."""

import os
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import ParameterError
from ..io import read_toml

Record = TypeVar("Record", bound=BaseModel)


def read_typed(path: str | os.PathLike[str], record: type[Record], *, what: str, guide: str) -> Record:
    """Read a TOML file as a record; ``what`` is what messages call the file, ``guide`` the page that has its keys.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If a key is unknown or missing, or a value breaks its rule.
    """
    try:
        return record.model_validate(read_toml(path, what=what))
    except ValidationError as error:
        raise ParameterError(f"{path}: {_first_fault(error, what=what, guide=guide)}") from error


def _first_fault(error: ValidationError, *, what: str, guide: str) -> str:
    """Return the first fault as one line: the key, the value, the rule."""
    fault: Any = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"]) or f"the {what}"
    if fault["type"] == "missing":
        return f"{key} is missing; add it"
    if fault["type"] == "extra_forbidden":
        return f"{key} is no key of a {what}; see {guide} for the keys"
    rule = str(fault["msg"]).removeprefix("Value error, ")
    if rule.startswith("must"):
        return f"{key} {rule}"
    return f"{key} is {repr(fault['input'])[:60]}, but must fit: {rule}"
