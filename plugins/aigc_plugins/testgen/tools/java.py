"""Java: `javac`, and JUnit as it lies on this machine or in the project; no build tool runs, nothing is downloaded."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.action import WithheldError
from aigc_plugins.sandbox import Sandbox, places
from aigc_plugins.testgen.tools.base import Ran, Test, Tool, limits, source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import tree_sitter

    from aigc_plugins.sandbox import Outcome
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Target

_SECONDS = 60.0
_MAIN, _TESTS = ("src", "main", "java"), ("src", "test", "java")


class Java(Tool):
    """The JDK with JUnit 5's console, or JUnit 4."""

    language = "java"
    program = "javac"
    install = "a JDK has it"
    asserts = re.compile(r"\b(?:assert[A-Z]\w*|fail)\s*\(|\bassertThat\(")
    tests = "method_declaration"
    prompt = "testgen-tests.java"

    def check(self, subject: Subject) -> None:
        """Raise WithheldError where JUnit is nowhere to be found."""
        self._jars(subject)

    def test_file(self, path: Path, root: Path) -> Path:
        """Return the file in the tree of tests that is laid out like that of sources."""
        parts = path.relative_to(root).parts
        for place in range(len(parts) - 3):
            if parts[place : place + 3] == _MAIN:
                return root.joinpath(*parts[:place], *_TESTS, *parts[place + 3 : -1], f"{path.stem}Test.java")
        return path.with_name(f"{path.stem}Test.java")

    def values(self, subject: Subject, target: Target) -> tuple[dict[str, str], str]:
        """Return the values for the prompt, and how the test begins."""
        name = target.name.rpartition(".")[2]
        values = {
            "package": _package(subject.text) or "app",
            "name": name,
            "class": subject.path.stem,
            "path": subject.name,
        }
        return values, f"class {subject.path.stem}Test {{\n    @Test\n    void {name}"

    def is_test(self, node: tree_sitter.Node) -> bool:
        """Tell whether a method is a test."""
        return re.search(r"@Test\b", source(node).partition("{")[0]) is not None

    def imports(self, text: str) -> tuple[str, ...]:
        """Return the packages that are imported as a whole: enough for what tests use beside the module's own."""
        return ("java.util",) if re.search(r"\b(?:List|Map|Set|Arrays|Optional|Collections)\b", text) else ()

    def file(self, subject: Subject, old: str, tests: Sequence[Test]) -> str:
        """Return the text of a test class with these tests at its end."""
        four = not _is_console(self._jars(subject)[0])
        public = "public " if four else ""  # what version 4 asks for
        body = "\n\n".join(f"    {_unindented(test.text)}" for test in tests)
        body = re.sub(r"(@Test\b(?:\([^)]*\))?\s+)(?=void\s)", rf"\1{public}", body)
        if old.strip():
            end = old.rstrip().rfind("}")
            whole = f"{old[:end].rstrip()}\n\n{body}\n}}\n"
            missing = [one for one in self._imports(subject, tests) if one not in whole]
            clause = re.search(r"^package[^;]*;", whole, re.MULTILINE)
            place = clause.end() if clause else 0
            return whole[:place] + ("\n\n" if missing and place else "") + "\n".join(missing) + whole[place:]
        package = _package(subject.text)
        head = f"package {package};\n\n" if package else ""
        imports = "\n".join(self._imports(subject, tests))
        return f"{head}{imports}\n\n{public}class {subject.conventions.file.stem} {{\n{body}\n}}\n"

    def run(self, subject: Subject, copy: Path, text: str, cancelled: Callable[[], object], *, times: int = 1) -> Ran:
        """Compile the module with its tests, and run these."""
        file = copy / subject.conventions.file.relative_to(subject.root)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="")
        jars = [*self._jars(subject), *self._libraries(subject, copy)]
        classes = copy.parent / "classes"
        classes.mkdir(exist_ok=True)
        package = _package(subject.text).split(".") if _package(subject.text) else []
        sources = [copy.joinpath(*subject.path.relative_to(subject.root).parts[: -1 - len(package)]), file.parent]
        join = ":".join
        words = ["-nowarn", "-d", str(classes), "-cp", join(map(str, jars)), "-sourcepath", join(map(str, sources))]
        done = self._sandboxed([self.found(), *words, str(file)], copy, jars, cancelled)
        if done.status != 0:
            return Ran(error=(done.stderr + done.stdout).strip()[-600:] or done.ended)
        name = ".".join([*package, file.stem])
        passed: dict[str, bool] = {}
        lines: dict[str, int] = {}
        for _ in range(times):
            words = ["-cp", join([str(classes), *map(str, jars)]), *self._runner(jars, name)]
            java = places.found("java")
            if java is None:
                raise WithheldError("`java` runs these tests, and is not installed: a JDK has it.")
            done = self._sandboxed([java, *words], copy, jars, cancelled)
            failed = _failures(done.stdout, file.name)
            known = re.findall(r"@Test\b[^{;]*?\bvoid\s+(\w+)\s*\(", text)
            ran = re.search(r"\bOK \(|Tests run:|tests successful", done.stdout) is not None
            if done.ended or not ran or not failed.keys() <= set(known):
                return Ran(error=(done.stderr + done.stdout).strip()[-600:] or done.ended)
            for test in known:
                passed[test] = passed.get(test, True) and test not in failed
            lines |= failed
        return Ran(passed, lines)

    def wrapped(self, text: str) -> str:
        """Return a test's text such that it parses: methods are in classes."""
        return f"class A {{\n{text}\n}}"

    def found_in(self, text: str, target: str) -> Iterator[Test]:
        """Yield the tests of a class that an answer broke off in, too."""
        endings = ("", "\n}", "\n}\n}")
        yield from max((list(super(Java, self).found_in(f"{text}{one}", target)) for one in endings), key=len)

    def _sandboxed(
        self, words: list[str | Path], copy: Path, jars: list[Path], cancelled: Callable[[], object]
    ) -> Outcome:
        readable = [*jars, *_settings(Path(words[0]))]
        return Sandbox().run(
            words, scratch=copy.parent, cwd=copy, readable=readable, limits=limits(_SECONDS), cancelled=cancelled,
            environment={"JAVA_TOOL_OPTIONS": "-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"},
        )  # fmt: skip

    def _imports(self, subject: Subject, tests: Sequence[Test]) -> list[str]:
        four = not _is_console(self._jars(subject)[0])
        names = ["static org.junit.Assert.*", "org.junit.Test"]
        if not four:
            names = ["static org.junit.jupiter.api.Assertions.*", "org.junit.jupiter.api.Test"]
        packages = sorted({one for test in tests for one in test.imports})
        return [f"import {one};" for one in [*names, *(f"{one}.*" for one in packages)]]

    @staticmethod
    def _runner(jars: Sequence[Path], name: str) -> list[str]:
        if not _is_console(jars[0]):
            return ["org.junit.runner.JUnitCore", name]
        words = ["org.junit.platform.console.ConsoleLauncher", "--select-class", name, "--details=tree"]
        return [*words, "--disable-banner", "--disable-ansi-colors"]

    @staticmethod
    def _jars(subject: Subject) -> list[Path]:
        """Return JUnit's jars: the console of version 5, else version 4 with what it needs."""
        folders = [subject.root / "lib", subject.root / "libs", Path("/usr/share/java")]
        stores = [Path.home() / ".m2" / "repository", Path.home() / ".gradle" / "caches" / "modules-2" / "files-2.1"]
        groups = ("org/junit/platform", "org.junit.platform", "junit", "org/hamcrest", "org.hamcrest")
        found = [jar for one in folders if one.is_dir() for jar in one.glob("*.jar")]
        found += [
            jar for one in stores for group in groups if (one / group).is_dir() for jar in (one / group).rglob("*.jar")
        ]
        by_name = sorted(found, key=lambda jar: jar.name)
        console = [jar for jar in by_name if _is_console(jar)]
        if console:
            return console[-1:]
        four = [jar for jar in by_name if re.fullmatch(r"junit-?4[\d.]*\.jar", jar.name)]
        needed = [jar for jar in by_name if re.match(r"hamcrest(?:-core|-all)?(?:-[\d.]+)?\.jar", jar.name)]
        if four and needed:
            return [four[-1], *needed]
        raise WithheldError(
            "JUnit is not found: put junit-platform-console-standalone.jar into lib/ or Maven's or Gradle's store."
        )

    @staticmethod
    def _libraries(subject: Subject, copy: Path) -> list[Path]:
        return sorted(jar for name in ("lib", "libs") for jar in (subject.root / name).glob("*.jar"))


