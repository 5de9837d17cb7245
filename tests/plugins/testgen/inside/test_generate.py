"""Expressions for parameters and receivers, by what is known of them."""

from __future__ import annotations

import datetime
import enum
import numbers
import pathlib
import random
import re
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from aigc_plugins.testgen.inside.generate_draft import Draft
from aigc_plugins.testgen.inside.generate_kinds import hints_of, kind_for, parameters
from aigc_plugins.testgen.inside.generate_text import Texts, by_name, formatted, fragments
from tests.plugins.testgen.inside.searching import Searched, searched

SHOP = """
import abc, enum, typing
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from decimal import Decimal
class Kind(enum.Enum):
    SMALL = "s"
    LARGE = "l"
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
class Square(Shape):
    def __init__(self, side: int):
        self.side = side
    def area(self): return self.side ** 2
class Sized(typing.Protocol):
    def volume(self) -> int: ...
class Cube:
    def volume(self) -> int: return 1
class Node:
    def __init__(self, name: str, left: "Node | None" = None):
        self.name = name
    @classmethod
    def from_text(cls, text: str) -> "Node":
        return cls(text)
    def rename(self, name: str) -> None:
        self.name = name
    @property
    def title(self) -> str: return self.name
    @title.setter
    def title(self, value: str) -> None: self.name = value
    def __contains__(self, other: str) -> bool: return other in self.name
    def secret(self, password: str) -> bool: return password == "p"
def paint(kind: Kind, shape: Shape, sized: Sized): ...
def price(amount: "Decimal") -> str: return str(amount)
def walk(node): return node.left.name
def both(node, name): return inner(node, name)
def inner(node: Node, name: str): ...
def only(*, key: int): return key
def many(*names: str, sep: str = ","): return sep.join(names)
"""


def values_of(module: Searched, name: str, count: int = 60) -> list[str]:
    generator = module.generator(name)
    return [generator.scenario()[0].act for _ in range(count)]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (int, ("int",)),
        (list[int], ("list", ("int",))),
        (Sequence[str], ("list", ("str",))),
        (Mapping[str, int], ("dict", ("str",), ("int",))),
        (dict[str, list[int]], ("dict", ("str",), ("list", ("int",)))),
        (tuple[int, ...], ("tuples", ("int",))),
        (tuple[int, str], ("tuple", ("int",), ("str",))),
        (int | None, ("one of", ("int",), ("none",))),
        (typing.Optional[str], ("one of", ("str",), ("none",))),  # noqa: UP045
        (Callable[[int, int], str], ("function", 2, ("str",))),
        (Iterator[int], ("iterator", ("int",))),
        (typing.Literal["a", "b"], ("literal", "a", "b")),
        (pathlib.Path, ("path",)),
        (datetime.date, ("date",)),
        (type[enum.Enum], ("class", enum.Enum)),
        (typing.BinaryIO, ("byte file",)),
        (typing.IO[str], ("text file",)),
        (re.Pattern[str], ("pattern",)),
        (Draft, ("object", Draft)),
        (typing.Any, ("any",)),
        (typing.Annotated[int, "x"], ("int",)),
        (slice, ("slice",)),
        (numbers.Rational, ("one of", ("int",), ("fraction",))),
        ("unknown", ("any",)),
    ],
)
def test_kinds_of_hints(hint: object, expected: tuple[object, ...]) -> None:
    assert kind_for(hint) == expected


def test_a_hint_that_only_type_checkers_import_is_found_in_the_loaded_modules(tmp_path: Path) -> None:
    import decimal

    with searched(SHOP, tmp_path) as module:
        assert hints_of(module.loaded.module.price)["amount"] is decimal.Decimal
        assert all(act.startswith("price(Decimal(") for act in values_of(module, "price", 5))


def test_parameters_of_classes_are_those_of_the_constructor() -> None:
    class Base:
        def __init__(self, size: int) -> None: ...

    class Derived(Base):
        pass

    assert [(one.name, hint) for one, hint in parameters(Derived)] == [("size", int)]


def test_members_subclasses_and_what_fits_a_protocol(tmp_path: Path) -> None:
    with searched(SHOP, tmp_path) as module:
        acts = values_of(module, "paint", 200)
        usual = [act for act in acts if re.match(r"paint\(Kind\.\w+, Square\(.*\), Cube\(\)\)", act)]
        assert len(usual) > 180


def test_attributes_and_calls_tell_what_a_parameter_is(tmp_path: Path) -> None:
    with searched(SHOP, tmp_path) as module:
        assert module.knowledge.usage.kinds("both", "node")[0] == ("object", module.loaded.module.Node)
        text = """
            def total(order):
                if isinstance(order, (str, bytes)):
                    return 0
                return order["sum"] + order.get("tax", 0)
        """
    with searched(text, tmp_path) as module:
        kinds = module.knowledge.usage.kinds("total", "order")
        assert kinds[:3] == [("str",), ("bytes",), ("keys", ("sum", "tax"))]


