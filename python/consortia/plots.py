"""Figures of results, with matplotlib (optional; ``ImportError`` without it)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._engine import Table
from ._options import refuse, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["by_state", "differences"]


def _axes(ax: Axes | None, rows: int) -> Axes:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as pyplot
    except ImportError as error:
        raise ImportError(
            "figures need matplotlib: pip install matplotlib", name=error.name
        ) from error
    made: Axes = pyplot.subplots(figsize=(7, 1.2 + 0.4 * rows), layout="constrained")[1]
    return made


def _rows(table: Table, measure: str, columns: list[str]) -> list[dict[str, Any]]:
    name, _, state = text("measure", measure).partition(".")
    found = zip(*(table[column] for column in columns))
    rows = [dict(zip(columns, row)) for row in found]
    chosen = [
        row
        for row in rows
        if row["measure"] == name and state in ("", row["state"]) and row["mean"] is not None
    ]
    if not chosen:
        known = ", ".join(sorted({row["measure"] for row in rows}))
        raise refuse(f"there is no measure `{measure}` with a value", f"valid: {known}")
    return chosen


def _finish(ax: Axes, states: list[str], label: str, title: str) -> None:
    ax.set_yticks(range(len(states)), states)
    ax.invert_yaxis()
    ax.axvline(0, color="0.6", linewidth=0.8, zorder=0)
    ax.set_xlabel(label)
    ax.set_title(title, loc="left", fontsize="medium")
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _label(measure: str, unit: str) -> str:
    measure = measure.partition(".")[0]
    return f"{measure.replace('_', ' ')} ({unit})" if unit else measure.replace("_", " ")


def by_state(summary: Table, measure: str, title: str, ax: Axes | None = None) -> Axes:
    """Plots a measure of a summary by state, and returns the axes.

    A point is the mean, a thick line its 95 % interval, a thin line the range from the 5th to the
    95th percentile of replications. ``measure`` is ``gain`` for all states or ``gain.KGZ`` for one.
    Raises :class:`~consortia.InputError` for a measure without values.
    """
    rows = _rows(summary, measure, ["measure", "state", "unit", "mean", "se", "p05", "p95"])
    ax = _axes(ax, len(rows))
    for at, row in enumerate(rows):
        if row["p05"] is not None:
            ax.plot([row["p05"], row["p95"]], [at, at], color="C0", linewidth=1)
        half = 1.96 * (row["se"] or 0.0)
        ax.plot([row["mean"] - half, row["mean"] + half], [at, at], color="C0", linewidth=4)
        ax.plot(row["mean"], at, "o", color="C0")
    _finish(ax, [row["state"] for row in rows], _label(measure, rows[0]["unit"]), title)
    return ax


def differences(table: Table, measure: str, base: str, title: str, ax: Axes | None = None) -> Axes:
    """Plots paired differences of every design to ``base`` by state, and returns the axes.

    A point is the mean, an error bar the 95 % interval. ``measure`` is that of :func:`by_state`.
    """
    columns = ["measure", "state", "unit", "a", "b", "mean", "ci_low", "ci_high"]
    rows = [row for row in _rows(table, measure, columns) if row["b"] == base]
    states = list(dict.fromkeys(row["state"] for row in rows))
    designs = list(dict.fromkeys(row["a"] for row in rows))
    ax = _axes(ax, len(states))
    for number, design in enumerate(designs):
        own = [row for row in rows if row["a"] == design]
        places = [
            states.index(row["state"]) + 0.5 * (number + 0.5) / len(designs) - 0.25 for row in own
        ]
        means = [row["mean"] for row in own]
        # A single replication has no interval; the error bar then has no length.
        low, high = (
            [row[end] if row[end] is not None else mean for mean, row in zip(means, own)]
            for end in ("ci_low", "ci_high")
        )
        ends = [[m - x for m, x in zip(means, low)], [x - m for m, x in zip(means, high)]]
        ax.errorbar(
            means,
            places,
            xerr=ends,
            fmt="o",
            color=f"C{number}",
            label=f"{design} − {base}",
            capsize=2,
        )
    _finish(ax, states, f"difference in {_label(measure, rows[0]['unit'])}", title)
    ax.legend(frameon=False, fontsize="small")
    return ax
