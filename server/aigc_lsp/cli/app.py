"""The command's entrance: builds the Typer application and turns every outcome into an exit status.

Command modules import what they need when they run, so that `--help` stays quick.
"""

import errno
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from aigc_lsp.cli import (
    adapters,
    complete,
    config,
    doctor,
    engine,
    evaluate,
    finetune,
    index,
    init,
    models,
    output,
    plugins,
    project,
    serve,
    stats,
    tasks,
    testgen,
)
from aigc_lsp.cli import (
    run as run_command,
)
from aigc_lsp.cli.exits import ExitStatus, status_of
from aigc_models.types import AigcError

# A folder of ours that cannot be used: no access, no room, or something else in its place.
_NO_ACCESS = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT,
    errno.EEXIST, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG,
)  # fmt: skip


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

    # A place in standard input begins with a dash: `-:12:5`.
    app.command("complete", context_settings={"ignore_unknown_options": True})(complete.complete)
    run_command.add_commands(app)
    app.command("project", rich_help_panel="Tasks")(project.project)
    app.command("testgen", rich_help_panel="Tasks")(testgen.generate_tests)
    app.command("tasks")(tasks.tasks)
    app.add_typer(models.app, name="models")
    app.add_typer(adapters.app, name="adapters")
    app.command("serve")(serve.serve)
    app.add_typer(engine.app, name="engine")
    app.command("evaluate")(evaluate.evaluate)
    app.add_typer(finetune.app, name="finetune")
    app.command("index")(index.index)
    app.command("doctor")(doctor.doctor)
    app.command("init")(init.init)
    app.add_typer(stats.app, name="stats")
    app.add_typer(plugins.app, name="plugins")
    app.add_typer(config.app, name="config")
    return app


def _add_plugin_commands(app: typer.Typer, args: list[str]) -> None:
    """Let plugins add commands, unless one of ours is asked for: finding plugins takes longer than most commands."""
    ours = {one.name for one in app.registered_commands} | {one.name for one in app.registered_groups}
    if next((word for word in args if not word.startswith("-")), None) in ours:
        return
    from aigc_lsp.cli.chosen import disabled_plugins
    from aigc_plugins.manager import load_plugins

    load_plugins(disabled_plugins(), hooks=()).add_commands(app)


def run(args: list[str]) -> int:
    """Run a command line and return its exit status."""
    app = build()
    try:
        _add_plugin_commands(app, args)
        typer.main.get_command(app)(args, prog_name="aigc-lsp")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitStatus.OK
    except AigcError as error:
        output.complain(str(error))
        return status_of(error)
    except OSError as error:
        if error.errno not in _NO_ACCESS and not isinstance(error, PermissionError):
            raise
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        output.complain(f"{what}. Mend that, or set AIGC_LSP_HOME to a folder of your own.")
        return ExitStatus.FAILED
    return ExitStatus.OK
