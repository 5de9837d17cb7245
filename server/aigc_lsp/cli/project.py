"""`aigc-lsp project FOLDER`: shows the project that would be written, and with `--write` writes it.

What it consists of is the affair of the task `project`; it is run and checked as any other task.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json, Model, Runtime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aigc_lsp.settings import Settings
    from aigc_plugins.api import Change, NewFile, Place, Request

TASK = "project"


def project(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the project goes; nothing else is written.")],
    instruction: Annotated[str, typer.Option("--instruction", help="What the project shall do, in words.")],
    name: Annotated[str, typer.Option("--name", help="The name of its package; else one is chosen.")] = "",
    write: Annotated[bool, typer.Option("--write", help="Write the files; without it they are only listed.")] = False,
    json: Json = False,
    show_prompt: Annotated[
        bool, typer.Option("--show-prompt", help="Print what the model would be sent first, and ask nothing.")
    ] = False,
    model: Model = None,
    runtime: Runtime = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, metavar="SECONDS", help="Longest time, loading the model included.")
    ] = 600.0,
) -> None:
    """Write a Python project with tests and a web API from a description. Its tests run before it is shown.

    Without `--write` the files are listed, with their sizes, and nothing is written. No file is ever overwritten.
    """
    import asyncio

    from aigc_lsp.cli import chosen

    settings = chosen.settings(model=model, runtime=runtime)
    prompts: list[Request] = []
    answers = {"instruction": instruction, "name": name, "folder": "."}
    change = asyncio.run(_made(settings, folder.absolute(), answers, timeout, prompts if show_prompt else None))
    if change is None:
        from aigc_lsp.cli.shown import show_prompts

        show_prompts(prompts)
        return
    files = _new_files(change)
    if write:
        _write(change, folder)
    if json:
        output.say_json(_data(folder, files, change.note, written=write))
        return
    output.say(f"{output.visible(str(folder))}/")
    for line in tree([(one.path.relative_to(_real(folder)).as_posix(), len(one.text.encode())) for one in files]):
        output.say(line)
    output.note(output.visible(change.note))
    output.note(f"Wrote {len(files)} files." if write else "Nothing is written yet: --write does that.")


def tree(files: Sequence[tuple[str, int]]) -> list[str]:
    """Return the lines of a tree of files with their sizes in bytes; folders come first."""
    rows: list[tuple[str, int]] = []
    _branch([(tuple(path.split("/")), size) for path, size in files], "", rows)
    width = max((len(text) for text, _ in rows), default=0)
    return [text if size < 0 else f"{text:<{width}}  {size:>7,}" for text, size in rows]


def _branch(files: list[tuple[tuple[str, ...], int]], indent: str, rows: list[tuple[str, int]]) -> None:
    folders: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for parts, size in files:
        if len(parts) > 1:
            folders.setdefault(parts[0], []).append((parts[1:], size))
    leaves = sorted((parts[0], size) for parts, size in files if len(parts) == 1)
    names: list[tuple[str, int]] = [*((one, -1) for one in sorted(folders)), *leaves]
    for index, (name, size) in enumerate(names):
        last = index == len(names) - 1
        rows.append((f"{indent}{'└── ' if last else '├── '}{name}{'/' if size < 0 else ''}", size))
        if size < 0:
            _branch(folders[name], indent + ("    " if last else "│   "), rows)


async def _made(
    settings: Settings, folder: Path, answers: Mapping[str, str], timeout: float, prompts: list[Request] | None
) -> Change | None:
    """Return the project as a change, None where its first prompt was shown instead."""
    from aigc_lsp.cli.engine_link import LazyEngine
    from aigc_lsp.cli.screen import Screen
    from aigc_lsp.tasks import Host, run_task
    from aigc_plugins.api import Change, WithheldError

    screen = Screen(previews=False)
    engine = LazyEngine(settings, timeout, screen.report)
    host = Host(
        engine.client,
        roots=(folder,),
        chat_only=settings.completion.prompt == "chat",
        report=screen.report,
        show_prompt=None if prompts is None else prompts.append,
    )
    try:
        result = await run_task(_task(settings), _nowhere(), answers, host, timeout_s=timeout)
    except WithheldError:
        if engine.waiting:
            raise engine.too_late() from None
        if not prompts:
            raise
        return None
    finally:
        screen.close()
        await engine.aclose()
    return result if isinstance(result, Change) else Change()


def _task(settings: Settings) -> Any:
    from aigc_models.types import AigcError
    from aigc_plugins.api import ActionTask
    from aigc_plugins.manager import load_plugins

    tasks = load_plugins(settings.plugins.disabled).tasks(ActionTask)  # type: ignore[type-abstract]
    found = [one for one in tasks if one.name == TASK]
    if not found:
        raise AigcError("The plugin `projects` is switched off. See `aigc-lsp plugins`.")
    return found[-1]


def _nowhere() -> Place:
    """Return a place in no file."""
    from aigc_plugins.api import Place
    from aigc_plugins.document import Document

    return Place(Document("untitled:project", "", "").snapshot(), 0, 0)


def _new_files(change: Change) -> list[NewFile]:
    from aigc_plugins.api import NewFile

    return [one for one in change.files if isinstance(one, NewFile)]


def _write(change: Change, folder: Path) -> None:
    from aigc_lsp.cli.writing import write

    write(change, folder, "")


def _data(folder: Path, files: Sequence[NewFile], note: str, *, written: bool) -> dict[str, Any]:
    return {
        "folder": str(folder.absolute()),
        "note": note,
        "written": written,
        "files": [
            {"path": one.path.relative_to(_real(folder)).as_posix(), "bytes": len(one.text.encode()), "text": one.text}
            for one in files
        ],
    }


def _real(folder: Path) -> Path:
    return folder.absolute().resolve()
