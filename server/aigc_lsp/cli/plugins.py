"""`aigc-lsp plugins`: what extends this installation, and what was blocked and why; and the skeleton of a new one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json

app = typer.Typer()


@app.callback(invoke_without_command=True)
def plugins(context: typer.Context, json: Json = False) -> None:
    """List the plugins: built-in, installed, disabled, and blocked ones with the reason."""
    if context.invoked_subcommand is not None:
        return
    from aigc_lsp.cli import chosen
    from aigc_plugins.manager import load_plugins

    loaded = load_plugins(chosen.settings().plugins.disabled)
    rows: list[dict[str, Any]] = [
        {
            "name": info.name,
            "distribution": info.distribution,
            "version": info.version,
            "builtin": info.builtin,
            "hooks": list(info.hooks),
            "status": info.status,
            "reason": info.reason or None,
        }
        for info in loaded.infos
    ]
    if json:
        output.say_json(rows)
    else:
        output.table(
            ("name", "from", "version", "status", "hooks", "reason"),
            [
                (
                    row["name"],
                    row["distribution"] or "?",
                    row["version"] or "?",
                    row["status"],
                    ", ".join(hook.removeprefix("aigc_") for hook in row["hooks"]),
                    " ".join((row["reason"] or "").split()),
                )
                for row in rows
            ],
        )
    if any(row["status"] == "blocked" for row in rows):
        raise typer.Exit(1)


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: letters, digits and dashes.")],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="A folder that is new or empty; else `aigc-lsp-NAME` here.")
    ] = None,
) -> None:
    """Write the skeleton of a plugin: a distribution with a task without a model, one with it, and their tests."""
    from aigc_lsp.cli.new_plugin import write_skeleton

    written = write_skeleton(name, folder)
    for path in written:
        output.say(str(path))
    home = written[0].parent
    output.note(f"Run its tests with `python -m pytest` in {home}, install it with `pip install --editable {home}`.")
