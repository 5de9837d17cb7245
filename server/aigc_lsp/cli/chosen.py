"""The settings that a command runs under: the user's file, the working directory's, and the command line's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_lsp.cli import output

if TYPE_CHECKING:
    from aigc_lsp.settings import Settings


def settings(*, quiet: bool = False, **engine: Any) -> Settings:
    """Return the settings in force here; `engine` overrides single engine settings where it is not None.

    What is wrong with the files is said on standard error unless `quiet`.
    """
    from aigc_lsp.settings import load_settings

    loaded = load_settings([Path.cwd()])
    for problem in () if quiet else loaded.problems:
        output.note(f"aigc-lsp: {problem}")
    changed = {name: value for name, value in engine.items() if value is not None}
    if not changed:
        return loaded.settings
    return loaded.settings.model_copy(update={"engine": loaded.settings.engine.model_copy(update=changed)})


def model_name(chosen: Settings) -> str:
    """Return the name of the model that the engine will load: the one in the settings, else the default."""
    from aigc_models.catalog import load_catalog

    return (chosen.engine.model or load_catalog().default_model.name).partition("?")[0]


def disabled_plugins() -> list[str]:
    """Return the names of plugins that the user switched off; read without pydantic, because `--help` waits for it."""
    import tomllib

    from aigc_models.paths import config_dir

    try:
        with (config_dir() / "config.toml").open("rb") as file:
            names = tomllib.load(file)["plugins"]["disabled"]
    except (OSError, ValueError, KeyError, TypeError):  # `aigc-lsp config show` says what is wrong with the file
        return []
    return [str(name) for name in names] if isinstance(names, list) else []
