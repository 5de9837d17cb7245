"""Plugins through entry points alone: a good one adds, a bad one is blocked with its reason, the host lives on."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from aigc_models.types import RuntimeSpec
from aigc_plugins import manager
from aigc_plugins.api import InlineTask, Task
from aigc_plugins.manager import PluginInfo, Plugins, load_plugins
from aigc_plugins.syntax import bundled_languages, language_for, use_languages

ROOT = Path(__file__).parents[2]
AddPlugin = Callable[..., None]

GOOD = """
from aigc_models.types import RuntimeSpec
from aigc_plugins.hookspecs import hookimpl
from aigc_plugins.syntax import Language

class Haiku:
    name = "haiku"
    title = "Write a haiku"

@hookimpl
def aigc_tasks():
    return [Haiku()]

@hookimpl
def aigc_runtimes():
    return [RuntimeSpec("abacus", "beads", "abacus:create", priority=99)]

@hookimpl
def aigc_languages():
    return [Language(name="zig", module="tree_sitter_zig", extensions=(".zig",))]

@hookimpl
def aigc_commands(app):
    app.append("haiku")
"""


@pytest.fixture
def add_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AddPlugin]:
    """Write distributions with entry points to a folder of sys.path; the project's own built-ins are one of them."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def add(name: str, source: str | None, module: str | None = None, points: dict[str, str] | None = None) -> None:
        module = module or name.replace("-", "_")
        if source is not None:
            (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        lines = [f"{key} = {value}" for key, value in (points or {name: module}).items()]
        (info / "entry_points.txt").write_text("[aigc_lsp.plugins]\n" + "\n".join(lines) + "\n")
        invalidate_caches()

    own = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["aigc_lsp.plugins"]
    add("aigc-lsp", None, points=own)
    yield add
    for name in set(sys.modules) - before:
        if not name.startswith(("aigc_", "tree_sitter")):
            del sys.modules[name]
    use_languages(bundled_languages())


def info(plugins: Plugins, name: str) -> PluginInfo:
    return next(i for i in plugins.infos if i.name == name)


def test_builtins_come_through_entry_points(add_plugin: AddPlugin) -> None:
    plugins = load_plugins()
    builtin = {i.name for i in plugins.infos if i.builtin}
    assert {"languages", "inline-completion", "runtimes"} <= builtin
    assert [i.reason for i in plugins.infos if i.builtin and i.status != "ok"] == []
    assert [t.name for t in plugins.tasks(InlineTask)] == ["inline-completion"]
    assert [r.name for r in plugins.runtimes()] == ["openvino", "transformers", "fake"]
    assert len(plugins.languages()) == 13


def test_nothing_imports_a_builtin_by_name() -> None:
    for folder in ("plugins", "server", "models", "finetune"):
        for path in (ROOT / folder).rglob("*.py"):
            assert "aigc_plugins.builtin" not in path.read_text(encoding="utf-8"), path


def test_another_distribution_adds_task_runtime_language_and_command(add_plugin: AddPlugin) -> None:
    add_plugin("poet", GOOD)
    plugins = load_plugins()
    found = info(plugins, "poet")
    assert (found.distribution, found.version, found.status, found.builtin) == ("poet", "1.2", "ok", False)
    assert found.hooks == ("aigc_commands", "aigc_languages", "aigc_runtimes", "aigc_tasks")
    assert "haiku" in [t.name for t in plugins.tasks(Task)]
    assert plugins.runtimes()[0].name == "abacus"
    assert language_for("", Path("a.zig")).name == "zig"  # type: ignore[union-attr]
    commands: list[str] = []
    plugins.add_commands(commands)
    assert commands == ["haiku"]


BAD = {
    "raises": ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
    "imports": ("import a_module_that_is_not_there", "ModuleNotFoundError"),
    "exits": ("import sys\nsys.exit(3)", "SystemExit: 3"),
    "syntax": ("def broken(:", "SyntaxError"),
    "signature": (
        "from aigc_plugins.hookspecs import hookimpl\n@hookimpl\ndef aigc_tasks(wrong):\n    return []",
        "wrong hook signature",
    ),
    "unknown": (
        "from aigc_plugins.hookspecs import hookimpl\n@hookimpl\ndef aigc_nonsense():\n    return []",
        "unknown hook aigc_nonsense",
    ),
    "hook-raises": (
        "from aigc_plugins.hookspecs import hookimpl\n@hookimpl\ndef aigc_tasks():\n    raise ValueError('later')",
        "ValueError: later",
    ),
    "wrong-type": (
        "from aigc_plugins.hookspecs import hookimpl\n@hookimpl\ndef aigc_runtimes():\n    return ['fast']",
        "which is no RuntimeSpec",
    ),
    "no-list": (
        "from aigc_plugins.hookspecs import hookimpl\n@hookimpl\ndef aigc_tasks():\n    return 7",
        "a list is expected",
    ),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_bad_plugin_is_blocked_and_the_others_work(kind: str, add_plugin: AddPlugin) -> None:
    source, reason = BAD[kind]
    add_plugin("bad", source, module=f"bad_{kind.replace('-', '_')}")
    add_plugin("poet", GOOD)
    plugins = load_plugins()
    assert info(plugins, "bad").status == "blocked"
    assert reason in info(plugins, "bad").reason
    assert [i.name for i in plugins.blocked] == ["bad"]
    assert info(plugins, "poet").status == "ok"
    assert [t.name for t in plugins.tasks(InlineTask)] == ["inline-completion"]


def test_all_that_a_plugin_gave_goes_when_its_command_hook_raises(add_plugin: AddPlugin) -> None:
    add_plugin("poet", GOOD.replace('app.append("haiku")', "raise SystemExit(1)"))
    plugins = load_plugins()
    plugins.add_commands([])
    assert info(plugins, "poet").status == "blocked"
    assert "abacus" not in [r.name for r in plugins.runtimes()]


def test_hanging_plugin_is_given_up(add_plugin: AddPlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager, "PATIENCE_S", 0.2)
    add_plugin("hang", "import threading\nthreading.Event().wait(5)")
    assert "did not load" in info(load_plugins(), "hang").reason


def test_disabled_plugin_is_not_imported(add_plugin: AddPlugin) -> None:
    add_plugin("poet", GOOD)
    plugins = load_plugins(disabled=["poet", "runtimes"])
    assert info(plugins, "poet").status == "disabled"
    assert "poet" not in sys.modules
    assert plugins.runtimes() == ()


def test_host_can_block_a_plugin_that_failed_later(add_plugin: AddPlugin) -> None:
    plugins = load_plugins()
    plugins.block("runtimes", "raised in a call")
    assert plugins.runtimes() == ()
    assert info(plugins, "runtimes").reason == "raised in a call"


def test_runtime_specs_name_factories_of_the_engine(add_plugin: AddPlugin) -> None:
    for spec in load_plugins().runtimes():
        assert isinstance(spec, RuntimeSpec)
        assert spec.target.startswith("aigc_models.engine.runtimes.")


def test_every_hook_has_a_docstring_with_an_example() -> None:
    from aigc_plugins import hookspecs

    hooks = [value for name, value in vars(hookspecs).items() if name.startswith("aigc_")]
    assert len(hooks) == 6
    assert all("Example:" in (hook.__doc__ or "") for hook in hooks)
    assert len(Path(hookspecs.__file__).read_text().splitlines()) < 66


def test_what_a_process_does_not_need_is_not_asked_for(add_plugin: AddPlugin) -> None:
    add_plugin(
        "haiku-plugin", GOOD + "\nasked = []\nclass Haiku(Haiku):\n    def __init__(self):\n        asked.append(1)\n"
    )
    plugins = load_plugins(hooks=("aigc_runtimes",))
    assert "abacus" in [spec.name for spec in plugins.runtimes()]
    assert plugins.tasks(Task) == ()
    assert sys.modules["haiku_plugin"].asked == []
    assert load_plugins().tasks(Task)
    assert sys.modules["haiku_plugin"].asked == [1]


def test_the_engine_loads_no_task() -> None:
    code = (
        "import sys; from aigc_plugins.manager import load_plugins; load_plugins(hooks=('aigc_runtimes',));"
        "print([name for name in sys.modules if name.startswith('aigc_plugins.tasks.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"
