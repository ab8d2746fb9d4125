"""Show where the embedded and the fetched data come from."""

from pathlib import Path

import click

from ._command import command as strict_command
from ._study import study_option


@strict_command("sources")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language of the titles."
)
@study_option("the files")
def command(form: str, lang: str, study: Path | None) -> None:
    """Show source, date, datum, licence, evidence and uncertainty of the files of the study and of fetched layers.

    \b
    Example: nanyi-gis sources --format csv
    """
    import json

    import pandas as pd

    from ..io import csv_text, folder_provenance, provenance_table
    from ..sources import fetched_layers
    from ..study import read_record
    from ._table import terminal_table

    table = provenance_table() if study is None else folder_provenance(read_record(study)[0])
    rows = [*table.to_dict("records"), *fetched_layers().to_dict("records")]
    table = pd.DataFrame(rows, columns=table.columns)
    if form == "json":
        click.echo(json.dumps(json.loads(table.to_json(orient="records")), ensure_ascii=False, indent=1))
    elif form == "csv":
        click.echo(csv_text(table), nl=False)
    else:
        title = "title_zh" if lang == "zh" else "title"
        columns = ["file", title, "evidence", "uncertainty_m", "datum", "as_of", "licence", "source"]
        shown = table[columns].rename(columns={title: "title", "uncertainty_m": "± m"})
        click.echo(terminal_table(shown, widest=44, numbers=["± m"]))
        for words in filter(None, table["attribution"].unique()):
            names = table.loc[table["attribution"] == words, "file"].map(lambda file: Path(file).name)
            click.echo(f"show with {', '.join(names)}: {words}")
        click.echo(f"{len(table)} files; --format csv gives every field in full")
