"""GeoParquet needs pyarrow, which only who has such files needs."""

from types import ModuleType

from ..errors import MissingExtraError


def pyarrow_parquet() -> ModuleType:
    """Return pyarrow's module for Parquet files.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import pyarrow.parquet as found
    except ImportError as error:
        raise MissingExtraError(
            "a Parquet file needs the extra 'parquet'; run pip install nanyi_gis[parquet], or save it as GPKG"
        ) from error
    module: ModuleType = found
    return module
