"""Tables as data frames of the libraries that are installed; all by the Arrow PyCapsule interface, without copies."""

from __future__ import annotations

from typing import Any


def _missing(library: str, error: ImportError) -> ImportError:
    return ImportError(f"{library} is not installed: pip install {library}; a Table also goes to any Arrow library", name=error.name)


def to_arrow(table: Any) -> Any:
    """A ``pyarrow.Table``."""
    try:
        import pyarrow
    except ImportError as error:
        raise _missing("pyarrow", error) from error
    return pyarrow.table(table)


def to_polars(table: Any) -> Any:
    """A ``polars.DataFrame``."""
    try:
        import polars
    except ImportError as error:
        raise _missing("polars", error) from error
    return polars.DataFrame(table)


def to_pandas(table: Any) -> Any:
    """A ``pandas.DataFrame``; numbers without a value are NaN."""
    try:
        import pandas
    except ImportError as error:
        raise _missing("pandas", error) from error
    return to_arrow(table).to_pandas()
