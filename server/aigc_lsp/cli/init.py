"""`aigc-lsp init`: the settings with which an editor finds the server, printed, or put into the user's own file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.exits import ExitStatus
from aigc_lsp.cli.options import Json

if TYPE_CHECKING:
    from aigc_lsp.cli.editor_settings import Editor


def init(
    editor: Annotated[
        str | None, typer.Argument(help="vscode, neovim, helix, zed, emacs-eglot, emacs-lsp-mode or sublime.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put them into your own configuration; a copy of the old file is kept.")
    ] = False,
    path: Annotated[
        Path | None, typer.Option("--path", metavar="FILE", help="That file instead of the editor's own.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the editors.")] = False,
    json: Json = False,
) -> None:
    """Print the settings for an editor, with where they belong. Nothing of yours is replaced unless you say so."""
    from aigc_lsp.cli import editor_settings
    from aigc_lsp.cli.editor_settings import places

    if listed:
        _list(json)
        return
    chosen = editor_settings.find(editor) if editor else None
    if chosen is None:
        names = ", ".join(one.name for one in editor_settings.EDITORS)
        raise typer.BadParameter(f"{'no editor' if editor is None else repr(editor)}: choose from {names}.")
    file = (path or chosen.place()).expanduser().absolute()
    command = editor_settings.command(chosen)
    text = editor_settings.settings(chosen, command)
    result: dict[str, Any] = {
        "editor": chosen.name,
        "file": str(file),
        "command": command,
        "settings": text,
        "notes": list(chosen.notes),
    }
    wanted = editor_settings.to_write(chosen, command)
    if write:
        result |= _write(chosen, file, wanted)
    by_hand = not write or result["reason"]
    if json:
        output.say_json(result)
    elif by_hand or chosen.installs:
        output.say(editor_settings.heading(chosen, file) + text.removesuffix("\n"))
        if by_hand and chosen.installs and wanted:
            output.say(f"{chosen.comment} Then in {places.short(file)}, because aigc-lsp is not on the PATH:")
            for line in wanted.splitlines():
                output.say(f"{chosen.comment} {line}")
    _tell(chosen, result)
    if result.get("reason"):
        raise typer.Exit(ExitStatus.FAILED)


def _list(json: bool) -> None:
    from aigc_lsp.cli.editor_settings import EDITORS, places

    rows = [{"name": one.name, "title": one.title, "shows": one.shows, "file": str(one.place())} for one in EDITORS]
    if json:
        output.say_json(rows)
        return
    output.table(
        ("name", "editor", "suggestions in", "file"),
        [(row["name"], row["title"], row["shows"], places.short(Path(row["file"]))) for row in rows],
    )


def _write(editor: Editor, file: Path, text: str | None) -> dict[str, Any]:
    """Merge and write; return what was done: `action`, `backup`, and `reason` where it was not done."""
    from aigc_lsp.cli.editor_settings import changes

    done: dict[str, Any] = {"action": "none", "backup": None, "reason": None}
    if text is None:
        return done
    try:
        there = changes.read(file)
        after = _merged(editor, there, text)
    except changes.CannotMergeError as error:
        return {**done, "reason": str(error)}
    if after == there:
        return {**done, "action": "unchanged"}
    if there is not None:
        done["backup"] = str(changes.keep_copy(file))
    changes.write(file, after)
    return {**done, "action": "created" if there is None else "merged"}


def _merged(editor: Editor, there: str | None, text: str) -> str:
    from aigc_lsp.cli.editor_settings import changes, merge_json, merge_toml, whole

    if editor.merge == "toml":
        return merge_toml.merge(there, text)
    if editor.merge != "json":
        return whole.merge(there, text)
    agreed: set[str] = set()
    while True:
        try:
            return merge_json.merge(there, text, agreed)
        except changes.ConflictError as conflict:
            if not _may_replace(conflict):
                raise
            agreed.add(conflict.what.strip("`"))


def _may_replace(conflict: Any) -> bool:
    import sys

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    output.note(f"{conflict} now; these settings need {conflict.wanted}.")
    try:
        return typer.confirm("Replace it?", default=False, err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None


def _tell(editor: Editor, result: dict[str, Any]) -> None:
    from aigc_lsp.cli.editor_settings import places

    if "action" not in result:
        return
    if result["action"] == "none" and not result["reason"]:
        output.note(f"{editor.title} needs no settings: it finds aigc-lsp. The commands above install the extension.")
        return
    shown = places.short(Path(result["file"]))
    if result["reason"]:
        output.complain(f"{shown} was left as it is: {result['reason']}. Add the settings above to it by hand.")
        return
    words = {"created": "was written", "merged": "has the settings now", "unchanged": "has the settings already"}
    output.note(f"{shown} {words[result['action']]}.")
    if result["backup"]:
        output.note(f"What was there is in {places.short(Path(result['backup']))}.")
    for line in editor.notes:
        output.note(line)
