"""The atlas for those who go on in QGIS, a spreadsheet, Google Earth or CAD: files beside the GeoPackage."""

from .catalogue import fields_of, looks
from .write import FILES, package_styles, write_handoff

__all__ = ["FILES", "fields_of", "looks", "package_styles", "write_handoff"]
