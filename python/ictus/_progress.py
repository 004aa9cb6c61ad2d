"""How a run goes, shown while it runs: a bar of tqdm where it is installed, else a line. Knows nothing of how runs are started."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ._binary import call
from ._errors import IctusError

__all__ = ["Progress"]

#: A run that is shorter shows nothing.
_BEFORE_THE_FIRST = 1.0


class Progress:
    """Follows the run of a folder by `ictus status`."""

    def __init__(self, folder: Path, show: bool | Callable[[dict[str, Any]], None]) -> None:
        self._folder, self._show = folder, show
        self._begun = time.monotonic()
        self._bar: Any = None
        self._is_shown = False
        self._before = self._status()

    def __call__(self) -> None:
        """Looks once."""
        if time.monotonic() - self._begun < _BEFORE_THE_FIRST and not callable(self._show):
            return
        status = self._status()
        # What an earlier run left says nothing of this one.
        if status is None or status == self._before:
            return
        if callable(self._show):
            self._show(status)
            return
        if not self._is_shown:
            self._is_shown, self._bar = True, _bar(status)
        self._tell(status)

    def close(self, is_whole: bool) -> None:
        """Takes the last look."""
        if self._is_shown and is_whole:
            status = self._status()
            if status is not None:
                self._tell(status)
        if self._bar is not None:
            self._bar.close()
        elif self._is_shown:
            print(file=sys.stderr)

    def _tell(self, status: dict[str, Any]) -> None:
        done, points, rate = status["done"], status["points"], status.get("rate") or 0.0
        if self._bar is not None:
            self._bar.total = points
            self._bar.update(done - self._bar.n)
        else:
            print(f"\r{done} of {points} points, {rate:.0f} points/s   ", end="", file=sys.stderr, flush=True)

    def _status(self) -> dict[str, Any] | None:
        if not (self._folder / "status.json").exists():
            return None
        try:
            status: dict[str, Any] = json.loads(call(["status", str(self._folder), "--json"]))
        except (IctusError, json.JSONDecodeError):
            return None
        return status


def _bar(status: dict[str, Any]) -> Any:
    try:
        automatic = importlib.import_module("tqdm.auto")
    except ImportError:
        return None
    return automatic.tqdm(total=status["points"], initial=status.get("taken", 0), unit="points", desc="ictus run")
