"""Progress bars with ``tqdm``, and notes of the engine as warnings."""

from __future__ import annotations

import sys
import warnings
from types import TracebackType
from typing import Any

from .errors import ConsortiaWarning


def _somebody_looks() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules


class ProgressReporter:
    """Receives progress and notes from the engine.

    ``progress=None`` shows a bar in a terminal or a notebook, ``True`` always, ``False`` never.
    Without ``tqdm`` there is no bar; ``True`` then gives a :class:`ConsortiaWarning`.
    """

    def __init__(self, progress: bool | None) -> None:
        if progress is not None and not isinstance(progress, bool):
            raise TypeError(
                f"progress: expected True, False or None, got {type(progress).__name__}"
            )
        self._wanted = _somebody_looks() if progress is None else progress
        self._forced = progress is True
        self._bar: Any = None
        self._phase = 0

    def report(self, phase: int, total: int, unit: str, done: int) -> None:
        """Shows that ``done`` of ``total`` units of a phase are done. Phases count from 1."""
        if not self._wanted:
            return
        if phase != self._phase:
            self.close()
            self._phase = phase
            try:
                with warnings.catch_warnings():
                    # tqdm warns in every notebook without ipywidgets.
                    warnings.simplefilter("ignore")
                    from tqdm.auto import tqdm
            except ImportError:
                self._wanted = False
                if self._forced:
                    warnings.warn(
                        "no progress without tqdm: pip install tqdm", ConsortiaWarning, stacklevel=3
                    )
                return
            self._bar = tqdm(
                total=total, unit=f" {unit}", leave=False, delay=0 if self._forced else 0.5
            )
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def note(self, message: str) -> None:
        """Gives a :class:`ConsortiaWarning` with this message."""
        warnings.warn(message, ConsortiaWarning, stacklevel=2)

    def close(self) -> None:
        """Removes the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> ProgressReporter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
