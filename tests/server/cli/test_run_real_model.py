"""Each built-in task on the command line, with the embedded model, on files in a repository.

What the model says is its affair; that the result keeps what the task promises is looked at here.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aigc_models import paths
from aigc_models.catalog import load_catalog
from aigc_models.store import ModelMissingError, resolve
from aigc_plugins.document import Document
from cli_helpers import ALL_BUILTIN, ROOT, distribution

pytestmark = pytest.mark.real_model
STATS = '''"""Figures of samples."""

import json
import math


def mean(values, default=0.0):
    if not values:
        return default
    return sum(values) / len(values)


def is_even(number):
    if number % 2 == 0:
        return True
    else:
        return False


def label(name, count):
    return "{}: {}".format(name, count)


def spread(values):
    centre = mean(values)
    squares = [(value - centre) ** 2 for value in values]
    total = sum(squares)
    return math.sqrt(total / len(values))


def squares_of(values):
    result = []
    for value in values:
        result.append(value * value)
    return result
'''
USE = "from stats import mean, spread\n\nprint(mean([1, 2, 3]), spread([1, 2]))\n"
STUB = "def total_length(words):\n"


@dataclass(frozen=True)
class Machine:
    """A fresh home with the model as this user has it, and a repository to work in."""

    work: Path
    environment: dict[str, str]

    def aigc(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command line in the repository."""
        return self.python("-m", "aigc_lsp", *words)

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the repository."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.work, env=self.environment, capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip

    def written(self, *words: str) -> str:
        """Run a task with `--write` and return the file `stats.py`, which parses."""
        done = self.aigc(*words, "--write")
        assert done.returncode == 0, done.stderr
        text = (self.work / "stats.py").read_text()
        ast.parse(text)
        return text


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the environment of a fresh home, whose engine the tests of this module share."""
    name = load_catalog().default_model.name
    try:
        resolve(name)
    except ModelMissingError as error:
        pytest.fail(f"These tests need the embedded model: run `aigc-lsp models pull {name}`. ({error})")
    folder = tmp_path_factory.mktemp("aigc")
    (folder / "home").mkdir()
    (folder / "home" / "cache").symlink_to(paths.cache_dir())
    (folder / "home" / "data").symlink_to(paths.data_dir())
    site = distribution(folder / "site", "aigc-lsp", ALL_BUILTIN)
    sources = [str(site), *(str(ROOT / one) for one in ("models", "plugins", "server", "finetune"))]
    environment = {
        **os.environ, "AIGC_LSP_HOME": str(folder / "home"), "PYTHONPATH": os.pathsep.join(sources), "NO_COLOR": "1",
    }  # fmt: skip
    yield environment
    subprocess.run([sys.executable, "-m", "aigc_lsp", "engine", "stop"], env=environment, check=False)


@pytest.fixture
def machine(tmp_path: Path, home: dict[str, str]) -> Machine:
    (tmp_path / "stats.py").write_text(STATS)
    (tmp_path / "use.py").write_text(USE)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return Machine(tmp_path, home)


def line_of(text: str) -> int:
    return STATS[: STATS.index(text)].count("\n") + 1


def function(text: str, name: str) -> ast.FunctionDef:
    (found,) = (one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef) and one.name == name)
    return found


def others(text: str, name: str) -> list[str]:
    """Return all statements of a file but a function's."""
    return [ast.dump(one) for one in ast.parse(text).body if getattr(one, "name", "") != name]


def run_of(text: str, expression: str) -> object:
    """Return what an expression is in a file's namespace."""
    scope: dict[str, object] = {}
    exec(compile(text, "stats.py", "exec"), scope)
    return eval(expression, scope)


def test_a_docstring_is_all_that_changes(machine: Machine) -> None:
    text = machine.written("docstring", "stats.py:mean")
    found = function(text, "mean")
    assert ast.get_docstring(found)
    del found.body[0]
    assert ast.dump(found) == ast.dump(function(STATS, "mean"))
    assert others(text, "mean") == others(STATS, "mean")


def test_annotations_are_all_that_changes(machine: Machine) -> None:
    text = machine.written("annotate", "stats.py:mean")
    found = function(text, "mean")
    assert found.args.args[1].annotation is not None  # its default tells it
    for argument in found.args.args:
        argument.annotation = None
    found.returns = None
    assert ast.dump(found) == ast.dump(function(STATS, "mean"))


