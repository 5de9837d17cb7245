"""Writes the skeleton of a plugin: a distribution with two tasks, and tests that pass. Its files are in `skeleton`."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from aigc_models.types import AigcError

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST = 40


def write_skeleton(name: str, folder: Path | None) -> list[Path]:
    """Write the skeleton of the plugin `name` into a folder, by default one of its own here; return the files.

    Raises:
        AigcError: the name does not fit, or the folder holds something already.
    """
    name = name.strip().lower().replace("_", "-").removeprefix("aigc-lsp-")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or keyword.iskeyword(name):
        raise AigcError(f"{name!r:.60} is no name for a plugin. Take letters, digits and dashes, such as `my-tasks`.")
    values = {"name": name, "distribution": f"aigc-lsp-{name}", "package": f"aigc_{name.replace('-', '_')}"}
    target = Path(values["distribution"]) if folder is None else folder
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise AigcError(f"{target} is no folder. Name another one with --folder.")
    if target.is_dir() and any(target.iterdir()):
        raise AigcError(f"{target} is not empty. Name another folder with --folder.")
    package, source = target / values["package"], files("aigc_lsp.cli") / "skeleton"
    places = {
        "pyproject.toml": target / "pyproject.toml",
        "README.md": target / "README.md",
        "gitignore": target / ".gitignore",
        "init.py": package / "__init__.py",
        "tasks.py": package / "tasks.py",
        "prompt.toml": package / "prompts" / f"{name}-comment.toml",
        "test_tasks.py": target / "tests" / "test_tasks.py",
    }
    for template, path in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (source / f"{template}.txt").read_text(encoding="utf-8")
        path.write_text(Template(text).substitute(values), encoding="utf-8")
    return list(places.values())
