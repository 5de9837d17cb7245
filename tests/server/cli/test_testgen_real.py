"""`aigc-lsp testgen` as a whole, without a model: real code, a real sandbox, real tests."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_plugins.sandbox import SandboxUnavailableError, which_rung
from cli_helpers import ALL_BUILTIN, Done, distribution

ROOT = Path(__file__).parents[3]
SOURCE = '''"""Prices."""


def price(text: str) -> int:
    """Return a price in cents.

    >>> price("3")
    3
    """
    if not text:
        raise ValueError("there is no price")
    euros, _, cents = text.partition(".")
    return int(euros) * 100 + int(cents or 0)


def cheaper(one: int, other: int) -> int:
    """Return the lower one of two prices."""
    if one < other:
        return one
    return other
'''


TESTS = "from shop.prices import cheaper\n\n\ndef test_cheaper():\n    assert cheaper(1, 2) == 1\n"


def _sandbox() -> bool:
    try:
        which_rung()
    except SandboxUnavailableError:
        return False
    return True


pytestmark = pytest.mark.skipif(not _sandbox(), reason="no sandbox works here")


@pytest.fixture
def project(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project with a `src` layout and a test, and all built-in plugins."""
    site = distribution(tmp_path / "all", "aigc-lsp", ALL_BUILTIN)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ["PYTHONPATH"].partition(os.pathsep)[2]]))
    files = {
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["src"]\n',
        "src/shop/__init__.py": "",
        "src/shop/prices.py": SOURCE,
        "tests/test_prices.py": TESTS,
    }
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    return Path.cwd()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_tests_are_written_pass_and_are_the_same_each_time(project: Path, command: Callable[..., Done]) -> None:
    before = contents(project)
    words = ("testgen", "src/shop/prices.py", "--no-model", "--seconds", "90", "--json")
    first = command(*words)
    assert first.status == 0, first.err
    assert contents(project) == before
    module = first.json["modules"][0]
    assert (module["status"], module["complete"]) == ("tests", True)  # by work, not by time
    assert module["after"]["mutants"][0] > module["before"]["mutants"][0] > 0
    assert [(one["call"], one["promised"], one["observed"]) for one in module["possible_bugs"]] == [
        ("price('3')", "3", "300")
    ]

    done = command(*words, "--write")
    assert done.json["modules"][0]["diff"] == module["diff"]
    text = Path("tests/test_prices.py").read_text()
    assert TESTS.partition("\n\n\n")[2] in text  # what was there stays
    functions = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)]
    assert "test_cheaper" in [one.name for one in functions]
    assert len(functions) == 1 + len(module["tests"])
    run = subprocess.run([sys.executable, "-m", "pytest", "-q"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_the_projects_fixtures_are_used(project: Path, command: Callable[..., Done]) -> None:
    shutil.copytree(ROOT / "examples" / "shop", "shop")
    os.chdir("shop")
    before = contents(Path.cwd())
    done = command("testgen", "src/shop/basket.py::Basket", "--no-model", "--seconds", "60", "--json")
    assert done.status == 0, done.err
    assert contents(Path.cwd()) == before
    (module,) = done.json["modules"]
    assert module["test_file"] == "tests/test_basket.py"
    assert "fixtures of the project" in [one["name"] for one in module["origins"] if one["kept"]]
    assert "(basket" in module["diff"]
    assert module["after"]["mutants"][0] > module["before"]["mutants"][0] > 0


def test_ctrl_c_keeps_what_is_good_so_far(project: Path) -> None:
    words = ["testgen", "src/shop/prices.py", "--no-model", "--seconds", "20"]
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "prices.py" in process.stderr.readline()
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=50)
    assert process.returncode == 130
    assert "Ending; keeps what is good so far." in err
    assert "Traceback" not in err
    assert out.startswith("--- a/tests/test_prices.py\n") or "nothing could be offered" in err
