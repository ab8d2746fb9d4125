"""A disk too small by any amount: each writer either writes all of it, or leaves the old and says so in a line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="limits of file size are POSIX")

from full_disk import WRITERS

SCRIPT = Path(__file__).parent / "full_disk.py"


@pytest.mark.parametrize("name", WRITERS)
def test_no_size_of_disk_gives_a_success_that_is_none(tmp_path, name):
    done = subprocess.run(
        [sys.executable, SCRIPT, name, tmp_path], capture_output=True, text=True, encoding="utf-8", check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found) == {"done", "refused"}
    assert len(found["refused"]) >= 12
    assert max(found["done"]) > max(found["refused"])
