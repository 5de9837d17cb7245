"""What the tools of a language can do for test generation: find tests in a text, put them into a file, and run it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from aigc_plugins.action import WithheldError
from aigc_plugins.sandbox import Limits, places
from aigc_plugins.syntax import SyntaxTree, language_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import tree_sitter

    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Target


@dataclass(frozen=True, slots=True)
class Test:
    """A test function as it is written, `imports` are what its file needs for it."""

    __test__ = False
    name: str
    text: str
    target: str
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run: which tests passed, by name, and the last line of the test file that a failure names.

    `error` says why nothing ran: what does not compile, for example.
    """

    passed: dict[str, bool] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    error: str = ""


class Tool(ABC):
    """The tools of one language."""

    language: ClassVar[str]
    program: ClassVar[str]
    install: ClassVar[str]
    asserts: ClassVar[re.Pattern[str]]
    tests: ClassVar[str]  # the type of the nodes that tests are
    prompt: ClassVar[str]

    def found(self) -> Path:
        """Return the program that runs tests.

        Raises:
            WithheldError: it is not installed.
        """
        program = places.found(self.program)
        if program is None:
            raise WithheldError(f"`{self.program}` runs these tests, and is not installed: {self.install}.")
        return program

    @abstractmethod
    def check(self, subject: Subject) -> None:
        """Raise WithheldError where the project has nothing that its tests could run with."""

    @abstractmethod
    def test_file(self, path: Path, root: Path) -> Path:
        """Return the file for the tests of a module."""

    @abstractmethod
    def values(self, subject: Subject, target: Target) -> tuple[dict[str, str], str]:
        """Return the values for the prompt, and the start of the test that the answer goes on with."""

    @abstractmethod
    def is_test(self, node: tree_sitter.Node) -> bool:
        """Tell whether a function is a test."""

    @abstractmethod
    def imports(self, text: str) -> tuple[str, ...]:
        """Return what a test with that text needs imported."""

    @abstractmethod
    def file(self, subject: Subject, old: str, tests: Sequence[Test]) -> str:
        """Return the text of a test file with these tests in it; what it held is unchanged."""

    @abstractmethod
    def run(self, subject: Subject, copy: Path, text: str, cancelled: Callable[[], object], *, times: int = 1) -> Ran:
        """Run a test file with that text in a copy of the project."""

    def parsed(self, text: str) -> SyntaxTree:
        """Return the syntax tree of a text."""
        language = language_for(self.language)
        if language is None:
            raise LookupError(f"{self.language} is not among the languages")
        return SyntaxTree(language, text)

    def found_in(self, text: str, target: str) -> Iterator[Test]:
        """Yield the tests in a text that have assertions; those with mistakes in their syntax are left out."""
        for node in nodes(self.parsed(text).root):
            if node.type == self.tests and not node.has_error and self.is_test(node):
                body = source(node)
                name = source(node.child_by_field_name("name"))
                if self.asserts.search(body) and name:
                    yield Test(name, body, target, self.imports(body))

    def without_line(self, test: Test, line: int) -> Test | None:
        """Return a test without the statement at a line of it (from 0), None where no assertion is left then."""
        tree = self.parsed(self.wrapped(test.text))
        offset = self.wrapped("\0").partition("\0")[0].count("\n")
        blocks = ("block", "statement_list", "constructor_body")
        found = [
            node
            for node in nodes(tree.root)
            if node.type != "statement_list"
            and node.parent is not None
            and node.parent.type in blocks
            and node.start_point[0] <= line + offset <= node.end_point[0]
        ]
        outer = next((node for node in found if self.asserts.search(source(node))), None)
        if outer is None:
            return None
        data = self.wrapped(test.text).encode()
        text = (data[: outer.start_byte] + data[outer.end_byte :]).decode()
        text = next((source(node) for node in nodes(self.parsed(text).root) if node.type == self.tests), "")
        text = re.sub(r"\n[ \t;]*(?=\n)", "", text)
        return Test(test.name, text, test.target, self.imports(text)) if self.asserts.search(text) else None

    def wrapped(self, text: str) -> str:
        """Return a test's text such that it parses."""
        return text


def limits(seconds: float) -> Limits:
    """Return the limits of a compiler and what it makes."""
    return Limits(
        wall_s=seconds, cpu_s=int(2 * seconds), memory=3 << 30, processes=256, file=256 << 20, files=2 << 30,
        address_space=False,
    )  # fmt: skip


def nodes(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """Yield a node and all named ones in it, in their order."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(one.named_children)


def source(node: tree_sitter.Node | None) -> str:
    """Return the source of a node, empty for none."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""
