"""The words that `aigc-lsp testgen` takes: what they mean, and what a shell is offered for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_lsp.cli.testgen_words import complete, modules

SOURCE = "class Cart:\n    def add(self): ...\n    def _own(self): ...\n\nif 1:\n    def check(): ...\n"


@pytest.fixture(autouse=True)
def _folder(home: Path) -> None:
    Path("pkg").mkdir()
    Path("pkg/cart.py").write_text(SOURCE)
    Path("pkg/notes.txt").write_text("")
    Path("a b.py").write_text("def f(): ...\n")


def test_words_for_one_file_come_together() -> None:
    found = modules(("pkg/cart.py::Cart.add", "./pkg/../pkg/cart.py::check"))
    assert [(one.shown, one.names) for one in found] == [("pkg/cart.py", ("Cart.add", "check"))]
    assert [one.names for one in modules(("pkg/cart.py::check", "pkg"))] == [()]
    assert [one.names for one in modules(("pkg/cart.py::Cart::add",))] == [("Cart.add",)]


def test_folders_modules_and_names_are_completed() -> None:
    assert complete("", []) == ["a b.py", "pkg/"]
    assert complete("pkg/", []) == ["pkg/cart.py"]
    assert complete("pkg/n", []) == []
    assert complete("pkg/cart.py::", []) == [
        "pkg/cart.py::Cart", "pkg/cart.py::Cart.add", "pkg/cart.py::Cart._own", "pkg/cart.py::check",
    ]  # fmt: skip
    assert complete("pkg/cart.py::ch", []) == ["pkg/cart.py::check"]
    assert complete("gone.py::", []) == []


def test_a_folder_means_other_languages_where_it_is_a_project_of_theirs() -> None:
    for name in ("web/a.js", "web/a.test.js", "web/__tests__/b.js", "web/types.d.ts", "web/vite.config.ts", "go/a.go"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("")
    assert [one.shown for one in modules((".",))] == ["a b.py", "pkg/cart.py"]
    assert [one.shown for one in modules(("web/a.js",))] == ["web/a.js"]
    Path("web/package.json").write_text("{}")
    Path("go/go.mod").write_text("module m\n")
    assert sorted(one.shown for one in modules((".",))) == ["a b.py", "go/a.go", "pkg/cart.py", "web/a.js"]


def test_bash_splits_words_at_colons() -> None:
    assert complete("ch", ["pkg/cart.py", "::"]) == ["check"]


@pytest.mark.parametrize(
    ("words", "found"),
    [(["pkg/cart.py::ch"], "pkg/cart.py::check"), (["pkg/cart.py", "::", "ch"], "check"), (["pk"], "pkg/")],
)
def test_the_shell_gets_them(home: Path, words: list[str], found: str) -> None:
    line = " ".join(["aigc-lsp", "testgen", *words])
    env = {
        **os.environ, "_AIGC_LSP_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) + 1),
    }  # fmt: skip
    code = "import sys; from aigc_lsp.cli.app import run; sys.exit(run([]))"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [found]
