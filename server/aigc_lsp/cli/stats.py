"""`aigc-lsp stats`: what became of suggestions, as a table, a plot or a file, and the model that learns from it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json

if TYPE_CHECKING:
    from aigc_lsp.stats.entry import Entry

app = typer.Typer()

Language = Annotated[str | None, typer.Option("--language", help="Only suggestions in this language (an LSP id).")]
OfModel = Annotated[str | None, typer.Option("--model", help="Only suggestions of this model.")]
Plot = Annotated[Path | None, typer.Option("--plot", help="Draw it into this file, too (.svg, .png or .pdf).")]

_EMPTY = (
    "Nothing is recorded{narrowed} yet. The record fills while you use your editor: each suggestion that it shows "
    "becomes one entry, without its text. The settings stats.enabled and stats.keep_days govern it."
)


@app.callback(invoke_without_command=True)
def stats(
    context: typer.Context,
    days: Annotated[int, typer.Option("--days", min=1, help="How many days back.")] = 30,
    language: Language = None,
    model: OfModel = None,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Show how often suggestions are taken, how much of them is kept, and how long they take. All of it stays here."""
    if context.invoked_subcommand is not None:
        return
    from aigc_lsp.stats import summary
    from aigc_lsp.stats.plot import checked, draw_record

    where = checked(plot) if plot is not None else None
    entries = _read(since=time.time() - days * 86_400, language=language, model=model)
    per_day = summary.daily(entries)
    if where is not None and entries:
        draw_record(per_day, f"Suggestions of the last {days} days", where)
    by_language = summary.grouped(entries, lambda entry: entry.language or "?")
    by_model = summary.grouped(entries, lambda entry: entry.model or "?")
    whole = summary.summarize(entries)
    if json:
        output.say_json({
            "days": days,
            "all": whole.as_json(),
            "languages": {name: one.as_json() for name, one in by_language.items()},
            "models": {name: one.as_json() for name, one in by_model.items()},
            "daily": {day.isoformat(): one.as_json() for day, one in per_day.items()},
        })  # fmt: skip
        return
    if not entries:
        narrowed = f" for the last {days} days" if language is None and model is None else " for that"
        output.note(_EMPTY.format(narrowed=narrowed))
        return
    from aigc_lsp.cli import stats_tables

    stats_tables.outcomes([("all", whole), *by_language.items(), *by_model.items()])
    stats_tables.bars(per_day)
    stats_tables.remarks(whole)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write: a file that ends in .csv or .jsonl.")],
    days: Annotated[int | None, typer.Option("--days", min=1, help="How many days back; all without it.")] = None,
    language: Language = None,
    model: OfModel = None,
) -> None:
    """Write the record to a file, one suggestion a line."""
    from aigc_lsp.stats.export import export as write

    since = None if days is None else time.time() - days * 86_400
    entries = _read(since=since, language=language, model=model)
    write(entries, file)
    output.note(f"Suggestions in {file}: {len(entries)}")


@app.command()
def clear(yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Delete the record. A model that was trained on it stays (`stats train --reset` removes it)."""
    from aigc_lsp.stats.store import Store, StoreError, default_path, remove

    path = default_path()
    if not path.exists():
        output.note("Nothing is recorded.")
        return
    if not yes and not typer.confirm(f"Delete {path}?", err=True):
        raise typer.Exit(1)
    try:
        store = Store(path)
    except StoreError:
        remove(path)  # damaged: what cannot be read cannot be emptied
        output.note("The damaged record is deleted.")
        return
    try:
        count = store.clear()
    finally:
        store.close()
    output.note(f"Suggestions deleted: {count}")


@app.command()
def train(
    model: Annotated[
        str | None, typer.Option("--model", help="The model whose suggestions are judged. Unset: the one used most.")
    ] = None,
    keep: Annotated[
        float,
        typer.Option(
            "--keep", metavar="SHARE", min=0.5, max=1.0, help="Share of accepted suggestions that must still be shown."
        ),
    ] = 0.95,
    held_out: Annotated[
        float,
        typer.Option(
            "--held-out", metavar="SHARE", min=0.1, max=0.5, help="Share, the newest, that measures the model."
        ),
    ] = 0.25,
    force: Annotated[bool, typer.Option("--force", help="Save a model that is no better than chance.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Remove the trained model: all is shown again.")] = False,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Learn from the record which suggestions are better not shown, and hide these from then on.

    Only suggestions that come by themselves are hidden, never those asked for. The setting stats.gate switches it off.
    """
    from aigc_lsp.stats.gate import default_path

    path = default_path()
    if reset:
        there = path.exists()
        path.unlink(missing_ok=True)
        output.note("The model is removed; all suggestions are shown." if there else "No model is trained.")
        return
    from aigc_lsp.stats import train as training
    from aigc_lsp.stats.plot import checked, draw_model

    where = checked(plot) if plot is not None else None
    entries = training.usable_entries(_read())
    model = model or training.common_model(entries)
    report = training.train([one for one in entries if one.model == model], keep=keep, held_out=held_out)
    if where is not None:
        draw_model(report, where)
    saved = report.usable or force
    if saved:
        report.gate.save(path)
    if json:
        output.say_json({**report.as_json(), "saved": str(path) if saved else None})
    else:
        from aigc_lsp.cli import stats_tables

        stats_tables.model(report)
    if not saved:
        raise training.TrainingError(
            f"Not saved: an AUC of {report.auc:.2f} (± {report.auc_error:.2f}) on held-out suggestions may be chance. "
            "Try again with more suggestions, or save it with --force."
        )
    output.note(f"Saved as {path}. Servers use it from their next suggestion on; --reset removes it.")


def _read(since: float | None = None, language: str | None = None, model: str | None = None) -> "list[Entry]":
    """Return what is recorded; where there is no record, none is made."""
    from aigc_lsp.stats.store import Store, default_path

    path = default_path()
    if not path.exists():
        return []
    store = Store(path)
    try:
        return store.read(since=since, language=language, model=model)
    finally:
        store.close()
