"""The zone whose coordinates a page shows under the cursor."""

from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from ..errors import ParameterError


def gauss_kruger(crs: str) -> dict[str, Any] | None:
    """Return name, central meridian (degrees) and false easting (m) of a Gauss-Kruger zone on CGCS2000.

    ``None`` for any other CRS: the page's own projection, which needs no library, knows only these.

    >>> gauss_kruger("EPSG:4548"), gauss_kruger("EPSG:32648")
    ({'name': 'EPSG:4548', 'meridian': 117.0, 'easting': 500000.0}, None)
    """
    try:
        system = pyproj.CRS.from_user_input(crs)
    except CRSError as error:
        raise ParameterError(f"crs is {crs!r}, but must be a CRS that PROJ knows, e.g. EPSG:4544") from error
    operation = system.coordinate_operation
    if operation is None or operation.method_name != "Transverse Mercator" or system.ellipsoid is None:
        return None
    given = {parameter.name: float(parameter.value) for parameter in operation.params}
    plain = given["Scale factor at natural origin"] == 1 and given["Latitude of natural origin"] == 0
    if not plain or given["False northing"] != 0 or system.ellipsoid.name != "CGCS2000":
        return None
    return {
        "name": str(crs),
        "meridian": given["Longitude of natural origin"],
        "easting": given["False easting"],
    }
