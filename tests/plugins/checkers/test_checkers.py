"""The checkers: real runs of mypy and Ruff, stubs for the others, and what of a workspace is never run."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
from tests.task_helpers import FakeJob

from aigc_plugins.api import Diagnostic, WithheldError
from aigc_plugins.checkers import appeared, checker_for, diagnostics_for, is_gone, matching, type_checker
from aigc_plugins.checkers.base import program
from aigc_plugins.checkers.mypy import Mypy
from aigc_plugins.checkers.mypy_settings import settings_text
from aigc_plugins.checkers.pyright import Pyright
from aigc_plugins.checkers.ruff import Ruff
from aigc_plugins.checkers.tsc import Tsc
from aigc_plugins.document import Document

TSC = Path(__file__).parents[3] / "editors/vscode/node_modules/.bin/tsc"


@pytest.fixture(autouse=True)
def _home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path_factory.mktemp("home")))


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def snapshot(path: Path, text: str | None = None, language="python"):
    return Document(path.as_uri(), language, path.read_text() if text is None else text, 1).snapshot()


def stub(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def listing(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def test_mypy_checks_the_buffer_not_the_file_and_resolves_relative_imports(tmp_path):
    write(tmp_path, {"pkg/__init__.py": "", "pkg/util.py": "def f(x: int) -> str: ...\n", "pkg/m.py": "X = 1\n"})
    before = listing(tmp_path)
    text = "from .util import f\n\nf('x')\n"
    found = Mypy().check(snapshot(tmp_path / "pkg/m.py", text), text, FakeJob(roots=[tmp_path]))
    assert [(one.code, text.count("\n", 0, one.start)) for one in found] == [("arg-type", 2)]
    assert listing(tmp_path) == before


def test_mypy_sees_bodies_of_functions_without_annotations(tmp_path):
    write(tmp_path, {"m.py": "def f():\n    return 1 + 'a'\n"})
    found = Mypy().check(snapshot(tmp_path / "m.py"), (tmp_path / "m.py").read_text(), FakeJob(roots=[tmp_path]))
    assert [one.code for one in found] == ["operator"]


@pytest.mark.parametrize("name", ["not yet.py", "my-script.py"])
def test_mypy_checks_a_text_without_a_module(tmp_path, name):
    text = "x: int = 'a'\n"
    (tmp_path / "my-script.py").write_text(text)
    found = Mypy().check(snapshot(tmp_path / name, text), text, FakeJob(roots=[tmp_path]))
    assert [one.code for one in found] == ["assignment"]


def test_plugins_of_mypy_in_the_workspace_are_never_imported(tmp_path):
    canary = tmp_path / "canary"
    code = f"open({str(canary)!r}, 'w')\ndef plugin(version): raise SystemExit\n"
    write(
        tmp_path,
        {
            "evil.py": code,
            "mypy.py": code,
            "mypy/__main__.py": code,
            "ruff.py": code,
            "mypy.ini": "[mypy]\nplugins = evil.py\nstrict = True\npython_executable = ./evil\n",
            "m.py": "def f(x): return x\n# mypy: plugins=evil.py\n",
        },
    )
    found = Mypy().check(snapshot(tmp_path / "m.py"), (tmp_path / "m.py").read_text(), FakeJob(roots=[tmp_path]))
    assert "no-untyped-def" in [one.code for one in found]  # the project's strictness holds
    Ruff().check(snapshot(tmp_path / "m.py"), "import os\n", FakeJob(roots=[tmp_path]))
    assert not canary.exists()


def test_only_settings_of_strictness_are_taken_over(tmp_path):
    write(
        tmp_path,
        {
            "pyproject.toml": """
