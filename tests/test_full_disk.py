"""A disk too small by any amount: each writer either writes all of it, or leaves the old and says so in a line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="limits of file size are POSIX")

from full_disk import WRITERS

SCRIPT = Path(__file__).parent / "full_disk.py"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """One process for all: its limit of file size is no one else's."""
    folder = tmp_path_factory.mktemp("sweep")
    done = subprocess.run(
        [sys.executable, SCRIPT, folder], capture_output=True, text=True, encoding="utf-8", check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", WRITERS)
def test_no_size_of_disk_gives_a_success_that_is_none(outcomes, name):
    found = outcomes[name]
    assert set(found) == {"done", "refused"}
    assert len(found["refused"]) >= 12
    assert max(found["done"]) > max(found["refused"])
