"""`aigc-lsp complete`: what the editor would suggest at a place, on the command line."""

from typing import Annotated

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json, Model, Runtime


def complete(
    where: Annotated[
        str,
        typer.Argument(
            metavar="FILE:LINE:COLUMN",
            help="The cursor: before the character at that line and column, both counted from 1. FILE - reads "
            "standard input.",
        ),
    ],
    language: Annotated[str | None, typer.Option(help="LSP language id; else the file's name tells it.")] = None,
    name: Annotated[str | None, typer.Option(help="The file name that standard input stands for.")] = None,
    model: Model = None,
    runtime: Runtime = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait, loading the model included.")] = 120.0,
    raw: Annotated[bool, typer.Option("--raw", help="Print the suggested text alone.")] = False,
    json: Json = False,
) -> None:
    """Suggest code at a place in a file, as an editor would show it."""
    from aigc_lsp.cli import chosen, ghost, place, suggest
    from aigc_plugins.manager import load_plugins

    if raw and json:
        raise typer.BadParameter("--raw and --json exclude each other")
    cursor = place.parse_place(where)
    settings = chosen.settings(model=model, runtime=runtime)
    plugins = load_plugins(settings.plugins.disabled)
    snapshot, offset = place.open_place(cursor, name=name, language=language)
    outcome, status = suggest.suggest(settings, plugins, snapshot, offset, timeout)
    if json:
        output.say_json(ghost.as_data(snapshot, outcome, status))
        return
    if outcome.suggestion is None:
        output.note(f"No suggestion: {outcome.reason}.")
        return
    if raw:
        output.say(outcome.suggestion.text)
        return
    ghost.show(snapshot, offset, outcome.suggestion)
    output.note(ghost.summary(outcome, status))
