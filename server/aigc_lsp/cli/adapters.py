"""`aigc-lsp adapters`: which adapters are here, taking one in, forgetting one, and which one answers where."""

from pathlib import Path
from typing import Annotated, Any

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json

app = typer.Typer(help="List, add, remove and choose adapters.", no_args_is_help=True)


def _names(incomplete: str) -> list[str]:
    """Return the adapters whose name begins so, for the shell's completion."""
    from aigc_models.store.adapters import registered

    return [one.name for one in registered() if one.name.startswith(incomplete)]


def _choices(incomplete: str) -> list[str]:
    return [*_names(incomplete), *(word for word in ("none", "auto") if word.startswith(incomplete))]


Name = Annotated[str, typer.Argument(help="A name from `adapters list`.", autocompletion=_names)]


@app.command("list")
def list_adapters(json: Json = False) -> None:
    """Show the adapters on this machine, and where each is in use."""
    from aigc_lsp import adapter_rows
    from aigc_lsp.cli import chosen
    from aigc_models.store.bindings import read_bindings

    rows = adapter_rows.all_adapters(chosen.settings(quiet=json).engine.model, read_bindings())
    if json:
        output.say_json(rows)
    elif not rows:
        output.note(
            "No adapter is here yet. `aigc-lsp finetune PATH` trains one, `aigc-lsp adapters add` takes one in."
        )
    else:
        columns = ("name", "base", "fits", "fill-in", "disk", "from", "in use")
        output.table(columns, [map(output.visible, adapter_rows.cells(row)) for row in rows], right=("disk",))


@app.command()
def add(
    path: Annotated[Path, typer.Argument(help="The folder of an adapter, or that of a fine-tuning run.")],
    name: Annotated[str | None, typer.Option("--name", help="What to call it; its own name otherwise.")] = None,
    json: Json = False,
) -> None:
    """Check an adapter and copy it here. One of the same name is replaced; a running engine changes to it by itself."""
    from aigc_models.adapters import MANIFEST
    from aigc_models.store.adapters import add_adapter

    inner = path / "adapter"
    added = add_adapter(inner if not (path / MANIFEST).exists() and (inner / MANIFEST).exists() else path, name)
    if json:
        output.say_json(_facts(added.name))
        return
    output.note(f"{added.name} is here. `aigc-lsp adapters use {added.name}` has suggestions come from it.")


@app.command()
def remove(name: Name, json: Json = False) -> None:
    """Delete an adapter and what was made of it. Where it was in use, the model alone answers."""
    from aigc_models.store.adapters import remove_adapter
    from aigc_models.store.files import human_size

    size = remove_adapter(name).size
    if json:
        output.say_json({"name": name, "deleted": True})
    else:
        output.note(f"{name} is gone{f', {human_size(size)} are free again' if size else ''}.")


@app.command()
def use(
    name: Annotated[
        str,
        typer.Argument(
            help="A name from `adapters list`; `none`: the model alone; `auto`: no choice of yours.",
            autocompletion=_choices,
        ),
    ],
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="Only for this folder; everywhere otherwise.", file_okay=False)
    ] = None,
    json: Json = False,
) -> None:
    """Choose the adapter that suggestions come from. Editors that run change within two seconds."""
    from aigc_lsp.cli import adapter_use

    told = adapter_use.bound(name, workspace)
    if json:
        output.say_json({"name": name, "workspace": str(workspace.resolve()) if workspace else None, **told})
        return
    where = f"in {workspace.resolve()}" if workspace else "everywhere"
    words = {"none": "The model alone answers", "auto": "Nothing is chosen any more"}
    output.note(f"{words.get(name, f'{name} is in use')} {where}.")
    for line in told["notes"]:
        output.note(line)


@app.command()
def show(name: Name, json: Json = False) -> None:
    """Show all that is known of an adapter."""
    facts = _facts(name)
    if json:
        output.say_json(facts)
        return
    from aigc_lsp.model_rows import readable

    shown = {**facts, "figures": _figures(facts["figures"])}
    output.pairs((key.replace("_", " "), output.visible(readable(key, value))) for key, value in shown.items())


def _facts(name: str) -> dict[str, Any]:
    from aigc_lsp import adapter_rows
    from aigc_lsp.cli import chosen
    from aigc_models.store.adapters import find_adapter
    from aigc_models.store.bindings import read_bindings

    found = find_adapter(name)
    base = adapter_rows.digest_of(chosen.settings(quiet=True).engine.model)
    return adapter_rows.row(found, base, read_bindings())


def _figures(figures: dict[str, Any]) -> list[str]:
    return [f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}" for key, value in figures.items()]
