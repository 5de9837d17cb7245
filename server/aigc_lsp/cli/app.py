"""The command's entrance: builds the Typer application and turns every outcome into an exit status.

Command modules import what they need when they run, so that `--help` stays quick.
"""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from aigc_lsp.cli import engine, models, output
from aigc_lsp.cli.exits import ExitStatus, status_of
from aigc_models.types import AigcError


class _Commands(TyperGroup):
    """The group of all commands; Ctrl-C ends any of them with its own status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            output.note("")
            raise typer.Exit(ExitStatus.INTERRUPTED) from None


def _version(wanted: bool) -> None:
    if wanted:
        from aigc_models import __version__

        output.say(f"aigc-lsp {__version__}")
        raise typer.Exit


def build() -> typer.Typer:
    """Return the application with the built-in commands, without those of plugins."""
    app = typer.Typer(
        name="aigc-lsp",
        cls=_Commands,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="AI code completion for your own editor on your own hardware, as a language server.\n\n"
        "Editors run `aigc-lsp --stdio` (or `--tcp HOST:PORT`, `--ws HOST:PORT`); people run the commands below.",
    )

    @app.callback()
    def options(
        version: Annotated[
            bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
        ] = False,
    ) -> None:
        """Options of the command itself."""

    app.add_typer(models.app, name="models")
    app.add_typer(engine.app, name="engine")
    return app


def run(args: list[str]) -> int:
    """Run a command line and return its exit status."""
    try:
        typer.main.get_command(build())(args, prog_name="aigc-lsp")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitStatus.OK
    except AigcError as error:
        output.complain(str(error))
        return status_of(error)
    return ExitStatus.OK
