"""`aigc-lsp index`: build or update the index of a folder now, say what is in it, or delete it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_plugins.index import Indexer

_EACH = 500  # files between two lines of progress where there is no terminal


def index(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="The workspace folder; else this one.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Delete the index of the folder instead.")] = False,
    json: Json = False,
) -> None:
    """Bring the index of a workspace folder up to date, and say what is in it.

    Language servers do so by themselves; this does it ahead of time. Ctrl-C keeps what is done.
    """
    from aigc_lsp.cli import chosen
    from aigc_models.types import AigcError
    from aigc_plugins.index import Indexer, Limits
    from aigc_plugins.manager import load_plugins

    root = Path.cwd() if folder is None else folder
    if not clear and not root.is_dir():
        raise AigcError(f"{root} is no folder. Give the folder of a project.")
    context = chosen.settings().context
    load_plugins(chosen.disabled_plugins(), hooks=("aigc_languages",))  # which are indexed too
    indexer = Indexer(root, limits=Limits(context.max_files, context.max_file_kb))
    if clear:
        _clear(indexer, json)
        return
    with _progress() as progress:
        report = indexer.build(progress)
    facts = {"root": str(indexer.root), "database": str(indexer.path), **asdict(report), "bytes": _size(indexer)}
    if json:
        output.say_json(facts)
        return
    output.pairs((name, _readable(name, facts[name])) for name in _SHOWN)
    if report.truncated:
        output.note(f"There are more files than the {context.max_files:,} of context.max_files; the rest is left out.")


_SHOWN = ("root", "database", "files", "lines", "chunks", "symbols", "bytes", "changed", "removed", "seconds")


def _clear(indexer: Indexer, json: bool) -> None:
    size = _size(indexer)
    gone = indexer.clear()
    if json:
        output.say_json({"database": str(indexer.path), "deleted": gone, "bytes": size if gone else 0})
    elif gone:
        output.note(f"The index of {indexer.root} is deleted.")
    else:
        output.note(f"There is no index of {indexer.root}.")


def _size(indexer: Indexer) -> int:
    return sum(
        path.stat().st_size for suffix in ("", "-wal") if (path := Path(f"{indexer.path}{suffix}")).exists()
    )  # fmt: skip


def _readable(name: str, value: Any) -> str:
    if name == "bytes":
        from aigc_models.store.files import human_size

        return human_size(value)
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show how far a build is on standard error: a bar on a terminal, a line now and then elsewhere."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("indexing"), BarColumn(), MofNCompleteColumn(), TextColumn("files"), TimeRemainingColumn())
    with Progress(*columns, console=output.notices(), transient=True) as bar:
        task = bar.add_task("indexing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines() -> Callable[[int, int], None]:
    told = 0

    def report(done: int, total: int) -> None:
        nonlocal told
        if done - told >= _EACH:
            told = done
            output.note(f"indexing: {done:,} of {total:,} files")

    return report
