"""Go and Java: what the model writes is kept where it compiles, passes and catches a fault. The real tools run it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aigc_plugins.action import WithheldError
from aigc_plugins.api import FileEdit
from aigc_plugins.sandbox import SandboxUnavailableError, which_rung
from aigc_plugins.testgen.parts import Options
from aigc_plugins.testgen.tools import analyse, generate
from aigc_plugins.testgen.tools.base import Ran, Test
from aigc_plugins.testgen.tools.faults import MOST, planted
from aigc_plugins.testgen.tools.go import Go
from aigc_plugins.testgen.tools.java import Java
from task_helpers import FakeJob, prompt_text

GO = """package shop

func Clamp(value, low, high int) int {
	if value < low {
		return low
	}
	if value > high {
		return high
	}
	return value
}

type Stack struct{ items []int }

func (s *Stack) Push(item int) { s.items = append(s.items, item) }
"""
GO_ANSWER = """(t *testing.T) {
	if got := Clamp(5, 0, 3); got != 3 {
		t.Errorf("got %d", got)
	}
	if got := Clamp(-1, 0, 3); got != 7 {
		t.Errorf("got %d", got)
	}
}

func TestNothing(t *testing.T) {
	if Clamp(1, 1, 1) == 100 {
		t.Error(strings.ToUpper("no"))
	}
}

func TestUnknown(t *testing.T) {
	if Unknown(1) {
		t.Error("no")
	}
}

func TestWithoutAssertion(t *testing.T) {
	Clamp(1, 2, 3)
}
"""
JAVA = """public class Clamp {
    static int clamp(int value, int low, int high) {
        if (value < low) {
            return low;
        }
        return value > high ? high : value;
    }
}
"""
JAVA_ANSWER = """() {
        assertEquals(3, Clamp.clamp(5, 0, 3));
        assertEquals(9, Clamp.clamp(-1, 0, 3));
    }

    @Test
    void useless() { assertTrue(true); }
