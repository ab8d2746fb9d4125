"""``fetch dem``: real heights, of China from a package, of the world from Copernicus."""

from .copernicus import Copernicus
from .meteva import Meteva
from .source import Kind

DEM = Kind(
    name="dem",
    help="Fetch real terrain heights.",
    example="nanyi-gis fetch dem --source pypi-30s --out fetched",
    sources=(Meteva(), Copernicus()),
)
