"""`aigc-lsp engine`: the engine process of this user, seen from outside. `serve` is what it runs."""

import typer

app = typer.Typer(help="See and stop the engine process.", no_args_is_help=True)
