"""Measures lines and arcs of one file by coverage.py. It runs nothing."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any


class Measuring:
    """Coverage of the file `file`, written as JSON to `place`; with no file, nothing is measured."""

    def __init__(self, file: str, place: str) -> None:
        self._file, self._place = file, Path(place)
        self._coverage: Any = None
        if file:
            import coverage

            self._coverage = coverage.Coverage(data_file=None, branch=True, include=[file], config_file=False)

    @property
    def is_on(self) -> bool:
        """Whether anything is measured."""
        return self._coverage is not None

    def start(self) -> None:
        """Begin, before the file is imported."""
        if self._coverage is not None:
            self._coverage.start()

    def figures(self) -> dict[str, Any] | None:
        """End; return the lists `executed_lines`, `missing_lines`, `executed_branches` and `missing_branches`.

        They are those of coverage.py's JSON report; None where the file was not imported.
        """
        if self._coverage is None:
            return None
        self._coverage.stop()
        with contextlib.suppress(Exception):  # there is no data
            self._coverage.json_report(morfs=[self._file], outfile=str(self._place))
            report = json.loads(self._place.read_text("utf-8"))
            for figures in report["files"].values():
                names = ("executed_lines", "missing_lines", "executed_branches", "missing_branches")
                return {name: figures.get(name, []) for name in names}
        return None
