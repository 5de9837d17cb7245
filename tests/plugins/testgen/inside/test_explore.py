"""Ways through code that hide behind conditions are found."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import pytest

from aigc_plugins.testgen.inside.archive import MISUSED
from aigc_plugins.testgen.inside.explore import Budget, dump
from aigc_plugins.testgen.inside.explore_mutants import MutantSearch
from aigc_plugins.testgen.scenario import Scenario
from tests.plugins.testgen.inside.searching import searched

HIDDEN = {
    "a text": """
        def open_up(word):
            if word == "open sesame":
                return 1
            if word.startswith("pre-"):
                return 2
            return 3
    """,
    "a number": """
        def grade(points: int) -> str:
            if points > 7310:
                return "a"
            if points == -42:
                return "b"
            return "c"
    """,
    "a value made at run time": """
        KEY = "".join(reversed("terces"))
        def open_up(word: str) -> bool:
            if word == KEY:
                return True
            return False
    """,
    "a regular expression": """
        import re
        DATE = re.compile(r"(\\d{4})-(\\d\\d)(T\\d\\d)?$")
        def year(text: str) -> int:
            found = DATE.match(text)
            if not found:
                return 0
            if found[3]:
                return -1
            return int(found[1])
    """,
    "a sequence of calls": """
        class Door:
            def __init__(self):
                self.state = "shut"
            def unlock(self):
                if self.state == "shut":
                    self.state = "unlocked"
            def push(self):
                if self.state == "unlocked":
                    self.state = "open"
                    return True
                return False
    """,
    "a type": """
        def size(value):
            if isinstance(value, dict):
                return len(value)
            if isinstance(value, (bytes, float)):
                return -1
            if isinstance(value, str):
                return -2
            return 0
    """,
    "keys": """
        def price(item):
            if "discount" in item:
                return item["amount"] - item["discount"]
            if item.get("free"):
                return 0
            return 1
    """,
    "objects in objects": """
        class Point:
            def __init__(self, x: int, y: int):
                self.x, self.y = x, y
        class Line:
            def __init__(self, start: Point, end: Point):
                self.start, self.end = start, end
        def shape(lines: list[Line]) -> str:
            for line in lines:
                if line.start.x == line.end.x:
                    return "upright"
                if line.start.y == line.end.y:
                    return "level"
            return "none"
    """,
    "objects known by their attributes": """
        class Point:
            def __init__(self, x, y):
                self.x = x
                self.y = y
        def quadrant(p):
            if p.x > 0 and p.y > 0:
                return 1
            return 2
    """,
    "members of an enum": """
        import enum
        class Color(enum.Enum):
            RED = 1
            GREEN = 2
            BLUE = 3
        def name(color: Color) -> str:
            if color is Color.BLUE:
                return "b"
            return "other"
    """,
    "a coroutine": """
        async def fetch(name: str, retries: int = 0) -> str:
            if retries > 3:
                return "tired"
            if not name:
                raise ValueError("no name")
            return name
    """,
    "a dataclass": """
        from __future__ import annotations
        from dataclasses import dataclass, field
        @dataclass
        class Item:
            name: str
            tags: list[str] = field(default_factory=list)
            parent: Item | None = None
        def depth(item: Item) -> int:
            if item.parent is not None:
                return 1 + depth(item.parent)
            if "root" in item.tags:
                return -1
            return 0
    """,
    "an attribute that users set": """
        class Machine:
            def __init__(self, name: str):
                self.name = name
                self.level = 0
            def run(self) -> str:
                if self.level >= 3:
                    return "loud " + self.name
                return self.name
    """,
    "a context": """
        from contextlib import contextmanager
        @contextmanager
        def doubled(x: int):
            if x > 5:
                yield x * 2
            else:
                yield x
    """,
    "keywords": """
        def style(**options):
            if options.get("bold"):
                return "b"
            if "color" in options:
                return "c"
            return ""
    """,
    "operators": """
        class Money:
            def __init__(self, cents: int):
                self.cents = cents
            def __eq__(self, other):
                if not isinstance(other, Money):
                    return NotImplemented
                return self.cents == other.cents
            def __add__(self, other):
                if self.cents < 0:
                    raise ValueError("debt")
                return Money(self.cents + other.cents)
            def __len__(self):
                if self.cents > 100:
                    return 3
                return 1
    """,
}


@pytest.mark.parametrize("what", HIDDEN)
def test_branches_behind(what: str, tmp_path: Path) -> None:
    with searched(HIDDEN[what], tmp_path) as module:
        for _ in range(2):
            for target in module.knowledge.targets:
                if module.missing():
                    module.search(target.name, 3000)
        assert module.missing() == []


def test_ways_that_only_misuse_takes_are_still_looked_for_but_held_as_the_last_choice(tmp_path: Path) -> None:
    text = """
        def double(x: int) -> int:
            return x.missing * 2
    """
    with searched(text, tmp_path) as module:
        module.search("double", 60)
        assert [one.rank for held in module.archive.best.values() for one in held] == [MISUSED] * 3
        assert module.missing()


def test_of_scenarios_that_show_the_same_the_smaller_one_is_held(tmp_path: Path) -> None:
    with searched("def first(text: str):\n    return text[:1]\n", tmp_path) as module:
        long, short = Scenario("first", "first('a long text')"), Scenario("first", "first('')")
        module.search("first", 2, (long, short))
        assert module.archive.best[1][0].scenario == short


def test_what_a_proposer_wrote_counts_as_smaller(tmp_path: Path) -> None:
    with searched("def first(text: str):\n    return text[:1]\n", tmp_path) as module:
        named = Scenario("first", "first('name')", origin="model")
        module.search("first", 2, (named, Scenario("first", "first('')", origin="search")))
        assert module.archive.best[1][0].scenario == named


def test_the_same_seed_finds_the_same(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with searched(HIDDEN["objects in objects"], tmp_path) as module:
            name = module.loaded.module.__name__
            found = dump(module.search("shape", 400))
            for entry in found["entries"]:
                entry[-1] = 0.0  # seconds
            seen.append(json.dumps(found).replace(name, "module"))
    assert seen[0] == seen[1]


def test_a_mutant_that_first_lives_is_killed_by_a_variation(tmp_path: Path) -> None:
    text = """
        def clamp(value: int, most: int) -> int:
            if value > most:
                return most
            return value
        def far(value: int) -> bool:
            return value >= 1000
    """
    with searched(text, tmp_path) as module:
        target = module.target("far")
        weak = Scenario("far", "far(3)")
        module.search("far", 1, (weak,))
        before = set(module.archive.alive)
        budget = Budget(4000, time.monotonic() + 60)
        search = MutantSearch(module.executor, module.knowledge, target, module.archive, "0", budget)
        entries = module.archive.population["far"]
        found = search.kill(entries, entries, 60)
        bound = [one.number for one in module.loaded.mutants if one.before == "value >= 1000" and "> 1000" in one.after]
        assert bound, "a fault at the bound is planted"
        assert set(bound) <= before - module.archive.alive
        killers = [one for one in found.entries if set(bound) & one.kills]
        assert killers
        assert all("1000" in one.scenario.act for one in killers)


def test_budget_ends_a_search(tmp_path: Path) -> None:
    with searched(HIDDEN["a number"], tmp_path) as module:
        found = module.search("grade", 20)
        assert sum(found.ran.values()) <= 20


def test_given_scenarios_count_by_origin(tmp_path: Path) -> None:
    with searched(HIDDEN["a number"], tmp_path) as module:
        given = Scenario("grade", "grade(8000)", origin="model")
        found = module.search("grade", 3, (given, dataclasses.replace(given, act="grade(1)")))
        assert found.ran["model"] == 2