[tool.mypy]
strict = true
plugins = ["evil"]
cache_dir = "/etc"
python_version = "3.12"
disable_error_code = ["misc", "x\\n[evil]"]
mypy_path = ["src", "../../outside"]
custom_typeshed_dir = "evil"
[[tool.mypy.overrides]]
module = ["a.*", "b]\\n[mypy"]
disallow_untyped_defs = false
""",
            "m.py": "",
        },
    )
    text = settings_text(tmp_path / "m.py", tmp_path)
    assert text == (
        f"[mypy]\nignore_missing_imports = True\nmypy_path = {tmp_path}/src\npython_version = 3.12\nstrict = True\n"
        "[mypy-a.*]\ndisallow_untyped_defs = False\n"
    )


def test_ruff_reports_and_repairs_by_the_projects_settings(tmp_path):
    write(tmp_path, {"ruff.toml": "line-length = 40\n[lint]\nselect = ['E501', 'F']\n", "m.py": ""})
    text = "import os\nx = 'é'; y = '" + "a" * 40 + "'\n"
    shot, job = snapshot(tmp_path / "m.py", text), FakeJob(roots=[tmp_path])
    assert sorted(one.code for one in Ruff().check(shot, text, job)) == ["E501", "F401"]
    assert [one.code for one in Ruff().check(shot, text, job, codes=["E702"])].count("E702") == 1
    (repair,) = Ruff().repairs(shot, text, job, ["F401"])
    assert repair.safe
    assert text[repair.edits[0].start : repair.edits[0].end] == "import os\n"
    (tmp_path / "ruff.toml").write_text("required-version = '<0.1'\n")
    assert "F401" in [one.code for one in Ruff().check(shot, text, job)]


def test_tsc_reads_a_copy_by_the_projects_settings(tmp_path, monkeypatch):
    script = """
import json, pathlib, sys
path = pathlib.Path(sys.argv[sys.argv.index("--project") + 1])
config = json.loads(path.read_text())
copy = pathlib.Path(config["files"][0])
assert (copy.parent / "b.ts").read_text() == "export const b = 1\\n"
assert config["extends"].endswith("tsconfig.json"), config
print(f"{copy}(2,5): error TS2304: Cannot find name '{copy.read_text().split()[-1]}'.")
print(f"{copy.parent}/b.ts(1,1): error TS1: other")
sys.exit(2)
"""
    write(tmp_path, {"ws/tsconfig.json": "{}", "ws/src/a.ts": "", "ws/src/b.ts": "export const b = 1\n"})
    stub(tmp_path / "bin/tsc", script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    before = listing(tmp_path / "ws")
    text = "let x = 1\nlet nam\n"
    shot = snapshot(tmp_path / "ws/src/a.ts", text, "typescript")
    (found,) = Tsc().check(shot, text, FakeJob(roots=[tmp_path / "ws"]))
    assert (found.code, text[found.start : found.end], found.source) == ("2304", "nam", "ts")
    assert "Cannot find name 'nam'" in found.message
    assert listing(tmp_path / "ws") == before


@pytest.mark.skipif(not TSC.exists() or shutil.which("node") is None, reason="TypeScript is not installed here")
def test_the_real_tsc_resolves_imports_of_the_project(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{TSC.parent}{os.pathsep}{os.environ['PATH']}")
    write(tmp_path, {"tsconfig.json": '{"compilerOptions": {"strict": true}}', "b.ts": "export const b: number = 1\n"})
    text = "import { b } from './b'\nconst c: string = b\nexport { c }\n"
    found = Tsc().check(snapshot(tmp_path / "a.ts", text, "typescript"), text, FakeJob(roots=[tmp_path]))
    assert [one.code for one in found] == ["2322"]


def test_pyright_gets_rules_but_no_paths_of_the_project(tmp_path, monkeypatch):
    script = """
import json, pathlib, sys
path = pathlib.Path(sys.argv[sys.argv.index("--project") + 1])
config = json.loads(path.read_text())
assert config["reportMissingImports"] == "none" and "venvPath" not in config, config
copy = path.parent / config["include"][0]
print(json.dumps({"generalDiagnostics": [{"file": str(copy), "severity": "error", "message": copy.read_text(),
    "rule": "reportX", "range": {"start": {"line": 0, "character": 2}, "end": {"line": 0, "character": 4}}}]}))