def test_a_name_of_the_model_s_is_used_everywhere(machine: Machine) -> None:
    text = machine.written("rename", "stats.py:mean")
    assert "def mean(" not in text
    assert (machine.work / "use.py").read_text() != USE
    done = machine.python("use.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "2.0 0.5\n"


def test_a_fix_is_what_the_checker_no_longer_reports(machine: Machine) -> None:
    assert machine.written("fix", f"stats.py:{line_of('import json')}") == STATS.replace("import json\n", "")


def test_extracted_code_does_the_same(machine: Machine) -> None:
    line = line_of("return math.sqrt")
    text = machine.written("extract-variable", f"stats.py:{line}:22-{line}:41")
    assert "total / len(values)\n" in text
    assert run_of(text, "spread([1, 2])") == 0.5


def test_an_extracted_function_does_the_same(machine: Machine) -> None:
    first, last = line_of("squares = ["), line_of("total = sum")
    text = machine.written("extract-function", f"stats.py:{first}-{last}")
    assert len(ast.parse(text).body) == len(ast.parse(STATS).body) + 1
    assert run_of(text, "spread([1, 2])") == 0.5


def test_an_inlined_variable_is_gone(machine: Machine) -> None:
    text = machine.written("inline", f"stats.py:{line_of('total = sum')}:5")
    assert "total" not in text
    assert run_of(text, "spread([1, 2])") == 0.5


def test_simpler_code_does_the_same(machine: Machine) -> None:
    text = machine.written("simplify", "stats.py:is_even")
    assert len(text) < len(STATS)
    assert run_of(text, "[is_even(2), is_even(3)]") == [True, False]


def test_modern_code_does_the_same(machine: Machine) -> None:
    text = machine.written("modernise", "stats.py:label")
    assert ".format" not in text
    assert run_of(text, "label('a', 1)") == "a: 1"


def test_faster_code_is_faster_or_not_offered(machine: Machine) -> None:
    done = machine.aigc("optimise", "stats.py:squares_of", "--write")
    text = (machine.work / "stats.py").read_text()
    assert done.returncode in (0, 5), done.stderr
    assert (text == STATS) == (done.returncode == 5)
    assert run_of(text, "squares_of([1, 2, 3])") == [1, 4, 9]


def test_an_edit_is_made_as_asked(machine: Machine) -> None:
    text = machine.written("edit", "stats.py:squares_of", "--instruction", "use a list comprehension")
    assert others(text, "squares_of") == others(STATS, "squares_of")
    assert any(isinstance(one, ast.ListComp) for one in ast.walk(function(text, "squares_of")))


def test_a_body_is_written_for_a_signature(machine: Machine) -> None:
    (machine.work / "stats.py").write_text(STUB)
    text = machine.written("generate", "stats.py:total_length")
    assert text.startswith(STUB)
    assert len(function(text, "total_length").body) >= 1


def test_an_explanation_names_what_the_code_has(machine: Machine) -> None:
    done = machine.aigc("explain", "stats.py:mean")
    assert done.returncode == 0, done.stderr
    assert "`values`" in done.stdout
    assert "`default`" in done.stdout


def test_a_summary_names_every_function(machine: Machine) -> None:
    done = machine.aigc("summarise", "stats.py")
    assert done.returncode == 0, done.stderr
    assert all(f"def {name}(" in done.stdout for name in ("mean", "is_even", "label", "spread", "squares_of"))


def test_a_commit_message_is_about_what_is_staged(machine: Machine) -> None:
    subprocess.run(["git", "add", "use.py"], cwd=machine.work, check=True)
    done = machine.aigc("commit-message")
    assert done.returncode == 0, done.stderr
    subject = done.stdout.splitlines()[0]
    assert 0 < len(subject) <= 72
    assert "stats.py" not in done.stdout


def test_a_translation_is_code_of_that_language(machine: Machine) -> None:
    done = machine.aigc("translate", "stats.py:is_even", "--language", "typescript", "--json")
    assert done.returncode == 0, done.stderr
    page = json.loads(done.stdout)["page"]
    assert page["language_id"] == "typescript"
    tree = Document("file:///a.ts", "typescript", page["text"]).tree
    assert tree is not None
    assert tree.errors() == 0
    assert "isEven" in page["text"] or "is_even" in page["text"]
    assert (machine.work / "stats.py").read_text() == STATS
