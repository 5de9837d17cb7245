"""Scenarios with something changed: always Python, near what they were."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from aigc_plugins.testgen.inside.archive import Archive
from aigc_plugins.testgen.inside.generate_values import Values
from aigc_plugins.testgen.inside.vary import Variation, vary
from aigc_plugins.testgen.inside.vary_literals import tweaked
from aigc_plugins.testgen.scenario import Scenario
from tests.plugins.testgen.inside.searching import searched

BOX = """
import enum
class Size(enum.Enum):
    S = 1
    M = 2
class Box:
    def __init__(self, size: int, name: str = "box"):
        self.size = size
    def put(self, item: str, times: int = 1) -> None: ...
    def drop(self) -> None: ...
    def find(self, items: list[int], *, reverse: bool = False, size: Size = Size.S): return items
def take(*numbers: int): return numbers
"""
FIND = Scenario("Box.find", "box.find([1, 2], reverse=True, size=Size.S)", ("box = Box(3)", "box.put('a')"))


@pytest.mark.parametrize("seed", range(8))
def test_variations_are_python_and_differ(seed: int, tmp_path: Path) -> None:
    with searched(BOX, tmp_path) as module:
        generator = module.generator("Box.find", seed)
        scenario, different = FIND, 0
        for _ in range(60):
            scenario, _ = vary(scenario, generator, [FIND])
            ast.parse("\n".join((*scenario.imports, *scenario.arrange, scenario.act)))
            different += (scenario.act, scenario.arrange) != (FIND.act, FIND.arrange)
            assert scenario.act.startswith("box.find(")
            assert scenario.origin == "search"
        assert different > 50


def changed(
    way: str, scenario: Scenario, module_text: str, folder: Path, others: tuple[Scenario, ...] = ()
) -> set[str]:
    """Return what a way makes of a scenario, in many tries."""
    found = set()
    with searched(module_text, folder) as module:
        generator = module.generator(scenario.target)
        for _ in range(150):
            variation = Variation(scenario, generator, others)
            if getattr(variation, way)():
                result = variation.result()
                found.add("; ".join((*result.arrange, result.act)))
    return found


def test_members_of_an_enum_are_exchanged(tmp_path: Path) -> None:
    found = changed("literal", Scenario("Box.find", "box.find([], size=Size.S)", ("box = Box(0)",)), BOX, tmp_path)
    assert "box = Box(0); box.find([], size=Size.M)" in found


def test_arguments_are_added_left_out_and_written_anew(tmp_path: Path) -> None:
    found = changed("argument", Scenario("Box.find", "box.find([7], reverse=True)", ("box = Box(3)",)), BOX, tmp_path)
    assert "box = Box(3); box.find([7])" in found
    assert any("size=Size" in one for one in found)
    assert any(one.startswith(("box = Box(3, name=", "box = Box(3, '")) for one in found)
    starred = changed("argument", Scenario("take", "take(1, 2)"), BOX, tmp_path)
    assert "take(1)" in starred
    assert any(len(ast.parse(one, mode="eval").body.args) == 3 for one in starred)  # type: ignore[attr-defined]


def test_elements_come_and_go(tmp_path: Path) -> None:
    found = changed("element", Scenario("Box.find", "box.find([1, 2])", ("box = Box(3)",)), BOX, tmp_path)
    acts = {one.partition("; ")[2] for one in found}
    assert {"box.find([1])", "box.find([2])", "box.find([2, 1])"} <= acts
    assert any(one.count(",") == 2 for one in acts)


def test_calls_before_the_act_come_and_go(tmp_path: Path) -> None:
    found = changed("step", FIND, BOX, tmp_path)
    rest = "box.find([1, 2], reverse=True, size=Size.S)"
    assert f"box = Box(3); {rest}" in found
    assert f"box = Box(3); box.put('a'); box.drop(); {rest}" in found
    assert f"box = Box(3); box.put('a'); box.put('a'); {rest}" in found


def test_the_receiver_is_made_anew(tmp_path: Path) -> None:
    found = changed("receiver", FIND, BOX, tmp_path)
    assert len({one.partition(";")[0] for one in found}) > 5


def test_arguments_of_others_are_taken(tmp_path: Path) -> None:
    other = Scenario("Box.find", "box.find([9, 9])", ("box = Box(8)",))
    found = changed("crossed", FIND, BOX, tmp_path, (other,))
    assert "box = Box(3); box.put('a'); box.find([9, 9], reverse=True, size=Size.S)" in found
    assert "box = Box(8); box.find([1, 2], reverse=True, size=Size.S)" in found


@pytest.mark.parametrize("value", [3, "text", b"bytes", 1.5, True, None])
def test_constants_stay_of_their_type_mostly(value: object, tmp_path: Path) -> None:
    with searched(BOX, tmp_path) as module:
        values = Values(random.Random(1), ["word", 100], [], module.knowledge.classes)
        made = [tweaked(value, values) for _ in range(300)]
    if value is not None:
        assert sum(type(one) is type(value) for one in made) > 280
    assert len({repr(one) for one in made}) > (0 if isinstance(value, bool) else 4)


def test_values_that_conditions_compared_are_put_in(tmp_path: Path) -> None:
    with searched(BOX, tmp_path) as module:
        values = Values(random.Random(1), [], [], module.knowledge.classes)
        values.learn(["magic", 7777])
        assert 7777 in {tweaked(3, values) for _ in range(300)}
        assert any("magic" in tweaked("x", values) for _ in range(300))


def test_an_archive_forgets_nothing_that_alone_takes_a_branch(tmp_path: Path) -> None:
    with searched(BOX, tmp_path) as module:
        module.search("take", 40)
        archive = Archive(module.loaded.branches)
        for entry in module.archive.entries():
            archive.add(entry)
        assert archive.best.keys() == module.archive.best.keys()
