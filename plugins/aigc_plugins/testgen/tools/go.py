"""Go: `go test` in a module, offline, with what is in the module cache."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.action import WithheldError
from aigc_plugins.sandbox import Sandbox
from aigc_plugins.testgen.tools.base import Ran, Test, Tool, limits, source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import tree_sitter

    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Target

_RESULT = re.compile(r"^--- (PASS|FAIL): (\w+)", re.MULTILINE)
_STANDARD = {
    "errors": "errors", "fmt": "fmt", "math": "math", "reflect": "reflect", "sort": "sort", "strconv": "strconv",
    "strings": "strings", "bytes": "bytes", "time": "time", "bufio": "bufio", "io": "io", "context": "context",
    "unicode": "unicode", "slices": "slices", "maps": "maps", "json": "encoding/json", "utf8": "unicode/utf8",
    "cmp": "cmp", "big": "math/big", "testing": "testing",
}  # fmt: skip
_SECONDS = 120.0


class Go(Tool):
    """The `go` command."""

    language = "go"
    program = "go"
    install = "see https://go.dev/doc/install"
    asserts = re.compile(r"\bt\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(|\b(?:assert|require)\.\w+\(")
    tests = "function_declaration"
    prompt = "testgen-tests.go"

    def check(self, subject: Subject) -> None:
        """Raise WithheldError where the file lies in no Go module."""
        if _module(subject.path, subject.root) is None:
            raise WithheldError(f"{subject.path.name} is in no Go module: `go mod init` makes one.")

    def test_file(self, path: Path, root: Path) -> Path:
        """Return the file beside a file, with the usual name."""
        return path.with_name(f"{path.stem}_test.go")

    def values(self, subject: Subject, target: Target) -> tuple[dict[str, str], str]:
        """Return the values for the prompt, and how the test begins."""
        name = "".join(part[:1].upper() + part[1:] for part in target.name.split("."))
        return {"package": _package(subject.text), "name": name, "path": subject.name}, f"func Test{name}"

    def is_test(self, node: tree_sitter.Node) -> bool:
        """Tell whether a function is a test."""
        parameters = source(node.child_by_field_name("parameters"))
        return source(node.child_by_field_name("name")).startswith("Test") and "*testing.T" in parameters

    def imports(self, text: str) -> tuple[str, ...]:
        """Return the packages of the standard library that a test uses."""
        return tuple(path for name, path in _STANDARD.items() if re.search(rf"(?<![\w.]){name}\.\w", text))

    def file(self, subject: Subject, old: str, tests: Sequence[Test]) -> str:
        """Return the text of a test file with these tests at its end."""
        wanted = sorted({"testing", *(one for test in tests for one in test.imports)})
        body = "\n\n".join(test.text for test in tests)
        if not old.strip():
            inner = "\n".join(f'\t"{one}"' for one in wanted)
            block = f"import (\n{inner}\n)" if len(wanted) > 1 else f'import "{wanted[0]}"'
            return f"package {_package(subject.text)}\n\n{block}\n\n{body}\n"
        clause = re.search(r"^package[ \t]+\w+[^\n]*$", old, re.MULTILINE)
        place = clause.end() if clause else 0
        missing = [one for one in wanted if f'"{one}"' not in old]
        added = "".join(f'\n\nimport "{one}"' if not at else f'\nimport "{one}"' for at, one in enumerate(missing))
        return f"{(old[:place] + added + old[place:]).rstrip()}\n\n{body}\n"

    def run(self, subject: Subject, copy: Path, text: str, cancelled: Callable[[], object], *, times: int = 1) -> Ran:
        """Run the tests of the package, `times` times in shuffled orders."""
        file = copy / subject.conventions.file.relative_to(subject.root)
        file.write_text(text, "utf-8", newline="")
        names = re.findall(r"^func (Test\w*)", text, re.MULTILINE)
        module = _module(subject.path, subject.root) or subject.root
        cache = Path(os.environ.get("GOMODCACHE") or Path.home() / "go" / "pkg" / "mod")
        environment = {
            "GOPROXY": "off", "GOCACHE": str(copy.parent / "gocache"), "GOPATH": str(copy.parent / "gopath"),
            "GOTOOLCHAIN": "local", "GOFLAGS": "" if (module / "vendor").is_dir() else "-mod=mod", "CGO_ENABLED": "0",
        }  # fmt: skip
        if cache.is_dir():
            environment["GOMODCACHE"] = str(cache)
        only = f"^({'|'.join(names)})$"
        words = ["test", "-v", f"-count={times}", "-timeout=20s", "-run", only, "."]
        done = Sandbox().run(
            [self.found(), *words[:1], *(["-shuffle=on"] if times > 1 else []), *words[1:]],
            scratch=copy.parent,
            cwd=file.parent,
            readable=[cache] if cache.is_dir() else [],
            limits=limits(_SECONDS),
            environment=environment,
            cancelled=cancelled,
        )
        passed: dict[str, bool] = {}
        for word, name in _RESULT.findall(done.stdout):
            passed[name] = passed.get(name, True) and word == "PASS"
        if not passed:
            return Ran(error=(done.stdout + done.stderr).strip()[-600:] or done.ended or "no test ran")
        return Ran(passed, _failures(done.stdout, file.name))


def _failures(output: str, file: str) -> dict[str, int]:
    """Return for each failed test the last line of the test file that it names."""
    found: dict[str, int] = {}
    running = ""
    for line in output.splitlines():
        begun = re.match(r"=== RUN\s+(\w+)", line)
        running = begun[1] if begun else running
        place = re.search(rf"\b{re.escape(file)}:(\d+)\b", line)
        if place and running:
            found.setdefault(running, int(place[1]))
    return found


def _module(path: Path, root: Path) -> Path | None:
    above = [one for one in path.parents if one.is_relative_to(root)]
    return next((one for one in above if (one / "go.mod").is_file()), None)


def _package(text: str) -> str:
    found = re.search(r"^package[ \t]+(\w+)", text, re.MULTILINE)
    return found[1] if found else "main"
