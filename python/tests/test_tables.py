"""Tests that other libraries read tables without copying them."""

from __future__ import annotations

import consortia
import duckdb
import pandas
import polars
import pyarrow
import pytest
from conftest import refused


@pytest.fixture(scope="module")
def found() -> consortia.Comparison:
    return consortia.compare("central-asia", ["caco-2002", "none"], replications=64, band=False)


def test_every_library_reads_the_same(found: consortia.Comparison) -> None:
    table = found.replications_table
    gains = table["gain"]
    assert len(gains) == 128 and len(table) == 128 and "gain" in table and "gian" not in table
    assert table.to_pandas()["gain"].tolist() == gains
    assert table.to_polars()["gain"].to_list() == gains
    assert table.to_arrow()["gain"].to_pylist() == gains
    assert polars.DataFrame(table).shape == (128, len(table.column_names))
    assert pandas.DataFrame.from_arrow(table)["gain"].tolist() == gains
    assert pyarrow.record_batch(table).num_rows == 128
    played = table  # DuckDB finds the table by the name of this variable
    (total,) = duckdb.sql(
        "select sum(gain) from played where organisation = 'caco-2002'"
    ).fetchall()[0]
    assert total == pytest.approx(sum(gains[0::2]))
    assert pyarrow.table(played).schema.field("replication").type == pyarrow.int64()


def test_numbers_are_not_copied(found: consortia.Comparison) -> None:
    table = found.replications_table
    one, two = pyarrow.table(table), pyarrow.table(table)
    for name in ("gain", "replication"):
        addresses = {t[name].chunk(0).buffers()[1].address for t in (one, two)}
        assert len(addresses) == 1, name
    # The buffers must stay valid after the table is deleted.
    gains = one["gain"].to_pylist()
    del table, two, found.__dict__["replications_table"]
    assert one["gain"].to_pylist() == gains


def test_what_has_no_value_is_null(found: consortia.Comparison) -> None:
    table = found.summary.to_arrow()
    rows = {(r["organisation"], r["measure"], r["state"]): r for r in table.to_pylist()}
    assert rows["none", "compliance_count", "region"]["mean"] is None, (
        "where nothing falls due, nothing is kept"
    )
    assert rows["caco-2002", "gain", "region"]["mean"] is not None
    assert None in found.summary["mean"]


def test_a_column_that_is_not_there_is_reported(found: consortia.Comparison) -> None:
    with pytest.raises(KeyError, match="no column `men`; valid: organisation, measure"):
        found.summary["men"]
    assert repr(found.ranking).startswith("<consortia.Table: 2 rows; measure, rank")


def test_pictures(found: consortia.Comparison) -> None:
    import matplotlib

    matplotlib.use("Agg")
    axes = found.plot("gain")
    assert axes.get_xlabel() == "difference in gain (MUSD)"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["region", *found.states]
    run = consortia.run("central-asia", replications=32).plot("gain_per_year")
    assert "MUSD" in run.get_xlabel()
    assert len(found.plot("gain.KGZ").get_yticklabels()) == 1
    one = consortia.compare("central-asia", ["caco-2002", "none"], replications=1, band=False)
    assert one.plot().get_xlabel() == "difference in gain (MUSD)", "one replication has no interval"
    with refused("valid: .*gain"):
        found.plot("gian")
