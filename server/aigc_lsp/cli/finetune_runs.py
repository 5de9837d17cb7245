"""What there is to look at: `aigc-lsp finetune recipes` and `aigc-lsp finetune curve`."""

from __future__ import annotations

from typing import Annotated

import typer

from aigc_lsp.cli import finetune_folder, finetune_words, output
from aigc_lsp.cli.finetune_options import Folder, Name, run_of
from aigc_lsp.cli.options import Json


def recipes(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE",
            help="Print this recipe as TOML, to be saved and changed.",
            autocompletion=finetune_words.recipes,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Print each key, not only those that it sets.")] = False,
    json: Json = False,
) -> None:
    """List the recipes that come with aigc-lsp, or print one."""
    from aigc_finetune.recipe_text import recipe_toml
    from aigc_finetune.recipes import find_recipe, list_recipes

    if name is not None:
        found = find_recipe(name)
        if json:
            output.say_json(found.model_dump(mode="json"))
        else:
            output.say(recipe_toml(found, everything=everything).rstrip("\n"))
        return
    known = list_recipes()
    if json:
        output.say_json({one: recipe.model_dump(mode="json") for one, recipe in known.items()})
        return
    rows = [(one, recipe.model.name, recipe.train.method, recipe.description) for one, recipe in known.items()]
    output.table(("name", "model", "method", "for"), rows)


def curve(
    folder: Folder = None,
    name: Name = None,
    width: Annotated[int, typer.Option(min=20, max=400, help="Columns of the plot.")] = 72,
    height: Annotated[int, typer.Option(min=3, max=100, help="Rows of the plot.")] = 14,
    json: Json = False,
) -> None:
    """Show the losses of a run, also while it trains."""
    finetune_folder.need_packages("matplotlib", "tensorboard")
    from aigc_finetune.train.report.curve import terminal_curve, write_curve
    from aigc_finetune.train.report.log import read_history

    run = run_of(folder, name)
    history = read_history(run.log)
    if json:
        output.say_json({"run": str(run.root), "train": history.train, "eval": history.eval})
        return
    output.say(terminal_curve(history, width, height))
    if history.train:
        write_curve(run.log, run.curve, run.root.name)
        output.note(f"As an image: {run.curve}")


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the group."""
    app.command()(recipes)
    app.command()(curve)