"""


def subject(tmp_path: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch | None = None, **more):
    (tmp_path / name).write_text(text)
    (tmp_path / "go.mod").write_text("module example.com/shop\n\ngo 1.18\n")
    if monkeypatch is not None:
        monkeypatch.setattr(Go, "found", lambda self: Path("/go"))
        monkeypatch.setattr(Java, "found", lambda self: Path("/javac"))
        jars = [Path("/junit-platform-console-standalone-1.jar")]
        monkeypatch.setattr(Java, "_jars", staticmethod(lambda subject: jars))
    return analyse(tmp_path / name, text, root=tmp_path, **more)


def needs(*programs: str) -> None:
    for one in programs:
        if shutil.which(one) is None:
            pytest.skip(f"{one} is not installed")
    try:
        which_rung()
    except SandboxUnavailableError as error:
        pytest.skip(f"no sandbox: {error}")


def test_functions_and_methods_are_targets(tmp_path, monkeypatch):
    found = subject(tmp_path, "clamp.go", GO, monkeypatch)
    assert [(one.name, one.kind, one.line, one.end_line) for one in found.targets] == [
        ("Clamp", "function", 3, 11), ("Stack.Push", "method", 15, 15)
    ]  # fmt: skip
    assert found.conventions.file == tmp_path / "clamp_test.go"
    stack = subject(tmp_path, "clamp.go", GO, monkeypatch, names=["Stack"])
    assert [one.name for one in stack.targets] == ["Stack.Push"]
    assert [one.name for one in subject(tmp_path, "clamp.go", GO, monkeypatch, lines=[4]).targets] == ["Clamp"]
    assert [one.name for one in subject(tmp_path, "Clamp.java", JAVA, monkeypatch).targets] == ["Clamp.clamp"]


def test_javas_tests_mirror_the_sources(tmp_path):
    path = tmp_path / "core" / "src" / "main" / "java" / "shop" / "Cart.java"
    assert Java().test_file(path, tmp_path) == tmp_path / "core/src/test/java/shop/CartTest.java"
    assert Java().test_file(tmp_path / "Cart.java", tmp_path) == tmp_path / "CartTest.java"


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.go").write_text(GO)
    monkeypatch.setattr("aigc_plugins.sandbox.places.found", lambda program: None)
    with pytest.raises(WithheldError, match=r"`go` runs these tests, and is not installed"):
        analyse(tmp_path / "a.go", GO, root=tmp_path)
    with pytest.raises(WithheldError, match="`javac` runs these tests"):
        analyse(tmp_path / "A.java", JAVA, root=tmp_path)
    monkeypatch.setattr(Go, "found", lambda self: Path("/go"))
    with pytest.raises(WithheldError, match="go mod init"):
        analyse(tmp_path / "a.go", GO, root=tmp_path)
    with pytest.raises(WithheldError, match="holds tests itself"):
        analyse(tmp_path / "a_test.go", GO, root=tmp_path)


@pytest.mark.parametrize(("tool", "name", "text"), [(Go(), "a.go", GO), (Java(), "A.java", JAVA)])
def test_faults_are_in_the_target_and_parse(tmp_path, monkeypatch, tool, name, text):
    target = subject(tmp_path, name, text, monkeypatch).targets[0]
    found = planted(tool.parsed(text), target)
    assert 4 <= len(found) <= MOST
    for mutant, mutated in found:
        assert mutated != text
        assert not tool.parsed(mutated).errors()
        assert target.line <= mutant.line <= target.end_line
        assert text.split("\n")[mutant.line - 1][mutant.column - 1 :].startswith(mutant.before)


def test_a_statement_that_fails_is_taken_out():
    checks = "".join(f'\tif x != {n} {{\n\t\tt.Error("no")\n\t}}\n' for n in (1, 2))
    text = f"func TestA(t *testing.T) {{\n\tx := f()\n{checks}}}"
    test = Test("TestA", text, "f")
    shorter = Go().without_line(test, 3)
    assert shorter is not None
    assert "x != 1" not in shorter.text
    assert "x != 2" in shorter.text
    assert Go().without_line(shorter, shorter.text[: shorter.text.index("x != 2")].count("\n")) is None


def test_a_file_keeps_what_it_has(tmp_path, monkeypatch):
    one = subject(tmp_path, "a.go", GO, monkeypatch)
    test = Test("TestB", "func TestB(t *testing.T) {\n\tt.Error(strings.ToUpper(``))\n}", "Clamp", ("strings",))
    old = 'package shop\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n'
    text = Go().file(one, old, [test])
    assert text.index('import "strings"') < text.index('import "testing"') < text.index("TestA") < text.index("TestB")
    java = subject(tmp_path, "Clamp.java", JAVA, monkeypatch)
    old = "package a;\n\nclass ClampTest {\n    int x;\n}\n"
    text = Java().file(java, old, [Test("b", "@Test\n    void b() {\n        fail();\n    }", "Clamp.clamp")])
    assert text.startswith("package a;\n\nimport static org.junit.jupiter.api.Assertions.*;\n")
    assert text.endswith("    int x;\n\n    @Test\n    void b() {\n        fail();\n    }\n}\n")


def test_what_passes_and_catches_a_fault_is_kept(tmp_path, monkeypatch):
    """The loop with a tool that only pretends: one test passes, but not where a `<` is another one."""
    one = subject(tmp_path, "clamp.go", GO, monkeypatch, names=["Clamp"])

    def run(self, subject, copy, text, cancelled, *, times=1):
        if "Unknown" in text:
            return Ran(error="undefined: Unknown")
        right = (copy / "clamp.go").read_text() == GO
        passed = {"TestNothing": True, "TestClamp": right and "got != 7" not in text}
        lines = {"TestClamp": text[: text.index("got != 7")].count("\n") + 2} if "got != 7" in text else {}
        return Ran({name: value for name, value in passed.items() if f"{name}(" in text}, lines)

    monkeypatch.setattr(Go, "run", run)
    job = FakeJob(GO_ANSWER)
    generated = generate(one, job, Options())
    assert [test.name for test in generated.tests] == ["TestClamp"]
    assert "got != 3" in generated.text
    assert "got != 7" not in generated.text
    assert generated.dropped == {"catches no fault that others do not": 1, "does not compile": 1}
    assert prompt_text(job.asked[0]).endswith("func TestClamp")
    assert generated.after.mutants[0] == generated.after.mutants[1] > 3
    assert (tmp_path / "clamp.go").read_text() == GO


def test_without_a_model_nothing_is_written(tmp_path, monkeypatch):
    with pytest.raises(WithheldError, match="Only the model"):
        generate(subject(tmp_path, "a.go", GO, monkeypatch), FakeJob(), Options(model=False))


def test_go_runs_the_tests(tmp_path):
    needs("go")
    (tmp_path / "clamp_test.go").write_text('package shop\n\nimport "testing"\n\nfunc TestClamp(t *testing.T) {}\n')
    generated = generate(subject(tmp_path, "clamp.go", GO, names=["Clamp"]), FakeJob(GO_ANSWER), Options(seconds=120))
    assert isinstance(generated.change, FileEdit)
    assert [test.name for test in generated.tests] == ["TestClamp2"]
    assert "got != 3" in generated.text
    assert "got != 7" not in generated.text
    assert generated.dropped["does not compile"] == 1
    assert generated.after.mutants[0] >= 2


def test_java_runs_the_tests(tmp_path):
    needs("javac", "java")
    try:
        one = subject(tmp_path, "Clamp.java", JAVA)
    except WithheldError as error:
        pytest.skip(str(error))
    generated = generate(one, FakeJob(JAVA_ANSWER), Options(seconds=120))
    assert [test.name for test in generated.tests] == ["clamp"]
    assert "assertEquals(3, Clamp.clamp(5, 0, 3));" in generated.text
    assert "assertEquals(9" not in generated.text
    assert generated.after.mutants[0] >= 2
