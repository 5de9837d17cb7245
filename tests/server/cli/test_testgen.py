"""`aigc-lsp testgen`: what its options do, what it prints and writes, and how it ends. The loop is a stand-in here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aigc_models.types import AigcError
from aigc_plugins.action import NewFile, WithheldError
from aigc_plugins.sandbox import rungs
from aigc_plugins.sandbox.limits import Rung
from aigc_plugins.testgen.parts import Figures
from cli_helpers import Done
from cli_helpers.testgen import BUG, Standin, generated

Aigc = Callable[..., Done]
SOURCE = "def one(n):\n    return n if n > 1 else 1\n\n\ndef two(n):\n    return n\n"


@pytest.fixture
def loop(home: Path, monkeypatch: pytest.MonkeyPatch) -> Standin:
    """Give the stand-in, in a working folder with a module, and a sandbox that works."""
    monkeypatch.setattr(rungs, "probe", lambda name: Rung(name, True))
    Path("shop.py").write_text(SOURCE)
    return Standin().install(monkeypatch)


def test_the_diff_is_printed_and_nothing_written(aigc: Aigc, loop: Standin) -> None:
    done = aigc("testgen", "shop.py", "--no-model")
    assert done.status == 0
    assert done.out.startswith("--- /dev/null\n+++ b/tests/test_shop.py\n@@")
    assert "+def test_two():\n" in done.out
    assert not Path("tests").exists()
    assert "Nothing was written: --write does that." in done.err


def test_the_summary_says_what_was_and_is_reached(aigc: Aigc, loop: Standin) -> None:
    done = aigc("testgen", "shop.py", "--no-model")
    lines = [line.split() for line in done.err.splitlines()]
    assert ["module", "tests", "lines", "branches", "mutants", "seconds"] in lines
    assert "shop.py 2 40 → 100 % 50 → 100 % 0 → 90 % 1.2" in [" ".join(line) for line in lines]


def test_the_diff_applies_with_git(aigc: Aigc, loop: Standin) -> None:
    Path("cart.py").write_text("def three(n):\n    return n\n")
    done = aigc("testgen", "shop.py", "cart.py", "--no-model", "-q")
    subprocess.run(["git", "apply"], input=done.out, text=True, check=True)
    assert Path("tests/test_cart.py").read_text().endswith("def test_three():\n    assert three(1) == 1\n")
    assert Path("tests/test_shop.py").exists()


def test_quiet_prints_the_diff_alone(aigc: Aigc, loop: Standin) -> None:
    done = aigc("testgen", "shop.py", "--no-model", "-q")
    assert done.out.startswith("---")
    assert done.err == ""


def test_tests_are_written_where_that_is_asked_for(aigc: Aigc, loop: Standin) -> None:
    done = aigc("testgen", "shop.py::two", "--write", "--no-model")
    assert done.status == 0
    assert done.out == ""
    assert Path("tests/test_shop.py").read_text() == "from shop import *\n\n\ndef test_two():\n    assert two(1) == 1\n"
    assert "Wrote tests/test_shop.py." in done.err
    done = aigc("testgen", "shop.py::one", "--write", "--diff", "--no-model")  # and now into the file that is there
    assert done.out.count("\n+def test_") == 1
    assert Path("tests/test_shop.py").read_text().count("def test_") == 2


def test_a_module_that_changed_meanwhile_gets_no_tests(aigc: Aigc, loop: Standin) -> None:
    def make(subject: Any, *_: Any) -> Any:
        subject.path.write_text("theirs = 1\n")
        return generated(subject)

    loop.make = make
    done = aigc("testgen", "shop.py", "--write", "--no-model")
    assert done.status == 1
    assert "shop.py changed while its tests were written. Run it again." in done.err
    assert not Path("tests").exists()


def test_a_test_file_that_changed_meanwhile_is_left_alone(aigc: Aigc, loop: Standin) -> None:
    def make(subject: Any, *_: Any) -> Any:
        subject.conventions.file.write_text("theirs = 1\n")
        return generated(subject)

    Path("tests").mkdir()
    Path("tests/test_shop.py").write_text("ours = 1\n")
    loop.make = make
    done = aigc("testgen", "shop.py", "--write", "--no-model")
    assert done.status == 5
    assert "the file changed meanwhile" in done.err
    assert Path("tests/test_shop.py").read_text() == "theirs = 1\n"


@pytest.mark.parametrize("options", [(), ("--write",)])
def test_nothing_is_written_through_a_link_out_of_the_project(
    aigc: Aigc, loop: Standin, options: tuple[str, ...]
) -> None:
    outside = Path.cwd().parent / "outside"
    outside.mkdir()
    Path("tests").symlink_to(outside)
    done = aigc("testgen", "shop.py", "--no-model", *options)
    assert done.status == 5
    assert "outside of the workspace" in done.err
    assert list(outside.iterdir()) == []


def test_modules_whose_tests_share_a_file_build_on_each_other(aigc: Aigc, loop: Standin) -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "shop.py").write_text(f"def of_{folder}(n):\n    return n\n")
    Path("pyproject.toml").write_text("")
    done = aigc("testgen", "a", "b", "--no-model", "--jobs", "4", "-q")
    assert done.status == 0
    subprocess.run(["git", "apply"], input=done.out, text=True, check=True)
    text = Path("tests/test_shop.py").read_text()
    Path("tests/test_shop.py").unlink()
    assert aigc("testgen", "a", "b", "--no-model", "--jobs", "4", "--write").status == 0
    assert Path("tests/test_shop.py").read_text() == text
    assert "test_of_a" in text
    assert "test_of_b" in text


def test_json_is_one_document_and_stable(aigc: Aigc, loop: Standin) -> None:
    loop.make = lambda subject, *_: generated(
        subject, suspicions=(BUG,), notes=("two: it reads a clock",), complete=False
    )
    done = aigc("testgen", "shop.py::one", "--json", "--no-model", "--seed", "7")
    data = done.json
    assert (data["schema"], data["seed"], data["model"], data["exit_status"]) == (1, 7, None, 0)
    module = data["modules"][0]
    assert module["path"] == "shop.py"
    assert module["status"] == "tests"
    assert module["test_file"] == "tests/test_shop.py"
    assert module["written"] is False
    assert module["diff"].startswith("--- /dev/null")
    assert module["module"] == "shop"
    assert module["targets"] == ["one"]
    row = {"target": "one", "call": "one(1)", "origin": "search", "branches": [1], "kills": [1]}
    assert module["tests"] == [{"name": "test_one", "rows": [row]}]
    assert module["after"] == {
        "lines": [10, 10], "branches": [4, 4], "mutants": [9, 10], "coverage_percent": 100.0, "mutation_percent": 90.0,
    }  # fmt: skip
    assert module["missed_branches"] == [{"number": 3, "function": "one", "line": 2, "way": "false"}]
    assert [one["after"] for one in module["mutants"]["killed"]] == ["n >= 1"]
    assert module["possible_bugs"] == [
        {"target": "one", "line": 2, "kind": "example", "call": "one(2)", "promised": "3", "observed": "2"}
    ]
    assert module["origins"][0] == {"name": "model", "proposed": 4, "ran": 3, "kept": 1}
    assert module["complete"] is False
    assert data["total"]["tests"] == 1
    assert data["total"]["possible_bugs"] == 1
    assert loop.options[0].seed == 7


def test_possible_bugs_are_told_and_fail_only_where_that_is_asked_for(aigc: Aigc, loop: Standin) -> None:
    loop.make = lambda subject, *_: generated(subject, suspicions=(BUG,))
    done = aigc("testgen", "shop.py", "--no-model")
    assert done.status == 0
    assert "  shop.py:2: one(2)\n" in done.err
    assert "promised: 3" in done.err
    done = aigc("testgen", "shop.py", "--no-model", "--fail-on-bugs", "-q")
    assert done.status == 1
    assert done.err == "aigc-lsp: 1 possible bug.\n"


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--min-mutation", "90"), 0, ""),
        (("--min-mutation", "90.1"), 1, "the mutation score is 90.0 %, below 90.1 %."),
        (("--min-coverage", "100"), 0, ""),
        (("--min-coverage", "50", "--min-mutation", "95"), 1, "the mutation score is 90.0 %"),
    ],
)
def test_demands_decide_the_exit_status(
    aigc: Aigc, loop: Standin, options: tuple[str, ...], status: int, words: str
) -> None:
    done = aigc("testgen", "shop.py", "--no-model", "--write", "-q", *options)
    assert done.status == status
    assert words in done.err
    assert Path("tests/test_shop.py").exists()  # good tests stay, whatever is missing


def test_tests_that_reach_all_already_are_no_failure(aigc: Aigc, loop: Standin) -> None:
    full = Figures((2, 2), (0, 0), (3, 3))
    loop.make = lambda subject, *_: generated(subject, change=None, tests=(), before=full, after=full)
    done = aigc("testgen", "shop.py", "--no-model")
    assert (done.status, done.out) == (0, "")
    assert "the existing tests already reach all" in done.err


def test_nothing_that_could_be_offered_has_a_status_of_its_own(aigc: Aigc, loop: Standin) -> None:
    half = Figures((1, 2), (0, 0), (1, 3))
    loop.make = lambda subject, *_: generated(
        subject, change=None, tests=(), before=half, after=half, notes=("why: so",)
    )
    done = aigc("testgen", "shop.py", "--no-model")
    assert done.status == 5
    assert "shop.py: why: so" in done.err
    assert aigc("testgen", "shop.py", "--no-model", "--min-mutation", "30").status == 0  # what was demanded is there
    loop.make = lambda *_: (_ for _ in ()).throw(WithheldError("It cannot be imported: no module named x."))
    done = aigc("testgen", "shop.py", "--no-model")
    assert done.status == 5
    assert "It cannot be imported" in done.err


def test_one_module_that_fails_leaves_the_others_alone(aigc: Aigc, loop: Standin) -> None:
    def make(subject: Any, *_: Any) -> Any:
        if subject.name == "shop":
            raise AigcError("The disk is full.")
        if subject.name == "odd":
            raise KeyError("x")
        return generated(subject)

    loop.make = make
    Path("cart.py").write_text("def three(n):\n    return n\n")
    Path("odd.py").write_text("def four(n):\n    return n\n")
    done = aigc("testgen", "shop.py", "odd.py", "cart.py", "--no-model", "--json")
    assert done.status == 1
    assert [one["status"] for one in done.json["modules"]] == ["failed", "failed", "tests"]
    assert "aigc-lsp: shop.py: The disk is full." in done.err
    assert "KeyError: 'x'" in done.err


def test_wrong_words_are_told_before_anything_runs(aigc: Aigc, loop: Standin) -> None:
    for words, message in (
        ((), "name a module, a folder, or --since REV"),
        (("gone.py",), "there is no gone.py"),
        (("shop.py::oen",), "did you mean one"),
        (("shop.py", "--json", "--diff"), "--json has the diff in it"),
        (("shop.py", "--html", "gone/report.html"), "cannot be written"),
        (("shop.py", "--python", "gone"), "there is no interpreter gone"),
        ((".::one",), "is a folder"),
    ):
        done = aigc("testgen", *words)
        assert done.status == 2
        assert message in " ".join(done.err.replace("│", " ").split())
    assert loop.options == []


def test_a_folder_means_its_modules_without_tests_and_what_is_ignored(aigc: Aigc, loop: Standin) -> None:
    for name in (
        "tests/test_a.py",
        "tests/data.py",
        "built.py",
        "pkg/core.py",
        "pkg/core_test.py",
        "conftest.py",
        "a.txt",
    ):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("def f(n):\n    return n\n")
    Path("pkg/__init__.py").write_text("from .core import f\n")
    Path(".aigcignore").write_text("built.py\n")
    done = aigc("testgen", ".", "--no-model", "--json")
    assert sorted({one[0] for one in loop.analysed}) == ["__init__.py", "core.py", "shop.py"]
    assert [one["path"] for one in done.json["modules"]] == ["shop.py", "pkg/core.py"]  # the third has nothing to test


def test_a_file_of_a_folder_that_is_no_text_is_left_out(aigc: Aigc, loop: Standin) -> None:
    Path("latin.py").write_bytes(b"# \xe9\n")
    done = aigc("testgen", ".", "--no-model")
    assert done.status == 0
    assert "is not UTF-8 text" in done.err
    assert aigc("testgen", "latin.py", "--no-model").status == 2


def test_other_languages_are_named(aigc: Aigc, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rungs, "probe", lambda name: Rung(name, True))
    Path("main.rs").write_text("fn main() {}\n")
    done = aigc("testgen", "main.rs", "--no-model")
    assert done.status == 5
    assert "Tests are generated for Python, JavaScript, TypeScript, Go and Java, not for Rust." in done.err


def test_without_a_sandbox_nothing_runs_unless_the_user_insists(
    aigc: Aigc, loop: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rungs, "probe", lambda name: Rung(name, False, "it is forbidden"))
    done = aigc("testgen", "shop.py", "--no-model")
    assert done.status == 1
    assert "No sandbox works on this machine" in done.err
    assert "--unsafe" in done.err
    assert loop.options == []
    done = aigc("testgen", "shop.py", "--no-model", "--unsafe")
    assert done.status == 0
    assert "WITH YOUR RIGHTS" in done.err
    assert len(loop.options) == 1
    monkeypatch.setattr(rungs, "probe", lambda name: Rung(name, True))
    assert "--unsafe has no effect" in aigc("testgen", "shop.py", "--no-model", "--unsafe").err


def test_the_html_report_is_written(aigc: Aigc, loop: Standin) -> None:
    done = aigc("testgen", "shop.py", "--no-model", "--html", "report.html")
    assert (done.status, done.out) == (0, "")
    assert "<title>Generated tests</title>" in Path("report.html").read_text()
    assert "The report is in report.html." in done.err


def test_a_model_that_cannot_be_had_is_told_and_done_without(
    aigc: Aigc, loop: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aigc_plugins import manager
    from aigc_plugins.testgen.parts import TestProposer

    class Asks(TestProposer):
        name, model = "asks", True

        def propose(self, subject: Any, goals: Any, job: Any) -> Any:
            return ()

    monkeypatch.setattr(manager.Plugins, "test_proposers", lambda self: (Asks(),))
    done = aigc("testgen", "shop.py", "--model", "no-such-model-at-all")
    assert done.status == 0
    assert [line for line in done.err.splitlines() if line.startswith("No model is asked: ")]
    assert loop.options[0].model is False
    assert [one.name for one in loop.jobs[0].test_proposers] == ["asks"]


def test_a_fault_of_the_file_change_is_seen_without_writing_as_well(aigc: Aigc, loop: Standin) -> None:
    loop.make = lambda subject, *_: replace(generated(subject), change=NewFile(Path("/etc/cron.d/x"), "y\n"))
    done = aigc("testgen", "shop.py", "--no-model")
    assert (done.status, done.out) == (5, "")


def test_the_help_is_quick_and_knows_the_command(command: Callable[..., Done]) -> None:
    done = command("testgen", "--help")
    assert done.status == 0
    assert "--min-mutation" in done.out
    assert json.dumps(done.err) == '""'
