import ast
from dataclasses import replace
from pathlib import Path

import pytest

from aigc_plugins.testgen.parts import Subject
from aigc_plugins.testgen.proposers import hypothesis_types
from aigc_plugins.testgen.proposers.hypothesis_types import HypothesisTypes, has_hypothesis
from aigc_plugins.testgen.scenario import Branch, Goals

from .helpers import lines, proposed, subject

MODULE = """
import enum
from dataclasses import dataclass
from decimal import Decimal


class Mode(enum.Enum):
    FAST = 1


@dataclass
class Point:
    x: int
    mode: Mode = Mode.FAST


class Box:
    def __init__(self, size: int, *names: str) -> None:
        raise RuntimeError("nothing of it is called")

    def put(self, point: Point) -> int: ...

    def __contains__(self, name: str) -> bool:
        return name == "magic"


def total(prices: list[Decimal], box: "Box | None" = None) -> Decimal: ...


def untyped(a): ...


def elsewhere(a: "Nowhere"): ...
"""


def missing(module: Subject, seed: int = 0, round: int = 1) -> Goals:  # noqa: A002
    """Return goals that miss something in each target."""
    return Goals(tuple(Branch(0, one.name, one.line, "true") for one in module.targets), round=round, seed=seed)


def test_draws_of_annotated_types_are_written_as_calls(tmp_path: Path) -> None:
    module = subject(tmp_path, MODULE)
    found = proposed(HypothesisTypes(), module, missing(module))
    by_target = {one.target: one for one in found}
    assert set(by_target) == {"Point", "Box", "Box.put", "Box.__contains__", "total"}
    for one in found:
        ast.parse(one.act, mode="eval")
    assert by_target["Box.put"].act.startswith("box.put(Point(")
    assert by_target["Box.put"].arrange[0].startswith("box = Box(")
    assert any(one.imports == ("from decimal import Decimal",) for one in found if one.target == "total")
    assert any(one.act == "'magic' in box" or one.act == '"magic" in box' for one in found)
    assert lines(proposed(HypothesisTypes(), module, missing(module))) == lines(found), "the same seed gives the same"
    assert lines(proposed(HypothesisTypes(), module, missing(module, seed=1))) != lines(found)


def test_nothing_without_types_hypothesis_or_goals_or_in_other_rounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hypothesis_types, "Sandbox", None)  # it must not be asked
    untyped = subject(tmp_path, "def f(a): ...\n")
    assert proposed(HypothesisTypes(), untyped, missing(untyped)) == []
    typed = subject(tmp_path, "def f(a: int): ...\n")
    assert proposed(HypothesisTypes(), typed, missing(typed, round=2)) == []
    assert proposed(HypothesisTypes(), typed) == []
    assert proposed(HypothesisTypes(), typed, Goals(round=1)) == []
    other = tmp_path / "env" / "bin" / "python"
    assert proposed(HypothesisTypes(), replace(typed, python=other), missing(typed)) == []


def test_another_environment_is_looked_into(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    assert not has_hypothesis(python)
    package = tmp_path / "lib" / "python3.12" / "site-packages" / "hypothesis"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    assert has_hypothesis(python)


def test_a_module_that_cannot_be_loaded_gives_nothing(tmp_path: Path) -> None:
    module = subject(tmp_path, "import nowhere_at_all\ndef f(a: int): ...\n")
    assert proposed(HypothesisTypes(), module, missing(module)) == []
