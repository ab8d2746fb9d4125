"""The commented template of a study for another county."""

import os
from pathlib import Path

from ..errors import OutputError
from ..io import refuse_overlap, staged, write_bytes

_TEMPLATE = Path(__file__).parent / "template"


def write_template(folder: str | os.PathLike[str], *, force: bool = False) -> tuple[Path, ...]:
    """Write ``study.toml``, ``places.csv``, ``census.toml`` and a README into a folder; return their paths.

    Parameters
    ----------
    folder : path
        It is made if it is not there.
    force : bool
        Write into a folder that holds files; those of the same names are replaced.

    Raises
    ------
    OutputError
        If the folder is not empty and ``force`` is not set, or cannot be written; nothing is written then.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_template(Path(folder) / "mycounty")]
    ['README.md', 'census.toml', 'places.csv', 'study.toml']
    """
    target = Path(folder)
    if target.is_dir() and not force and any(target.iterdir()):
        raise OutputError(f"{target} is not empty; give a new folder, or --force to write into this one")
    names = sorted(path.name for path in _TEMPLATE.iterdir() if path.is_file())
    refuse_overlap(
        reads={"template": [_TEMPLATE / name for name in names]}, writes={"DIR": [target / n for n in names]}
    )
    with staged(target) as stage:
        for name in names:
            write_bytes(stage / name, (_TEMPLATE / name).read_bytes())
    return tuple(target / name for name in names)
