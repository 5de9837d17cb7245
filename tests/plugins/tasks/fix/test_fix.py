"""Fix a diagnostic: repairs by program, repairs by a model, and that the diagnostic's own checker judges both."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from tests.task_helpers import FakeJob, applied, prompt_text

from aigc_plugins.api import Diagnostic, Place, WithheldError
from aigc_plugins.checkers import checkers
from aigc_plugins.document import Document
from aigc_plugins.index import IndexedWorkspace, Indexer
from aigc_plugins.tasks.fix import FixTask
from aigc_plugins.tasks.fix.names import meant, relative, undefined


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIGC_LSP_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def found(root: Path, text: str, code: str, *, source: str = "", settings: str = "", language: str = "python"):
    """Return a place in a file with the checkers' own diagnostics of a rule."""
    path = root / ("m.py" if language == "python" else "m.ts")
    path.write_text(text)
    if settings:
        (root / "mypy.ini").write_text(settings)
    snapshot = Document(path.as_uri(), language, text, 1).snapshot()
    job = FakeJob(roots=[root])
    reports = [
        one
        for checker in checkers()
        if language in checker.languages and checker.command(snapshot, job) is not None
        for one in checker.check(snapshot, text, job)
        if one.code == code and one.source.startswith(source)
    ]
    assert reports
    return Place(snapshot, reports[0].start, reports[0].start, tuple(reports))


STRICT = "[mypy]\nstrict = True\n"


@pytest.mark.parametrize(
    ("code", "before", "after", "settings"),
    [
        ("F401", "import os\nx = 1\n", "x = 1\n", ""),
        ("F401", "import os\nimport re\nprint(1)\n", "print(1)\n", ""),
        ("F841", "def f():\n    x = g()\n\n\ndef g(): ...\n", "def f():\n    g()\n\n\ndef g(): ...\n", ""),
        (
            "F821",
            "def f(p):\n    return Path(p).name\n",
            "from pathlib import Path\n\n\ndef f(p):\n    return Path(p).name\n",
            "",
        ),
        ("F821", "print(os.sep)\n", "import os\n\nprint(os.sep)\n", ""),
        (
            "name-defined",
            "def f(value: int):\n    return valeu + 1\n",
            "def f(value: int):\n    return value + 1\n",
            "",
        ),
        ("attr-defined", "print('a'.uper())\n", "print('a'.upper())\n", ""),
        ("call-arg", "def f(name): ...\nf(nmae=1)\n", "def f(name): ...\nf(name=1)\n", ""),
        ("assignment", "def f(a: int = None): ...\n", "def f(a: int | None = None): ...\n", ""),
        ("unused-ignore", "x = 1  # type: ignore[assignment]\n", "x = 1\n", STRICT),
        ("no-untyped-def", "def f(x=1):\n    return x\n", "def f(x: int = 1) -> int:\n    return x\n", STRICT),
        (
            "var-annotated",
            "def f(s: str):\n    d = {}\n    print(len(d))\n    d[s] = len(s)\n",
            "def f(s: str):\n    d: dict[str, int] = {}\n    print(len(d))\n    d[s] = len(s)\n",
            "",
        ),
    ],
)
def test_a_program_repairs_what_it_can(tmp_path, code, before, after, settings):
    where = found(tmp_path, before, code, settings=settings)
    job = FakeJob(roots=[tmp_path])
    change = FixTask().run(where, job)
    assert applied(where, change) == after
    assert not job.asked
    assert "no longer reports it" in change.note
    assert change.confirm == (code == "F841")  # Ruff calls that one unsafe


WRONG = "def f(n: int) -> str:\n    m = n + 1\n    return m\n"


def test_a_model_repairs_the_rest_and_the_checker_judges(tmp_path):
    where = found(tmp_path, WRONG, "return-value")
    job = FakeJob(["return n\n", "return str(n, 5, 6)\n", "return str(m)\n\nand more"], roots=[tmp_path])
    change = FixTask().run(where, job)
    assert applied(where, change) == WRONG.replace("return m", "return str(m)")
    assert len(job.asked) == 3
    assert 'got "int", expected "str"' in prompt_text(job.asked[0])


def test_a_whole_function_comes_after_the_statement(tmp_path):
    where = found(tmp_path, WRONG, "return-value")
    whole = "(n: int) -> str:\n    m = n + 1\n    return f'{m}'\n\n\ndef other(): ...\n"
    job = FakeJob(lambda request: whole if request.prefix.endswith("def f") else "nonsense", roots=[tmp_path])
    assert applied(where, FixTask().run(where, job)) == WRONG.replace("return m", "return f'{m}'")


