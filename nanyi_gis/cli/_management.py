"""The option that says how land is farmed."""

import click

management_option = click.option(
    "--management",
    type=click.Choice(["rainfed", "irrigated"]),
    help="How the land is farmed: irrigated land that is too dry is flagged, not marked down.  [default: as each use's "
    "file says]",
)