sys.exit(1)
"""
    stub(tmp_path / "bin/pyright", script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    rules = {"venvPath": "/evil", "reportMissingImports": "none", "extraPaths": ["/"]}
    write(tmp_path, {"ws/pyrightconfig.json": json.dumps(rules), "ws/m.py": ""})
    (found,) = Pyright().check(snapshot(tmp_path / "ws/m.py", "𝒳bcd"), "𝒳bcd", FakeJob(roots=[tmp_path / "ws"]))
    assert (found.start, found.end, found.message, found.code) == (1, 3, "𝒳bcd", "reportX")


def test_programs_of_a_workspace_need_trust(tmp_path, monkeypatch):
    stub(tmp_path / "node_modules/.bin/tsc", "")
    write(tmp_path, {"a.ts": ""})
    monkeypatch.setenv("PATH", f"node_modules/.bin{os.pathsep}{tmp_path}/node_modules/.bin")
    monkeypatch.chdir(tmp_path)
    shot = snapshot(tmp_path / "a.ts", "", "typescript")
    assert program(None, ("tsc",), shot, FakeJob(roots=[tmp_path], trusted=False)) is None
    assert program(None, ("tsc",), shot, FakeJob(roots=[tmp_path])) == [str(tmp_path / "node_modules/.bin/tsc")]


def test_a_missing_checker_is_named_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("aigc_plugins.checkers.base.find_spec", lambda name: None)
    write(tmp_path, {"a.py": "x"})
    with pytest.raises(WithheldError, match=r"mypy is not there.*pip install 'aigc-lsp\[checkers\]'"):
        type_checker(snapshot(tmp_path / "a.py"), FakeJob(roots=[tmp_path]))
    with pytest.raises(WithheldError, match="npm install"):
        Tsc().check(snapshot(tmp_path / "a.ts", "", "typescript"), "", FakeJob(roots=[tmp_path]))


def test_without_an_editor_all_checkers_that_are_there_are_asked(tmp_path):
    write(tmp_path, {"m.py": "import os\nx: int = 'a'\n"})
    found = diagnostics_for(snapshot(tmp_path / "m.py"), FakeJob(roots=[tmp_path]))
    shown = [(one.source, one.code) for one in found]
    assert [one for one in shown if one[1] != "I001"] == [("Ruff", "F401"), ("mypy", "assignment")]


def test_moved_reports_are_the_same_and_counted():
    one = Diagnostic(3, 4, 'Name "x" already defined on line 3', "no-redef")
    moved = Diagnostic(30, 31, 'Name "x" already defined on line 12', "no-redef")
    assert appeared([one], [moved]) == []
    assert appeared([one], [moved, one]) == [one]
    assert is_gone(one, [one, moved], [moved])
    assert not is_gone(one, [one], [moved])


def test_an_editors_diagnostic_is_found_again_by_rule_and_line():
    text = "a\nb\nc\n"
    reports = [Diagnostic(0, 1, "one", "2304"), Diagnostic(2, 3, "two", "2304"), Diagnostic(2, 3, "three", "1")]
    assert matching(Diagnostic(2, 2, "two, in other words", "TS2304", "ts"), text, reports) is reports[1]
    assert matching(Diagnostic(4, 5, "two", "2304", "ts"), text, reports) is None


@pytest.mark.parametrize(
    ("source", "language", "name"),
    [
        ("Mypy", "python", "mypy"),
        ("Pylance", "python", "Pyright"),
        ("basedpyright", "python", "basedpyright"),
        ("Ruff", "python", "Ruff"),
        ("pyflakes", "python", "Ruff"),
        ("ts", "typescript", "tsc"),
        ("ts", "python", None),
        ("eslint", "typescript", None),
    ],
)
def test_a_diagnostics_source_names_its_checker(source, language, name):
    checker = checker_for(Diagnostic(0, 1, "m", source=source), language)
    assert (checker.name if checker is not None else None) == name


def test_a_buffer_as_long_as_the_file_is_not_taken_for_it(tmp_path):
    """mypy's cache compares a shadowed module by its size and the hash of the file behind it."""
    write(tmp_path, {"m.py": "def f(value: int) -> int:\n    return valeu + 1\n"})
    job, text = FakeJob(roots=[tmp_path]), (tmp_path / "m.py").read_text()
    shot = snapshot(tmp_path / "m.py")
    assert len(Mypy().check(shot, text, job)) == 1
    assert Mypy().check(shot, text.replace("valeu", "value"), job) == []
    assert len(Mypy().check(shot, text, job)) == 1


def test_the_interpreter_of_a_project_runs_only_with_trust_and_may_be_broken(tmp_path):
    stub(tmp_path / ".venv/bin/python", f"open({str(tmp_path / 'canary')!r}, 'w')\nraise SystemExit(1)\n")
    write(tmp_path, {"m.py": "x: int = ''\n"})
    shot = snapshot(tmp_path / "m.py")
    assert len(Mypy().check(shot, shot.text, FakeJob(roots=[tmp_path], trusted=False))) == 1
    assert not (tmp_path / "canary").exists()
    assert len(Mypy().check(shot, shot.text, FakeJob(roots=[tmp_path]))) == 1
    assert (tmp_path / "canary").exists()