def test_what_only_a_name_may_be_given_is(tmp_path: Path) -> None:
    with searched(SHOP, tmp_path) as module:
        assert all(act.startswith("only(key=") for act in values_of(module, "only", 20))
        assert any("sep=" in act for act in values_of(module, "many"))


def test_receivers_are_made_in_several_ways_and_called_before(tmp_path: Path) -> None:
    with searched(SHOP, tmp_path) as module:
        generator = module.generator("Node.secret")
        arranged = [generator.scenario()[0].arrange for _ in range(80)]
        assert {one[0].partition("(")[0] for one in arranged} >= {"node = Node", "node = Node.from_text"}
        assert any(line.startswith("node.rename(") for one in arranged for line in one)
        assert all(generator.scenario()[0].act.startswith("node.secret(") for _ in range(5))


def test_properties_are_read_and_sometimes_set_before(tmp_path: Path) -> None:
    with searched(SHOP, tmp_path) as module:
        generator = module.generator("Node.title")
        made = [generator.scenario()[0] for _ in range(40)]
        assert {one.act for one in made} == {"node.title"}
        assert any(one.arrange[-1].startswith("node.title = ") for one in made)


def test_operators_are_written_as_such(tmp_path: Path) -> None:
    with searched(SHOP, tmp_path) as module:
        assert all(act.endswith(" in node") for act in values_of(module, "Node.__contains__", 10))


def test_the_same_seed_writes_the_same(tmp_path: Path) -> None:
    with searched(SHOP, tmp_path) as module:
        assert values_of(module, "paint", 20) == values_of(module, "paint", 20)


def test_sizes_and_characters_that_numbers_stand_for_are_tried(tmp_path: Path) -> None:
    text = """
        MOST = 1024
        def join(text: str) -> str:
            return text if len(text) < MOST and ord(text[0]) != 0x0375 else ""
        def order(items: list[int]): return items
    """
    with searched(text, tmp_path) as module:
        acts = values_of(module, "join", 600)
        assert any(" * 1024" in act or " * 1025" in act for act in acts)
        assert any("\u0375" in act for act in acts)
        assert any("list(range(1024))" in act for act in values_of(module, "order", 600))


def test_kinds_that_fail_are_tried_less(tmp_path: Path) -> None:
    with searched("def f(data):\n    return data\n", tmp_path) as module:
        slot = module.generator("f").slots()[0]
        before = slot.weights()
        for _ in range(10):
            slot.reward(0, False)
            slot.reward(1, True)
        after = slot.weights()
        assert after[0] < before[0]
        assert after[1] > before[1]


def test_what_was_learned_goes_to_another_process_with_the_same_plans(tmp_path: Path) -> None:
    with searched(SHOP, tmp_path) as module:
        slot = module.generator("walk").slots()[0]
        slot.reward(0, True)
        learned = module.knowledge.learned()
        slot.good[0] = slot.tried[0] = 0
        module.knowledge.learn(learned)
        assert (slot.good[0], slot.tried[0]) == (1, 1)


def test_names_of_other_modules_are_imported_and_own_ones_stand_bare() -> None:
    import collections

    draft = Draft({"Draft": Draft})
    assert draft.name_of(Draft) == "Draft"
    assert draft.name_of(collections.OrderedDict) == "OrderedDict"
    assert list(draft.imports) == ["from collections import OrderedDict"]
    taken = Draft({"OrderedDict": 1})
    assert taken.name_of(collections.OrderedDict) == "collections.OrderedDict"
    assert taken.name_of(int) == "int"


def test_variables_do_not_hide_anything() -> None:
    draft = Draft({"box": 1})
    assert draft.fresh("Box") == "box_2"
    assert draft.fresh("Box") == "box_3"
    assert draft.fresh("HTTPServer") == "http_server"
    assert draft.fresh("Class") == "class_2"
    assert draft.fresh("_") == "value"


PATTERNS = [
    r"(\d{4})-(\d\d)(T\d\d)?$", r"[a-z]+=[^,;]{1,3}", r"(?P<q>['\"])\w*(?P=q)", r"a|bc|d{2,}", r"(?:x(?i:y))+\s*#",
    r"[\w.]+@\w+\.(?:org|com)", r"v?(?:(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*)", r"\S\D\W",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_that_a_regular_expression_matches(pattern: str) -> None:
    compiled = re.compile(pattern)
    texts = Texts(random.Random(1), [], [compiled])
    made = [texts.matching(compiled) for _ in range(50)]
    assert sum(compiled.match(one) is not None for one in made) >= 45
    assert len(set(made)) > 2


def test_pieces_of_texts() -> None:
    assert fragments(["key=value", "a"]) == ("key", "=", "value")
    assert "user@example.org" in by_name("email")
    assert formatted("%Y-%m-%d") == "2024-02-29"
    assert formatted("plain") == ""
