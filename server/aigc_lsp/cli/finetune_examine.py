"""Carries out `aigc-lsp finetune examine`: what an adapter learned, token by token, and what it gives away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aigc_lsp.cli import finetune_folder, output
from aigc_lsp.cli.finetune_options import Folder, Name, run_of
from aigc_lsp.cli.options import Json

if TYPE_CHECKING:
    from aigc_finetune.layout import RunFolder


def examine(
    folder: Folder = None,
    name: Name = None,
    samples: Annotated[int, typer.Option(min=0, help="Held-out samples for loss and accuracy; 0: none.")] = 32,
    tokens: Annotated[int, typer.Option(min=0, help="Held-out tokens that are classified; 0: none.")] = 2000,
    secrets: Annotated[
        int, typer.Option(min=0, help="Secrets of the training files that the model is asked for; 0: none.")
    ] = 20,
    json: Json = False,
) -> None:
    """Look into an adapter: next-token accuracy, precision, recall and F1 by kind of token, and leaked secrets.

    The secrets are those that cleaning took out of the training files. They are read from the sources again, the model
    is asked to go on with what stands before each, and only how many it gives away is shown. Status 1 if it gives any
    away that the base does not.
    """
    finetune_folder.need_packages()
    from aigc_finetune.evaluate.examine import Examining
    from aigc_finetune.evaluate.examine import examine as look
    from aigc_lsp.cli.finetune_made import base_of, hush
    from aigc_lsp.cli.finetune_screen import Stages
    from aigc_models.types import AigcError

    run = run_of(folder, name)
    if not run.adapter.is_dir():
        raise AigcError(f"{run.root} holds no adapter. `aigc-lsp finetune train` makes one.")
    hush()
    asked = _secrets(run, secrets) if secrets else []
    with Stages() as stages:
        found = look(base_of(run.adapter, None), run.adapter, run, asked, Examining(samples, tokens), stages)
    found = {"run": str(run.root), **found}
    if json:
        output.say_json(found)
    else:
        _show(found)
    told = found.get("secrets")
    if told and told["adapter"]["given_away"] > told["base"]["given_away"]:
        output.complain("The adapter gives secrets away. Do not share it: change them, and train again.")
        raise typer.Exit(1)


def _secrets(run: RunFolder, count: int) -> list[tuple[str, str]]:
    """Return secrets with what stands before them; none, with a note, where the sources are gone."""
    from aigc_finetune.collect.sources.base import SourceError
    from aigc_finetune.collect.withheld import withheld
    from aigc_finetune.pipeline import known_corpus
    from aigc_finetune.recipe import load_recipe

    report = known_corpus(run)
    if report is None or not report.redacted:
        output.note("Not asked for secrets: cleaning took none out of the training files.")
        return []
    try:
        found = withheld(load_recipe(run.recipe), report, count=count)
    except SourceError as error:
        output.note(f"Not asked for secrets: {error}")
        return []
    return [(one.before, one.secret) for one in found]


def _show(found: dict[str, Any]) -> None:
    if tokens := found.get("tokens"):
        names = ("loss", "perplexity", "accuracy")
        rows = [(name, *(f"{tokens[side][name]:.3f}" for side in tokens)) for name in names]
        rows.append(("tokens", *(str(one["tokens"]) for one in tokens.values())))
        output.table(("held-out samples", *tokens), rows, right=tuple(tokens))
    if classes := found.get("classes"):
        output.say()
        _show_classes(classes)
    if secrets := found.get("secrets"):
        output.say()
        told = ", ".join(f"{side} {one['given_away']}" for side, one in secrets.items())
        output.say(f"secrets given away, of {secrets['base']['asked']} asked for: {told}")


def _show_classes(classes: dict[str, Any]) -> None:
    """Show precision, recall and F1 of each kind of token, a column for each and side."""
    columns = [f"{side} {what}" for side in classes for what in ("precision", "recall", "F1")]
    kinds = list(dict.fromkeys(kind for side in classes.values() for kind in side["by_class"]))
    rows = []
    for kind in [*kinds, "macro"]:
        told = [side["macro"] if kind == "macro" else side["by_class"].get(kind, {}) for side in classes.values()]
        values = [one.get(name) for one in told for name in ("precision", "recall", "f1")]
        rows.append((kind, *("–" if value is None else f"{value:.3f}" for value in values)))
    output.table(("kind of token", *columns), rows, right=columns)
    exact = ", ".join(f"{side} {one['exact']:.3f}" for side, one in classes.items() if one["exact"] is not None)
    if exact:
        output.say(f"next token exactly right: {exact}")


def add_commands(app: typer.Typer) -> None:
    """Add the command to the group."""
    app.command()(examine)
