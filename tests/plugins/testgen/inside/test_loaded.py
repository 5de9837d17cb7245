"""A module is loaded instrumented under its own name, with its package, and says what ran."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aigc_plugins.testgen.inside.loaded import EndlessError, Loaded, LoadError, install, load

TEXT = '''"""Doc."""
from __future__ import annotations

from .other import LIMIT


def clip(n: int) -> int:
    if n > LIMIT:
        return LIMIT
    return n


def named(text):
    return text.startswith("id:") or text in ("none", "all")


def forever(n):
    while n:
        n += 1
    return n
'''


@pytest.fixture(autouse=True)
def interpreter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    modules = dict(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]
    sys.modules.update(modules)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "shop_pkg"
    folder.mkdir()
    (folder / "__init__.py").write_text("from .mod import clip\n")
    (folder / "other.py").write_text("LIMIT = 5\n")
    (folder / "mod.py").write_text("raise RuntimeError('the file, not the text')\n")
    return folder


def loaded(package: Path, text: str = TEXT) -> Loaded:
    return load(text, "shop_pkg.mod", str(package / "mod.py"), [str(package.parent)])


def mutant(of: Loaded, before: str, after: str) -> int:
    (number,) = [one.number for one in of.mutants if (one.before, one.after) == (before, after)]
    return number


def test_the_text_runs_under_its_name_and_its_package_sees_it(package: Path) -> None:
    found = loaded(package)
    module = found.module
    assert module is sys.modules["shop_pkg.mod"]
    assert (module.__file__, module.__package__, module.__doc__) == (str(package / "mod.py"), "shop_pkg", "Doc.")
    assert module.__spec__ is not None
    assert module.__spec__.origin == str(package / "mod.py")
    assert sys.modules["shop_pkg"].clip is module.clip
    (package / "mod.py").write_text(TEXT)
    assert inspect.getsourcelines(module.clip)[1] == 7
    loader: Any = module.__loader__
    assert loader.get_source("shop_pkg.mod") == TEXT


def test_what_ran_is_told_until_the_next_beginning(package: Path) -> None:
    found = loaded(package)
    found.begin()
    assert found.module.clip(9) == 5
    assert [(one.line, one.way) for one in found.branches if one.number in found.taken()] == [
        (7, "entered"),
        (8, "true"),
    ]
    reached = found.reached()
    assert {one.before for one in found.mutants if one.number in reached} == {"n > LIMIT", "LIMIT"}
    assert found.taken() == found.taken()
    found.begin()
    assert found.taken() == found.reached() == frozenset()


def test_a_mutant_runs_instead_and_only_until_the_next_beginning(package: Path) -> None:
    found = loaded(package)
    number = mutant(found, "n > LIMIT", "False")
    found.begin(number)
    assert found.module.clip(9) == 9
    assert number in found.reached()
    assert sys.modules["shop_pkg"].clip(9) == 9
    found.begin()
    assert found.module.clip(9) == 5
    with pytest.raises(IndexError):
        found.begin(len(found.mutants) + 1)


def test_comparisons_are_kept_when_asked_for(package: Path) -> None:
    found = loaded(package)
    found.begin()
    found.module.clip(9)
    assert found.compared() == []
    found.watch_comparisons = True
    found.begin()
    assert found.module.named("x") is False
    assert found.module.clip(9) == 5
    assert found.compared() == ["x", "id:", "x", "none", "all", 9, 5]
    assert found.taken()
    assert len(found.reached()) > 10
    found.begin(mutant(found, "n > LIMIT", "n >= LIMIT"))
    assert found.module.clip(5) == 5
    found.begin()
    assert found.compared() == []


def test_a_loop_without_end_is_ended_at_the_same_round(package: Path) -> None:
    found = loaded(package)
    found.most_rounds = 100
    found.begin(mutant(found, "n += 1", "pass"))
    with pytest.raises(EndlessError, match="line 18 went round 100 times"):
        found.module.forever(1)
    found.begin()
    assert found.module.forever(-100) == 0
    found.begin()
    with pytest.raises(EndlessError):
        found.module.forever(-101)


ON_IMPORT = """
import re
from dataclasses import dataclass
LIMIT = 5
NAMES = ("a", "b")
WORD = re.compile("a+")
sentinel = object()
def limited(n): return n < LIMIT
def known(n): return n in NAMES
def word(n): return bool(WORD.fullmatch(n))
def defaults(n=1, *, k=True, other=sentinel): return n, k, other is sentinel
class C:
    size = 3
    def m(self, a=7): return a + self.size
    @staticmethod
    def s(a="x"): return a
@dataclass
class D:
    x: int = 4
