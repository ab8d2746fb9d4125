"""Whether a DEM is fit to choose the place of a mast."""

COARSEST_M = 100.0
"""Widest cells over which a sight line can tell one place of a mast from another."""


def mast_notes(side: float, *, demonstration: bool = False, modelled: bool = False) -> tuple[str, ...]:
    """Return why a DEM is unfit to site a mast, a line each; none if nothing speaks against it.

    Parameters
    ----------
    side : float
        Metres from a cell to the next.
    demonstration : bool
        Whether it is the modelled terrain that comes with the package.
    modelled : bool
        Whether its heights are modelled, wholly or in part.

    >>> mast_notes(30.0)
    ()
    >>> mast_notes(900.0)
    ('cells of 900 m are unfit for siting a mast: narrower ridges hide in their mean; use 30 m or finer',)
    """
    notes = []
    if demonstration:
        notes.append(
            "the demonstration terrain is a model, unfit for siting a mast or for judging a real view; use a DEM"
        )
    elif modelled:
        notes.append("heights of this DEM are modelled in part, so it is unfit for siting a mast; use a surveyed one")
    if side > COARSEST_M:
        notes.append(
            f"cells of {side:g} m are unfit for siting a mast: narrower ridges hide in their mean; use 30 m or finer"
        )
    return tuple(notes)
