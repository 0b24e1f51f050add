"""Conversion of tables to data frames, through the Arrow PyCapsule interface.

The libraries are optional: a missing one raises ``ImportError`` with the command that installs it.
"""

from __future__ import annotations

from typing import Any


def _missing(library: str, error: ImportError) -> ImportError:
    return ImportError(
        f"{library} is not installed: pip install {library}; a Table also goes to any Arrow "
        "library",
        name=error.name,
    )


def to_arrow(table: Any) -> Any:
    """Returns the table as a ``pyarrow.Table``."""
    try:
        import pyarrow
    except ImportError as error:
        raise _missing("pyarrow", error) from error
    return pyarrow.table(table)


def to_polars(table: Any) -> Any:
    """Returns the table as a ``polars.DataFrame``."""
    try:
        import polars
    except ImportError as error:
        raise _missing("polars", error) from error
    return polars.DataFrame(table)


def to_pandas(table: Any) -> Any:
    """Returns the table as a ``pandas.DataFrame`` (needs pyarrow); missing numbers are NaN."""
    try:
        import pandas  # noqa: F401 (tested for, and used by pyarrow)
    except ImportError as error:
        raise _missing("pandas", error) from error
    return to_arrow(table).to_pandas()
