"""What a shell completes in `aigc-lsp finetune …`: sources, recipes, runs and adapters. It imports nothing heavy."""

from __future__ import annotations

from pathlib import Path


def sources(incomplete: str) -> list[str]:
    """Return files and folders that begin so, folders with a `/` behind them, and the word `stdlib`."""
    above, mark, begin = incomplete.rpartition("/")
    folder = Path(above + mark).expanduser() if mark else Path()
    try:
        found = sorted(path for path in folder.iterdir() if path.name.startswith(begin))
    except OSError:
        found = []
    shown = [path for path in found if begin.startswith(".") or not path.name.startswith(".")]
    words = [f"{above}{mark}{path.name}{'/' if path.is_dir() else ''}" for path in shown]
    return [*words, *(["stdlib"] if incomplete and "stdlib".startswith(incomplete) else [])]


def recipes(incomplete: str) -> list[str]:
    """Return shipped recipes, and files, that begin so."""
    from aigc_finetune.recipes import list_recipes

    own = [one for one in sources(incomplete) if one.endswith((".toml", "/"))]
    return [*(name for name in list_recipes() if name.startswith(incomplete)), *own]


def runs(incomplete: str) -> list[str]:
    """Return names of runs in the user's data folder that begin so."""
    from aigc_lsp.cli.finetune_options import runs_folder

    names = sorted(path.parent.name for path in runs_folder().glob("*/recipe.toml"))
    return [name for name in names if name.startswith(incomplete)]


def adapters(incomplete: str) -> list[str]:
    """Return adapters and runs that begin so."""
    from aigc_models.store.adapters import registered

    names = {one.name for one in registered() if one.name.startswith(incomplete)}
    return sorted(names | set(runs(incomplete)))
