"""Options that several commands share, so that they are spelled and explained alike."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Model = Annotated[
    str | None,
    typer.Option("--model", help="A model instead of the one in the settings: a name, a hub id or a path."),
]
Runtime = Annotated[str | None, typer.Option("--runtime", help="A runtime by name; `auto` takes the best one.")]