"""
SHOWN = [
    ("5", "6", "limited(5)", "False", "True"),
    ("'a'", "'XXaXX'", "known('a')", "True", "False"),
    ("'a+'", "'XXa+XX'", "word('a')", "True", "False"),
    ("1", "2", "defaults()", "(1, True, True)", "(2, True, True)"),
    ("True", "False", "defaults()", "(1, True, True)", "(1, False, True)"),
    ("3", "4", "C().m()", "10", "11"),
    ("7", "6", "C().m()", "10", "9"),
    ("'x'", "'XXxXX'", "C.s()", "'x'", "'XXxXX'"),
    ("4", "5", "D().x", "4", "5"),
]


@pytest.fixture
def constants(package: Path) -> Loaded:
    (package / "__init__.py").write_text("")
    return loaded(package, ON_IMPORT)


@pytest.mark.parametrize(("before", "after", "call", "plain", "other"), SHOWN)
def test_constants_and_defaults_are_changed_and_changed_back(
    constants: Loaded, before: str, after: str, call: str, plain: str, other: str
) -> None:
    names = dict(vars(constants.module))  # as a test that has imported them has
    constants.begin()
    assert repr(eval(call, names)) == plain
    number = mutant(constants, before, after)
    assert number in constants.reached()
    constants.begin(number)
    assert repr(eval(call, names)) == other
    constants.begin()
    assert repr(eval(call, names)) == plain
    assert vars(constants.module) == {key: one for key, one in names.items() if key in vars(constants.module)}


def test_a_constant_shows_only_where_it_is_read(constants: Loaded) -> None:
    constants.begin()
    constants.module.known("a")
    assert mutant(constants, "5", "6") not in constants.reached()


def test_with_a_fault_that_prevents_the_import_nothing_can_be_called(package: Path) -> None:
    (package / "__init__.py").write_text("")
    found = loaded(package, "SIZES = (1, 2)\nTOTAL = [SIZES[1] // SIZES[0]]\ndef f(): return TOTAL\n")
    found.begin(mutant(found, "(1, 2)", "(1,)"))
    with pytest.raises(ImportError):
        found.module.f()
    found.begin()
    assert found.module.f() == [2]


def test_a_package_is_loaded_with_its_modules(package: Path) -> None:
    (package / "mod.py").write_text("X = 3\n")
    text = "from . import mod\nfrom .other import LIMIT\ndef f(): return mod.X + LIMIT\n"
    found = load(text, "shop_pkg", str(package / "__init__.py"), [str(package.parent)])
    assert found.module.f() == 8
    assert found.module.__path__ == [str(package)]
    assert importlib.reload(found.module).f() == 8
    found.begin(mutant(found, "mod.X + LIMIT", "mod.X"))
    assert found.module.f() == 3


def test_what_was_imported_before_is_imported_anew_with_its_package(package: Path) -> None:
    (package / "mod.py").write_text("def clip(n): return 'old'\n")
    sys.path.insert(0, str(package.parent))
    old = importlib.import_module("shop_pkg")
    assert old.clip(1) == "old"
    found = loaded(package)
    assert found.module.clip(9) == 5
    assert importlib.import_module("shop_pkg").clip is found.module.clip


def test_a_module_that_runs_here_too_gets_a_copy_of_its_own() -> None:
    import textwrap

    assert textwrap.__file__ is not None
    found = load(Path(textwrap.__file__).read_text(), "textwrap", textwrap.__file__)
    assert found.module is not textwrap
    assert found.module.dedent("  a") == "a"
    assert found.taken()
    assert textwrap.dedent("  a") == "a"


def test_installing_waits_for_the_import(package: Path) -> None:
    sys.path.insert(0, str(package.parent))
    found = install(TEXT, "shop_pkg.mod", str(package / "mod.py"))
    assert found.mutants
    with pytest.raises(LoadError, match="has not been imported"):
        found.module  # noqa: B018
    from shop_pkg.mod import clip  # type: ignore[import-not-found]

    found.begin(mutant(found, "n > LIMIT", "False"))
    assert clip(9) == 9


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def f(:\n", "SyntaxError"),
        ("import missing_module_name\n", "ModuleNotFoundError: No module named 'missing_module_name'"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("1 / 0\n", "ZeroDivisionError"),
    ],
)
def test_why_a_module_cannot_be_loaded_is_said(package: Path, text: str, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        loaded(package, text)
    assert "shop_pkg.mod" not in sys.modules


def test_a_name_that_another_file_has_is_refused(package: Path) -> None:
    (package / "__init__.py").write_text(
        "import sys, types\nsys.modules['shop_pkg.mod'] = types.ModuleType('shop_pkg.mod')\n"
    )
    with pytest.raises(LoadError, match="another module"):
        loaded(package)