HOSTILE = [
    "",
    "pass",
    "return m  # type: ignore",
    "return m  # noqa",
    "from typing import cast; return cast(str, m)",
    "return ''",
    "# ... existing code ...",
    "...",
    "return undefined_name(m)",
    "    return",
    "return str(m",
    "def g(): return 'a'",
    "```python\nreturn str(m)\n```",
    "import os; os.system('x')",
    "x" * 5_000,
    "\n" * 500,
    "raise SystemExit",
    "../../etc/passwd",
    "return str(\u202em)",
    "m: str = str(m)  # pyright: ignore",
]


@pytest.mark.parametrize("answer", HOSTILE)
def test_a_hostile_answer_is_never_offered(tmp_path, answer):
    where = found(tmp_path, WRONG, "return-value")
    with pytest.raises(WithheldError, match="No repair holds"):
        FixTask().run(where, FakeJob(answer, roots=[tmp_path]))


@pytest.mark.parametrize(
    "answer",
    [
        "(n: int) -> int:\n    m = n + 1\n    return m\n",  # another signature: silences by changing what is promised
        "(n: int) -> str:\n    return ''\n",
        "(n: int) -> str:\n    # ... existing code ...\n    return ''\n",
        "2(n: int) -> str:\n    m = n + 1\n    return str(m)\n",
        "(n) -> 'Any':\n    m = n + 1\n    return m\n",
    ],
)
def test_a_hostile_function_is_never_offered(tmp_path, answer):
    where = found(tmp_path, WRONG, "return-value")
    job = FakeJob(lambda request: answer if request.prefix.endswith("def f") else "?", roots=[tmp_path])
    with pytest.raises(WithheldError, match="No repair holds"):
        FixTask().run(where, job)


def test_what_brings_something_new_is_not_offered(tmp_path):
    text = "def f(n: int) -> str:\n    return n\n"
    where = found(tmp_path, text, "return-value")
    with pytest.raises(WithheldError):
        FixTask().run(where, FakeJob("return str(n.nothing)", roots=[tmp_path]))


def test_calls_are_not_lost(tmp_path):
    text = "def log(): ...\n\n\ndef f(n: int) -> str:\n    log(); return n\n"
    where = found(tmp_path, text, "return-value")
    job = FakeJob("(n: int) -> str:\n    return str(n)\n", roots=[tmp_path])
    with pytest.raises(WithheldError):
        FixTask().run(where, job)


def test_several_diagnostics_are_repaired_one_after_the_other(tmp_path):
    text = "import os\nimport re\n\n\ndef f(value):\n    return valeu\n"
    where = found(tmp_path, text, "F401")
    other = found(tmp_path, text, "F821")
    both = Place(where.snapshot, 0, len(text), where.diagnostics + other.diagnostics)
    change = FixTask().run(both, FakeJob("nothing", roots=[tmp_path]))
    assert applied(both, change) == "def f(value):\n    return value\n"


def test_a_diagnostic_that_the_checker_does_not_have_is_withheld(tmp_path):
    where = found(tmp_path, "import os\n", "F401")
    stale = Place(where.snapshot, 0, 0, (Diagnostic(0, 3, "something else", "X1", "mypy"),))
    with pytest.raises(WithheldError, match="does not report this"):
        FixTask().run(stale, FakeJob(roots=[tmp_path]))


def test_a_stricter_checker_in_the_editor_is_followed(tmp_path):
    where = found(tmp_path, "import os\n", "F401")
    text = "def f(x=1):\n    return x\n"
    snapshot = Document(where.snapshot.uri, "python", text, 1).snapshot()
    shown = Diagnostic(0, 5, "Function is missing a type annotation", "no-untyped-def", "Mypy")
    change = FixTask().run(Place(snapshot, 0, 0, (shown,)), FakeJob(roots=[tmp_path]))
    assert applied(Place(snapshot, 0, 0), change) == "def f(x: int = 1) -> int:\n    return x\n"


