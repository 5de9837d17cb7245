"""The words of `aigc-lsp finetune …`: options that its stages share, and the recipe and folder that they mean."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aigc_lsp.cli import finetune_words
from aigc_lsp.cli.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_finetune.layout import RunFolder
    from aigc_finetune.recipe import Recipe

DEFAULT_RECIPE = "laptop-cpu"

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Folders of source files; also `git:FOLDER@REVISION`, `pypi:NAME==VERSION`, `stdlib`. A folder that is "
        "called as a stage is: `./train`.",
        autocompletion=finetune_words.sources,
    ),
]
RecipeName = Annotated[
    str | None,
    typer.Option(
        "--recipe", metavar="RECIPE", help="A recipe of `finetune recipes`, or a .toml file.",
        autocompletion=finetune_words.recipes,
    ),
]  # fmt: skip
Folder = Annotated[
    Path | None,
    typer.Option("--run", metavar="FOLDER", help="The run's folder; else `finetune/NAME` in the user's data folder."),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name", help="The adapter's name; else that of the first folder.", autocompletion=finetune_words.runs
    ),
]
Base = Annotated[
    str | None, typer.Option("--model", help="The base model: a name of `models list`, a .gguf file or a folder.")
]
Pairs = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=JSON", help="A key of the recipe: `train.rank=8`. May be repeated."),
]
Minutes = Annotated[
    float | None, typer.Option(min=0, help="Longest time of training; the schedule follows it. 0: no limit.")
]
Steps = Annotated[int | None, typer.Option(min=0, help="Optimizer steps; 0: as the recipe's epochs say.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run where its last checkpoint is.")]
Restart = Annotated[
    bool, typer.Option("--restart", help="Train anew in a folder that holds a run: its results are removed.")
]

_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command line says of the recipe and of the run's folder."""

    paths: tuple[str, ...] = ()
    recipe: str | None = None
    run: Path | None = None
    name: str | None = None
    model: str | None = None
    pairs: tuple[str, ...] = ()
    minutes: float | None = None
    steps: int | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A recipe to follow, and the folder to do so in."""

    recipe: Recipe
    run: RunFolder


def plan(asked: Asked, *, sources: bool = True) -> Plan:
    """Return what a command line means. A run that is there goes on by its own recipe, unless one is given.

    Raises:
        RecipeError: a recipe or a value in it is wrong.
        AigcError: there is nothing to train on (with `sources`) or to resume, or the name cannot be an adapter's.
        typer.BadParameter: a path or an option is wrong.
    """
    from aigc_finetune.layout import RunFolder
    from aigc_finetune.recipe import load_recipe
    from aigc_finetune.recipes import find_recipe
    from aigc_models.store.adapter_checks import check_name
    from aigc_models.types import AigcError

    paths = tuple(_source(path) for path in asked.paths)
    given = find_recipe(asked.recipe) if asked.recipe else None
    run = RunFolder(_folder(asked, paths, given))
    own = run.recipe.is_file() and not asked.recipe and (asked.resume or not paths)
    if asked.resume and not run.recipe.is_file():
        raise AigcError(f"{run.root} holds no run to resume. Leave --resume out, or name the run: --run or --name.")
    recipe = load_recipe(run.recipe) if own else given or find_recipe(DEFAULT_RECIPE)
    values = _overrides(asked, paths, run, own=own)
    if recipe.model.name == "default" and "model.name" not in values and not own:
        values["model.name"] = _own_model()
    recipe = changed(recipe, asked.pairs, values)
    if not own or recipe.collect.sources != load_recipe(run.recipe).collect.sources:
        placed = {"sources": tuple(_source(one) for one in recipe.collect.sources)}
        recipe = recipe.model_copy(update={"collect": recipe.collect.model_copy(update=placed)})
    check_name(recipe.name)
    if sources and not recipe.collect.sources:
        raise typer.BadParameter("name a folder with source files: `aigc-lsp finetune PATH`")
    return Plan(recipe, run)


def changed(recipe: Recipe, pairs: Sequence[str], overrides: dict[str, Any] | None = None) -> Recipe:
    """Return a recipe with other values: `overrides` by dotted key, then KEY=JSON pairs.

    Raises:
        RecipeError: a value is not allowed.
        typer.BadParameter: a pair is none, or a key is unknown.
    """
    from aigc_finetune.recipe import parse_recipe

    data = recipe.model_dump()
    known = [*_keys(data, "")]
    values = dict(overrides or {})
    for pair in pairs:
        key, mark, text = pair.partition("=")
        if not mark:
            raise typer.BadParameter(f"--set {pair}: it is KEY=JSON, for example train.rank=8")
        if key not in known:
            raise typer.BadParameter(f"--set: a recipe has no {key!r}{nearest(key, known)}")
        values[key] = _json(text)
    for key, value in values.items():
        table, _, name = key.rpartition(".")
        (data[table] if table else data)[name] = value
    return parse_recipe(data, "--set" if pairs else "the recipe")


def run_of(run: Path | None, name: str | None) -> RunFolder:
    """Return the folder of a run that is there.

    Raises:
        AigcError: there is none; the text names those that there are.
    """
    from aigc_finetune.layout import RunFolder
    from aigc_models.types import AigcError

    home = runs_folder()
    names = sorted(path.parent.name for path in home.glob("*/recipe.toml"))
    if run is None and name is None and len(names) == 1:
        name = names[0]
    if run is None and name is None:
        known = f"There are {', '.join(names)}." if names else "There is none yet: `aigc-lsp finetune PATH`."
        raise AigcError(f"Which run? {known} Name it with --name, or its folder with --run.")
    found = RunFolder((run or home / safe(name or "")).expanduser().absolute())
    if not found.recipe.is_file():
        known = f" There are {', '.join(names)}." if names else ""
        raise AigcError(f"{found.root} holds no run.{known} `aigc-lsp finetune PATH` makes one.")
    return found


def runs_folder() -> Path:
    """Return the folder in which runs lie that have no other place."""
    from aigc_models.paths import data_dir

    return data_dir() / "finetune"


def safe(name: str) -> str:
    """Return a name that is fit for a folder."""
    return _NAME.sub("-", name).strip("._-")[:64] or "adapter"


def _overrides(asked: Asked, paths: tuple[str, ...], run: RunFolder, *, own: bool) -> dict[str, Any]:
    values: dict[str, Any] = {} if own else {"name": safe(asked.name or run.root.name)}
    if paths:
        values["collect.sources"] = paths
    if asked.model is not None:
        where = Path(asked.model).expanduser()
        values["model.name"] = str(where.resolve()) if where.exists() else asked.model
    if asked.minutes is not None:
        values["train.max_minutes"] = asked.minutes
    if asked.steps is not None:
        values["train.max_steps"] = asked.steps
    return values


def _own_model() -> str:
    """Return the model that completions come from here, so that the adapter fits it; a remote one cannot be trained."""
    from aigc_lsp.cli.chosen import model_name, settings

    own = settings(quiet=True)
    if own.engine.url is not None:
        own = own.model_copy(update={"engine": own.engine.model_copy(update={"model": None})})
    return model_name(own)


def _folder(asked: Asked, paths: tuple[str, ...], given: Recipe | None) -> Path:
    if asked.run is not None:
        return asked.run.expanduser().absolute()
    name = asked.name or (_name_of(paths[0]) if paths else None)
    if name is None and given is not None and given.collect.sources:
        name = given.name
    if name is None and asked.resume:
        return run_of(None, None).root
    if name is None:
        raise typer.BadParameter("name a folder with source files, or a run: --name or --run")
    return runs_folder() / safe(name)


def _name_of(source: str) -> str:
    kind, mark, rest = source.partition(":")
    if mark and kind == "pypi":
        return rest.partition("==")[0]
    if mark and kind == "git":
        rest, _, revision = rest.rpartition("@")
        return Path(rest or revision).name
    return Path(source).name


def _source(path: str) -> str:
    """Return a source as a recipe can keep it: folders by their whole path."""
    if path == "stdlib" or path.startswith("pypi:"):
        return path
    if path.startswith("git:"):
        folder, _, revision = path[len("git:") :].rpartition("@")
        where = Path(folder or revision).expanduser().resolve()
        if not where.is_dir():
            raise typer.BadParameter(f"{path}: there is no folder {where}")
        return f"git:{where}@{revision if folder else 'HEAD'}"
    if not path.strip():
        raise typer.BadParameter("a path is empty; the folder that you are in is `.`")
    where = Path(path).expanduser().resolve()
    if not where.exists():
        raise typer.BadParameter(f"there is no {path}")
    return str(where)


def _keys(data: dict[str, Any], above: str) -> list[str]:
    found: list[str] = []
    for name, value in data.items():
        found += _keys(value, f"{above}{name}.") if isinstance(value, dict) else [f"{above}{name}"]
    return found


def _json(text: str) -> Any:
    """Read a value; what is no JSON is a text, so that nobody has to quote one twice."""
    try:
        return json.loads(text)
    except ValueError:
        return text
