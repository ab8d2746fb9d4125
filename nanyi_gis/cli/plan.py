"""List the plan's items and consistency checks."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._command import command as strict_command
from ._study import study_option

if TYPE_CHECKING:
    from ..plan import Check, Item, Plan
    from ..study import StudyArea


@strict_command("plan")
@click.option("--section", metavar="CLAUSE", help="Items of a clause and those below it, e.g. 四(五) or 四(五)3.")
@click.option("--kind", metavar="KIND", help="point, line, area, network, target or project.")
@click.option(
    "--theme",
    metavar="THEME",
    help="red_culture, liquor, wellness, energy_materials, forest_fruit, infrastructure, general.",
)
@click.option("--county", metavar="COUNTY", help="叙永 or 古蔺 (Xuyong, Gulin).")
@click.option("--checks", is_flag=True, help="List the consistency checks of the chosen items instead, C-01 to C-23.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of the names.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@study_option("the plan")
def command(
    section: str | None,
    kind: str | None,
    theme: str | None,
    county: str | None,
    checks: bool,
    lang: str,
    form: str,
    study: Path | None,
) -> None:
    """List the items of the plan (237 in the South Wing) with quantity, year, lead agency and clause.

    \b
    Example: nanyi-gis plan --section 四(五) --kind target
    """
    from ..study import load_study

    plan = plan_of(load_study(study=study))
    items = _chosen(plan, section=section, kind=kind, theme=theme, county=county)
    if checks:
        numbers = {item.id for item in items}
        _print_checks(plan, [check for check in plan.checks if numbers & set(check.items)], form=form, lang=lang)
    else:
        _print_items(plan, items, form=form, lang=lang)


def plan_of(area: "StudyArea") -> "Plan":
    """Return the plan of a study that has one."""
    from ..errors import DataError

    if area.plan_folder is None:
        raise DataError(f"the study {area.id} names no plan; add the folder of its records as plan to its study.toml")
    return area.plan


def _chosen(
    plan: "Plan", *, section: str | None, kind: str | None, theme: str | None, county: str | None
) -> list["Item"]:
    filters = ((plan.section, section), (plan.of_kind, kind), (plan.of_theme, theme), (plan.of_county, county))
    chosen = list(plan.items)
    for choose, value in filters:
        if value is not None:
            kept = {item.id for item in choose(value)}
            chosen = [item for item in chosen if item.id in kept]
    return chosen


def _print_items(plan: "Plan", items: list["Item"], *, form: str, lang: str) -> None:
    import json

    from ..io import csv_text
    from ._table import terminal_table

    if form == "json":
        records = [item.model_dump(mode="json", exclude_defaults=False) for item in items]
        for record, item in zip(records, items, strict=True):
            record["supporting"] = list(plan.supporting(item))
        click.echo(json.dumps(records, ensure_ascii=False, indent=1))
        return
    frame = plan.frame(items)
    if form == "csv":
        click.echo(csv_text(frame), nl=False)
        return
    shown = frame[["id", f"name_{lang}", "quantity", "year", "lead", "clause"]].rename(columns={f"name_{lang}": "name"})
    shown["quantity"] = [item.quantity(lang=lang) for item in items]
    click.echo(terminal_table(shown, widest=46))
    click.echo(f"{len(items)} of {len(plan.items)} items")


def _print_checks(plan: "Plan", checks: list["Check"], *, form: str, lang: str) -> None:
    import json

    from ..io import csv_text
    from ._table import terminal_table

    if form == "json":
        click.echo(json.dumps([check.model_dump(mode="json") for check in checks], ensure_ascii=False, indent=1))
        return
    frame = plan.checks_frame(lang=lang)
    frame = frame[frame["id"].isin([check.id for check in checks])]
    if form == "csv":
        click.echo(csv_text(frame), nl=False)
        return
    click.echo(terminal_table(frame.drop(columns="remark"), widest=72))
    click.echo(f"{len(checks)} checks")