def test_without_the_checker_nothing_is_offered(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    snapshot = Document((tmp_path / "a.ts").as_uri(), "typescript", "foo\n", 1).snapshot()
    where = Place(snapshot, 0, 3, (Diagnostic(0, 3, "Cannot find name 'foo'.", "2304", "ts"),))
    with pytest.raises(WithheldError, match="tsc is not there"):
        FixTask().run(where, FakeJob(roots=[tmp_path]))


def stub_tsc(folder: Path, monkeypatch) -> None:
    """A compiler that knows the names `value`, `shared` (once imported) and finds unused imports."""
    script = f"""#!{sys.executable}
import json, pathlib, re, sys
config = json.loads(pathlib.Path(sys.argv[sys.argv.index("--project") + 1]).read_text())
path = config["files"][0]
failed = False
for row, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
    for match in re.finditer(r"\\b(valeu|shared)\\b", line):
        name = match.group()
        if name == "shared" and "import {{ shared }}" in pathlib.Path(path).read_text():
            continue
        hint = " Did you mean 'value'?" if name == "valeu" else ""
        code = "2552" if hint else "2304"
        print(f"{{path}}({{row}},{{match.start() + 1}}): error TS{{code}}: Cannot find name '{{name}}'.{{hint}}")
        failed = True
    for match in re.finditer(r"\\bunused\\b", line):
        place = f"{{path}}({{row}},{{match.start() + 1}})"
        print(f"{{place}}: error TS6133: 'unused' is declared but its value is never read.")
        failed = True
sys.exit(2 if failed else 0)
"""
    folder.mkdir()
    (folder / "tsc").write_text(script)
    (folder / "tsc").chmod((folder / "tsc").stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("2552", "const value = 1\nexport const x = valeu\n", "const value = 1\nexport const x = value\n"),
        ("6133", "import { a, unused, b } from 'm'\na; b\n", "import { a, b } from 'm'\na; b\n"),
        ("6133", "import { a, unused } from 'm'\na\n", "import { a } from 'm'\na\n"),
        ("6133", "import { unused } from 'm'\nexport {}\n", "export {}\n"),
        ("6133", "import unused from 'm'\nexport {}\n", "export {}\n"),
    ],
)
def test_repairs_of_typescript(tmp_path, monkeypatch, code, before, after):
    stub_tsc(tmp_path / "bin", monkeypatch)
    (tmp_path / "ws").mkdir()
    where = found(tmp_path / "ws", before, code, language="typescript")
    change = FixTask().run(where, FakeJob(roots=[tmp_path / "ws"]))
    assert applied(where, change) == after
    assert "tsc no longer reports it" in change.note


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_a_name_of_the_workspace_is_imported(tmp_path, monkeypatch, language):
    root = tmp_path / "ws"
    (root / "lib/pkg").mkdir(parents=True)
    (root / "lib/pkg/__init__.py").write_text("")
    (root / "lib/pkg/tools.py").write_text("def shared():\n    return 1\n")
    (root / "lib/tools.ts").write_text("export function shared() {\n  return 1\n}\n")
    Indexer(root, workers=0).build()
    workspace = IndexedWorkspace([root])
    try:
        if language == "typescript":
            stub_tsc(tmp_path / "bin", monkeypatch)
            where = found(root, "import { q } from 'q';\nq(shared)\n", "2304", language="typescript")
            wanted = "import { q } from 'q';\nimport { shared } from './lib/tools';\nq(shared)\n"
        else:
            where = found(root, "print(shared())\n", "F821")
            wanted = "from pkg.tools import shared\n\nprint(shared())\n"
        change = FixTask().run(where, FakeJob(roots=[root], workspace=workspace))
    finally:
        workspace.close()
    assert applied(where, change) == wanted


def test_titles_say_whether_a_program_or_a_model_does_it(tmp_path):
    snapshot = Document("file:///w/a.py", "python", "x\n", 1).snapshot()

    def title(*reports):
        return FixTask().applies(Place(snapshot, 0, 1, reports))

    unused = Diagnostic(0, 1, "`os` imported but unused", "F401", "Ruff", 2)
    hard = Diagnostic(0, 1, "Incompatible return\nvalue type " + "x" * 60, "return-value", "mypy")
    assert title(unused) == "Fix: `os` imported but unused"
    assert title(hard).startswith("Fix with AI: Incompatible return value type xxx")
    assert title(hard).endswith("…")
    assert title(unused, hard).endswith("… (and 1 more)")
    assert title() is False
    assert title(Diagnostic(0, 1, "m", "", "eslint")) is False


def test_messages_are_read():
    assert undefined("Cannot find name 'foo'. Did you mean 'fox'?") == "foo"
    assert undefined("Undefined name `a`") == "a"
    assert undefined('"b" is not defined') == "b"
    assert meant("Property 'x' does not exist on type 'A'. Did you mean 'xy'?") == ["xy"]
    assert meant('"str" has no attribute "uper"; maybe "upper" or "super"?') == ["upper", "super"]
    assert meant("Cannot find name 'x'. Did you mean the instance member 'this.x'?") == ["this.x"]
    assert relative("src/a/b.ts", "src/c/d.ts") == "../c/d"
    assert relative("a.ts", "lib/b.ts") == "./lib/b"
