"""Analyses a JavaScript or TypeScript module: what tests can call, which runner it has, where its tests belong."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aigc_plugins.action import WithheldError
from aigc_plugins.index.ignore import Rules
from aigc_plugins.sandbox import places
from aigc_plugins.testgen.parts import Conventions, Subject
from aigc_plugins.testgen.script.module import Module

if TYPE_CHECKING:
    from aigc_plugins.testgen.scenario import Target

_TEST = re.compile(r"\.(?:test|spec)\.[mc]?[jt]sx?$")
_FOLDERS = ("__tests__", "test", "tests")
_MOST_FILES = 4000
_OTHER_RUNNERS = ("jest", "mocha", "jasmine", "ava")


@dataclass(frozen=True, slots=True)
class Setup:
    """How a module's tests run: by which runner, in the folder of which package, with which `node_modules`.

    `esm` tells whether node takes a test file beside the module for a module of its own kind, with `import`.
    """

    runner: Literal["vitest", "node"]
    node: Path
    package: Path
    modules: tuple[Path, ...]
    esm: bool


def analyse(
    path: Path,
    text: str,
    *,
    root: Path,
    names: Sequence[str] = (),
    lines: Collection[int] = (),
    python: Path | None = None,
    trusted: bool = False,
    opened: Mapping[Path, str] | None = None,
) -> Subject:
    """Return the module in the file `path`, as `aigc_plugins.testgen.analysis.analyse` does for Python.

    Raises:
        WithheldError: there is nothing to write tests for, or nothing to run them with; the text says why.
    """
    path, root = Path(os.path.abspath(path)), Path(os.path.abspath(root))  # noqa: PTH100 - links are kept
    if is_test(path):
        raise WithheldError(f"{path.name} holds tests itself.")
    if path.name.endswith((".d.ts", ".d.mts", ".d.cts")):
        raise WithheldError(f"{path.name} declares types alone.")
    module = Module(path, text)
    if module.tree.errors():
        raise WithheldError(f"{path.name} does not parse.")
    everything = tuple(one.target for one in module.members)
    if not everything:
        raise WithheldError(f"{path.name} exports no function or class that tests could call.")
    targets = tuple(_chosen(everything, names, lines))
    if not targets:
        what = ", ".join(names) if names else "what changed"
        raise WithheldError(f"{path.name} exports nothing that tests could call of {what}.")
    setup = setup_of(path, root, module)
    file = _test_file(path, root, setup)
    return Subject(
        root=root,
        path=path,
        name=path.relative_to(root).as_posix(),
        text=text,
        targets=targets,
        all_targets=everything,
        search_path=(),
        python=setup.node,
        # The style is Python's, and not looked at here.
        conventions=Conventions("pytest", file, _text(file, opened or {}), (), 100),
    )


def setup_of(path: Path, root: Path, module: Module) -> Setup:
    """Return how the tests of a module run.

    Raises:
        WithheldError: there is no node, or the project's runner is another one.
    """
    node = places.found("node")
    if node is None:
        raise WithheldError("Node.js runs these tests: install node 18 or later.")
    above = [one for one in (path.parent, *path.parents) if one.is_relative_to(root)]
    above = list(dict.fromkeys(above))
    package = next((one for one in above if (one / "package.json").is_file()), root)
    settings = _settings(package)
    modules = tuple(one / "node_modules" for one in above if (one / "node_modules").is_dir())
    esm = path.suffix in (".mjs", ".mts") or (path.suffix != ".cjs" and settings.get("type") == "module")
    if any((one / "vitest" / "vitest.mjs").is_file() for one in modules):
        return Setup("vitest", node, package, modules, module.esm)
    other = next((one for one in _OTHER_RUNNERS if one in _needs(settings)), "")
    if other:
        raise WithheldError(
            f"This project's tests run under {other}: they are written for vitest and node's own runner."
        )
    if "vitest" in _needs(settings):
        raise WithheldError("This project's tests run under vitest, which is not installed: run `npm install`.")
    if path.suffix in (".tsx", ".jsx") or (not module.typed and module.esm and not esm):
        raise WithheldError(f"Only vitest can run tests of {path.name}: run `npm install --save-dev vitest`.")
    return Setup("node", node, package, modules, esm or (module.typed and module.esm))


def is_test(path: Path) -> bool:
    """Tell whether a file holds tests, by its name and the folder it lies in."""
    return _TEST.search(path.name) is not None or path.parent.name in _FOLDERS


def _settings(package: Path) -> dict[str, object]:
    try:
        value = json.loads((package / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _needs(settings: dict[str, object]) -> set[str]:
    found: set[str] = set()
    for key in ("dependencies", "devDependencies"):
        value = settings.get(key)
        found |= set(value) if isinstance(value, dict) else set()
    return found


def _chosen(targets: Sequence[Target], names: Sequence[str], lines: Collection[int]) -> Iterator[Target]:
    wanted = [name.removesuffix("()").removesuffix(".*").removesuffix(".constructor") for name in names]
    for one in targets:
        named = not wanted or any(one.name == name or one.name.startswith(f"{name}.") for name in wanted)
        if named and (not lines or any(one.line <= line <= one.end_line for line in lines)):
            yield one


def _test_file(path: Path, root: Path, setup: Setup) -> Path:
    """Return the file that holds the module's tests, or is to: as the project's other tests lie."""
    stem, ending = path.name[: -len(path.suffix)], path.suffix
    for folder in _places(path, setup.package):
        for infix in ("test", "spec"):
            if (folder / f"{stem}.{infix}{ending}").is_file():
                return folder / f"{stem}.{infix}{ending}"
    seen: Counter[tuple[str, str]] = Counter()
    for number, (name, _) in enumerate(Rules(root).files()):
        one = Path(name)
        if number > _MOST_FILES:
            break
        if found := re.search(r"\.(test|spec)\.[mc]?[jt]sx?$", one.name):
            seen[next((part for part in one.parts[:-1] if part in _FOLDERS), ""), found[1]] += 1
    folder_name, infix = max(seen, key=lambda key: seen[key], default=("", "test"))
    if folder_name == "__tests__":
        folder = path.parent / folder_name
    else:
        folder = setup.package / folder_name if folder_name else path.parent
    return folder / f"{stem}.{infix}{ending}"


def _places(path: Path, package: Path) -> Iterator[Path]:
    yield path.parent
    for name in _FOLDERS:
        yield path.parent / name
        yield package / name
        inner = path.parent.relative_to(package).parts if path.parent.is_relative_to(package) else ()
        for start in range(len(inner)):
            yield package.joinpath(name, *inner[start:])


def _text(file: Path, opened: Mapping[Path, str]) -> str | None:
    if file in opened:
        return opened[file]
    try:
        return file.read_bytes().decode("utf-8")
    except OSError:
        return None
    except UnicodeDecodeError:
        raise WithheldError(f"{file.name} is no text in UTF-8.") from None
