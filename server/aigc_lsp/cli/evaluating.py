"""What `aigc-lsp evaluate` does around an evaluation: options into a plan, progress, files and tables of a report."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.exits import ExitStatus, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.status import Status

    from aigc_lsp.evaluate.session import Plan, Report
    from aigc_lsp.evaluate.variants import Variant
    from aigc_lsp.settings import Settings


def kinds_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds of spans; raises typer.BadParameter for an unknown one."""
    from aigc_lsp.evaluate.repository import check_kinds

    try:
        return check_kinds([name for text in names for name in text.split(",")])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def ks_of(text: str, samples: int) -> tuple[int, ...]:
    """Return the k of pass@k; raises typer.BadParameter where one is no number, or more than the samples."""
    try:
        ks = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        raise typer.BadParameter(f"--k takes numbers separated by commas, not {text!r}") from None
    if ks[0] < 1 or ks[-1] > samples:
        raise typer.BadParameter(f"--k {text}: each k is from 1 to --samples, which is {samples}")
    return ks


def held_out(listing: Path | None, sources: Sequence[Path]) -> tuple[str, ...] | None:
    """Return the held-out files of `--files`, None without it.

    Raises:
        typer.BadParameter: the source is no single folder.
        AigcError: the list cannot be used.
    """
    from aigc_lsp.evaluate.heldout import read_list

    if listing is None:
        return None
    if len(sources) != 1 or not sources[0].is_dir():
        raise typer.BadParameter("--files goes with one folder as SOURCE")
    return read_list(listing, sources[0])


def variants_of(
    model: str | None, runtime: str | None, temperature: float | None, pairs: Sequence[str], versus: Sequence[str]
) -> tuple[Settings, list[Variant]]:
    """Return the settings that editors run under here, and the variants; raises SettingError for a bad KEY=JSON."""
    from aigc_lsp.cli import chosen
    from aigc_lsp.evaluate.variants import changed, variants

    own = chosen.settings()
    settings = chosen.settings(quiet=True, model=model, runtime=runtime)
    if temperature is not None:
        pairs = [f"completion.temperature={temperature}", *pairs]
    return own, variants(changed(settings, pairs), versus)


@dataclass(frozen=True)
class Files:
    """Where a report goes beside the terminal; `json` may be `-`, standard output."""

    json: str | None = None
    html: Path | None = None
    details: Path | None = None

    def check(self) -> None:
        """Say before a long run what could not be written after it.

        Raises:
            AigcError: the plots' package is missing.
            typer.BadParameter: a folder is not there.
        """
        if self.html is not None:
            from aigc_lsp.evaluate.plots import need_matplotlib

            need_matplotlib()
        for path in (self.html, self.details, None if self.json in (None, "-") else Path(self.json or "")):
            if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
                raise typer.BadParameter(f"{path} cannot be written: its folder is not there, or it is one")

    def write(self, report: Report) -> None:
        """Write them, what goes to standard output first: it is there even where a file cannot be written."""
        from aigc_lsp.evaluate import details, html

        if self.json == "-":
            output.say_json(report.data)
        else:
            _show(report)
        if self.json not in (None, "-"):
            Path(self.json or "").write_text(json.dumps(report.data, indent=2) + "\n", encoding="utf-8")
        # Half of a surrogate pair has no UTF-8; escaped like this it is JSON all the same.
        if self.details is not None:
            self.details.write_text(details.lines(report), encoding="utf-8", errors="backslashreplace")
        if self.html is not None:
            self.html.write_text(html.page(report), encoding="utf-8", errors="replace")


def run(plan: Plan, variants: Sequence[Variant], own: Settings, files: Files) -> int:
    """Evaluate, report, and return the exit status; an interrupted run reports what it did.

    Raises:
        AigcError: there is nothing to report.
    """
    from aigc_lsp.cli.chosen import model_name
    from aigc_lsp.evaluate.session import evaluate
    from aigc_models import store
    from aigc_plugins.manager import load_plugins

    files.check()
    for variant in variants:
        if variant.settings.engine.url is None:
            store.locate(model_name(variant.settings))
    if plan.options.run_tests:
        output.note("Tests are run: code that a model wrote is executed with your rights, in processes with limits.")
    with Progress() as progress:
        report = evaluate(plan, variants, own, load_plugins(own.plugins.disabled), progress)
    files.write(report)
    if report.interrupted:
        output.note(f"Interrupted: {report.data['cases']} of {report.data['asked']} cases were done.")
        return ExitStatus.INTERRUPTED
    if report.error is not None:
        output.complain(f"After {report.data['cases']} of {report.data['asked']} cases: {report.error}")
        return status_of(report.error)
    return ExitStatus.OK


def _show(report: Report) -> None:
    from aigc_lsp.evaluate import table

    data = report.data
    output.say(f"{data['cases']} cases" + (f", {data['samples']} samples each" if data["samples"] > 1 else ""))
    for side in data["variants"]:
        name = f"{side['name']}: {side['label']}" if len(data["variants"]) > 1 else side["label"]
        output.say(f"{name} ({' on '.join(filter(None, (side['model'], side['runtime'])))})")
    for title, columns, rows in table.tables(data):
        output.say()
        if title:
            output.say(title)
        output.table(columns, rows, right=columns[1:])
    output.say()
    for line in table.remarks(data):
        output.say(line)


class Progress:
    """Shows on standard error what is being done: a live line on a terminal, else a line at each tenth."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._said: tuple[str, int] = ("", -1)
        self._began = time.monotonic()

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self._status = output.notices().status("starting")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, what: str, done: int, all_: int) -> None:
        """Show that `done` of `all_` is done (0: it is not known how much there is)."""
        if what != self._said[0]:
            self._began = time.monotonic()
        count = f" {done}/{all_}" if all_ else ""
        if self._status is not None:
            self._said = (what, 0)
            self._status.update(f"{what}{count}{self._left(done, all_)}")
            return
        tenth = done * 10 // all_ if all_ else 0
        if (what, tenth) != self._said:
            self._said = (what, tenth)
            output.note(f"{what}{count}{self._left(done, all_)}")

    def _left(self, done: int, all_: int) -> str:
        passed = time.monotonic() - self._began
        if not done or done >= all_ or passed < 2:
            return ""
        seconds = round(passed / done * (all_ - done))
        return f", {seconds // 60}:{seconds % 60:02} left"
