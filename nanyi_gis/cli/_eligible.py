"""The land that uses with exclusions may take: its options, and what is written of it beside the layers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import geopandas as gpd

    from ..eligibility import LandFiles
    from ..study import StudyArea
    from ..suitability import Beside, Job, LandUse

Also = Callable[["Job", Path], "Beside"]


def eligible_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--as-of`` and ``--setback``."""
    day = click.option(
        "--as-of",
        metavar="DATE",
        help="Day whose rules hold, for uses with exclusions, e.g. 2022-03-14; the study's today if not given.",
    )
    setback = click.option(
        "--setback",
        "setbacks",
        multiple=True,
        metavar="NAME=METRES",
        help="Distance from a layer of exclusions that no rule sets, e.g. dwellings=500; repeatable.",
    )
    return day(setback(command))


class EligibleLand:
    """What is asked of the uses that have exclusions, checked before anything is read.

    Parameters
    ----------
    uses : sequence of LandUse
        All that are evaluated.
    layers : mapping
        Files by name, for criteria and exclusions alike.
    as_of, setbacks
        As typed.

    Raises
    ------
    ParameterError
        If an option has no effect, or is no day or no distance.
    """

    def __init__(
        self,
        uses: "Sequence[LandUse]",
        layers: Mapping[str, str],
        *,
        as_of: str | None,
        setbacks: Mapping[str, float],
        area: "StudyArea",
    ) -> None:
        from ..eligibility import check_setbacks, day_of
        from ..errors import ParameterError

        self.uses = [_with_own_mask(use, layers) for use in uses if use.land.exclusions]
        self.layers, self.setbacks, self.area = layers, setbacks, area
        self.done: list[LandFiles] = []
        if not self.uses:
            given = "--as-of" if as_of is not None else "--setback" if setbacks else ""
            if given:
                raise ParameterError(
                    f"{given} has no effect: {uses[0].id} has no exclusions; add --use wind or pv, or leave it out"
                )
            return
        today = area.dates.get("today") if as_of is None else as_of
        if today is None:
            raise ParameterError(f"the study {area.id} names no day as today; give one with --as-of, e.g. 2026-02-28")
        self.day = day_of(today, name="--as-of")
        check_setbacks([rule for use in self.uses for rule in use.land.exclusions], setbacks)

    def for_criteria(self, uses: "Sequence[LandUse]") -> dict[str, str]:
        """Return the layers without those that exclusions alone ask for; refuse what neither asks for."""
        from ..errors import ParameterError

        if not self.uses:
            return dict(self.layers)  # what is unknown then is told where they are read
        criteria = dict.fromkeys(name for use in uses for name in use.rasters)
        own = dict.fromkeys(name for use in self.uses for name in use.land.layers)
        known = list(criteria | own | {"excluded": None})
        for name in self.layers:
            if name not in known and name != "road_distance":
                raise ParameterError(f"layer {name!r} is used by none of the uses; give one of: {', '.join(known)}")
        return {name: path for name, path in self.layers.items() if name in criteria or name not in own}

    def beside(self, first: Also | None, *, dem: Path, zones: "gpd.GeoDataFrame | None") -> Also | None:
        """Return what writes the land beside what ``first`` writes; None if there is nothing to write."""
        if not self.uses:
            return first

        def write(job: "Job", stage: Path) -> "Beside":
            from ..suitability import Beside

            made = Beside([]) if first is None else first(job, stage)
            return replace(made, files=[*made.files, *self._write(dem, stage, zones)])

        return write

    def _write(self, dem: Path, stage: Path, zones: "gpd.GeoDataFrame | None") -> list[Path]:
        from .._limits import BYTES_PER_CELL
        from ..dem import read_dem
        from ..eligibility import write_eligibility
        from ..raster import RasterFile, hold_whole

        hold_whole(RasterFile.of(dem), beside=BYTES_PER_CELL["eligibility"])
        heights = read_dem(dem, study=self.area)
        files: list[Path] = []
        for use in self.uses:
            layers = {name: path for name, path in self.layers.items() if name in use.land.layers}
            known = {name for rule in use.land.exclusions if rule.setback for name in (rule.id, rule.layer)}
            setbacks = {name: metres for name, metres in self.setbacks.items() if name in known}
            inputs: dict[str, str | Path] = {"DEM": dem}
            inputs |= {f"LAYER_{name.upper()}": path for name, path in layers.items()}
            done = write_eligibility(
                heights, stage, use=use, layers=layers, as_of=self.day, setbacks=setbacks, zones=zones, inputs=inputs
            )
            files += done.files
            self.done.append(done)
        return files

    def tell(self) -> None:
        """Print what is left of the land, and what the reader must know of it."""
        from ..eligibility import NO_LAYER, capacity
        from ..units import area_text

        for use, done in zip(self.uses, self.done, strict=True):
            for note in done.notes:
                click.echo(f"note: {use.id}: {note}", err=True)
            km2, density = float(done.costs.eligible_km2.sum()), use.land.ha_per_mw
            unjudged = list(done.found.attrs["states"].values()).count(NO_LAYER)
            # megawatts of land that fields, forests and reserves were not taken from would be laughed at
            ends = () if density is None or unjudged else capacity(km2, ha_per_mw=density)
            held = f", {ends[0]:,.0f}-{ends[1]:,.0f} MW" if ends else ""
            held += f", no megawatts while {unjudged} rules are not judged" if unjudged and density else ""
            bound = "at the most " if unjudged else ""
            left = f"{bound}{area_text(km2)} km2 may be taken{held}"
            click.echo(f"{use.id} on {self.day}: {left}; {len(done.sites)} sites")
            if "verdict" in done.capacity:
                asked = done.capacity[done.capacity["verdict"].notna()]
                for row in asked.to_dict("records"):
                    least_most = dict.fromkeys((row["need_low_mw"], row["need_high_mw"]))
                    wanted = "-".join(f"{end:,.0f}" for end in least_most) + " MW"
                    click.echo(f"  {row['zone']}: {row['verdict']} for {wanted} ({row['items']})")


def _with_own_mask(use: "LandUse", layers: Mapping[str, str]) -> "LandUse":
    """Return the use with the land that the user excludes, which every use knows, as one exclusion more."""
    from ..suitability import Exclusion

    if "excluded" not in layers or "excluded" in use.land.layers:
        return use
    own = Exclusion("excluded", "excluded by the user", "用户排除", layer="excluded", source="the user", evidence="P")
    return replace(use, land=replace(use.land, exclusions=(*use.land.exclusions, own)))