def _settings(program: Path) -> list[Path]:
    """Return where a JDK's settings really are: systems keep them apart from its programs."""
    home = program.resolve().parents[1]
    found = [home / "conf", *home.glob("conf/*"), *home.glob("conf/security/*"), *home.glob("lib/*.cfg")]
    return sorted(
        {one.resolve() for one in found if one.exists()} | {one for one in (home, home / "conf") if one.exists()}
    )


def _is_console(jar: Path) -> bool:
    return re.match(r"junit-platform-console-standalone.*\.jar$", jar.name) is not None


def _failures(output: str, file: str) -> dict[str, int]:
    """Return for each failed test the line of the test file that it failed in, 0 where that is not said."""
    found: dict[str, int] = {}
    running = ""
    for line in output.splitlines():
        begun = re.match(r"\d+\) (\w+)\(", line) or re.search(r"MethodSource \[.*methodName = '(\w+)'", line)
        if begun:
            running = begun[1]
            found.setdefault(running, 0)
        marked = re.search(r"[─-] (\w+)\(\) \[X\]", line)
        if marked:
            found.setdefault(marked[1], 0)
        place = re.search(rf"\.(\w+)\({re.escape(file)}:(\d+)\)", line)
        if place and found.get(running, 1) == 0:
            found[running] = int(place[2])
    return found


def _package(text: str) -> str:
    found = re.search(r"^\s*package\s+([\w.]+)\s*;", text, re.MULTILINE)
    return found[1] if found else ""


def _unindented(text: str) -> str:
    lines = text.split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=4)
    return "\n".join([lines[0], *(line[max(margin - 4, 0) :] for line in lines[1:])])
