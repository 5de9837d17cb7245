"""`aigc-lsp finetune PATH…`: from a repository to an adapter. Its stages are commands in the other modules."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from aigc_lsp.cli import finetune_compress, finetune_examine, finetune_runs, finetune_stages
from aigc_lsp.cli.finetune_options import (
    Asked,
    Base,
    Folder,
    Minutes,
    Name,
    Pairs,
    Paths,
    RecipeName,
    Restart,
    Resume,
    Steps,
)
from aigc_lsp.cli.options import Json


class PathFirst(TyperGroup):
    """A group whose command `run` is meant where the first word is no command: `finetune PATH`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` before words that do not begin with a command, or ask for help."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete commands, and paths where a word has begun."""
        found = super().shell_complete(ctx, incomplete)
        if not incomplete or incomplete.startswith("-"):
            return found
        paths = next(one for one in self.commands["run"].params if one.name == "paths")
        return [*found, *paths.shell_complete(ctx, incomplete)]


app = typer.Typer(
    cls=PathFirst,
    no_args_is_help=True,
    help="Fine-tune the model on your own code: `aigc-lsp finetune PATH` does all of it, the commands below do its "
    "stages. Everything stays on this machine.",
)


@app.command()
def run(
    paths: Paths = None,
    recipe: RecipeName = None,
    folder: Folder = None,
    name: Name = None,
    model: Base = None,
    pairs: Pairs = None,
    minutes: Minutes = None,
    steps: Steps = None,
    resume: Resume = False,
    restart: Restart = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Collect and encode, say what training takes, and train nothing.")
    ] = False,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Search learning rate, rank and mixing first, in short trials.")
    ] = False,
    no_evaluate: Annotated[
        bool, typer.Option("--no-evaluate", help="Do not compare with the base afterwards; register it unmeasured.")
    ] = False,
    allow_forgetting: Annotated[
        bool, typer.Option("--allow-forgetting", help="Take an adapter that is worse on general code than the base.")
    ] = False,
    use: Annotated[
        bool | None, typer.Option("--use/--no-use", help="Use it for the folders it was trained on. Else: ask.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before training.")] = False,
    json: Json = False,
) -> None:
    """Make an adapter: collect, clean, encode, train, compare with the base, register, and use it if you want to.

    `finetune PATH` is short for `finetune run PATH`. Ctrl-C keeps what is done; `--resume` goes on.
    """
    from aigc_lsp.cli import finetune_running

    asked = Asked(tuple(paths or ()), recipe, folder, name, model, tuple(pairs or ()), minutes, steps, resume)
    choices = finetune_running.Choices(restart, dry_run, sweep, not no_evaluate, allow_forgetting, use, yes, json)
    status = finetune_running.run(asked, choices)
    if status:
        raise typer.Exit(status)


finetune_stages.add_commands(app)
finetune_examine.add_commands(app)
finetune_compress.add_commands(app)
finetune_runs.add_commands(app)
