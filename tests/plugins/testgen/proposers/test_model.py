"""What is read from a model's tests and calls: scenarios for the targets, and nothing that it only asserts."""

from __future__ import annotations

import pytest

from aigc_plugins.testgen.analysis import analyse
from aigc_plugins.testgen.proposers.model import ModelInputs, ModelTests
from aigc_plugins.testgen.proposers.reading import Reader
from aigc_plugins.testgen.scenario import Branch, Goals, Scenario
from task_helpers import FakeJob, prompt_text

MODULE = '''
import re

class Cart:
    """A cart."""

    def __init__(self, owner, limit=3):
        self.owner = owner
        self.items = []

    def add(self, item):
        if item in self.items:
            raise ValueError("twice")
        self.items.append(item)
        return len(self.items)

    @property
    def full(self):
        return len(self.items) > 2

def slug(text, sep="-"):
    if not text:
        return ""
    return re.sub(r"\\W+", sep, text.lower())
'''


@pytest.fixture
def subject(tmp_path):
    path = tmp_path / "shop.py"
    path.write_text(MODULE)
    return analyse(path, MODULE, root=tmp_path)


def seen(scenarios: list[Scenario]) -> list[tuple[str, tuple[str, ...], str]]:
    return [(one.target, one.arrange, one.act) for one in scenarios]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert slug('A b') == 'nonsense'", [("slug", (), "slug('A b')")]),
        ("text = 'A'\nother = 3\nassert slug(text) == 'a'", [("slug", ("text = 'A'",), "slug(text)")]),
        (
            "cart = Cart('ann')\ncart.add('x')\nassert cart.add('y') == 2",
            [
                ("Cart", (), "Cart('ann')"),
                ("Cart.add", ("cart = Cart('ann')",), "cart.add('x')"),
                ("Cart.add", ("cart = Cart('ann')", "cart.add('x')"), "cart.add('y')"),
            ],
        ),
        ("assert not Cart('ann').full", [("Cart.full", (), "Cart('ann').full"), ("Cart", (), "Cart('ann')")]),
        (
            "cart = Cart('a')\nwith pytest.raises(ValueError):\n    cart.add(1)\n    cart.add(1)",
            [
                ("Cart", (), "Cart('a')"),
                ("Cart.add", ("cart = Cart('a')", "cart.add(1)"), "cart.add(1)"),
            ],
        ),
        ("assert shop.slug('A') == shop.slug('B')", [("slug", (), "slug('A')"), ("slug", (), "slug('B')")]),
        ("from decimal import Decimal\nassert slug(Decimal('1'))", [("slug", (), "slug(Decimal('1'))")]),
        ("assert slug(undefined)", []),
        ("assert True\nassert len('x') == 1", []),
        ("result = slug(input())", []),
    ],
)
def test_scenarios_of_a_written_test(subject, text, expected):
    body = "".join(f"    {line}\n" for line in text.splitlines())
    assert seen(list(Reader(subject, "it").tests(f"def test_it():\n{body}"))) == expected


def test_what_is_cut_off_at_the_end_and_what_asks_for_unknown_fixtures_is_left_out(subject):
    text = "def test_a(database):\n    slug('a')\n\ndef test_b():\n    slug('b')\n\ndef test_c():\n    slug('c"
    assert seen(list(Reader(subject, "it").tests(text))) == [("slug", (), "slug('b')")]


def test_an_import_that_a_scenario_needs_comes_with_it(subject):
    (one,) = Reader(subject, "it").tests(
        "import os\nfrom decimal import Decimal, Context\nfrom shop import slug\n\n"
        "def test_a():\n    assert slug(Decimal('1'))\n"
    )
    assert one.imports == ("from decimal import Decimal",)


def test_inputs_are_the_first_call_of_each_answer_and_sampled_alike_each_time(subject):
    def answer(request):
        calls = ["'Hello World'))\nNone", "'a', sep='_')  # more", "not python (", "')', '('))"]
        return calls[request.seed % 4] if "def slug" in prompt_text(request) else "'x')"

    first, second = (FakeJob(answer, language="python") for _ in range(2))
    found = list(ModelInputs().propose(subject, Goals(), first))
    assert found == list(ModelInputs().propose(subject, Goals(), second))
    acts = [one.act for one in found if one.target == "slug"]
    assert sorted(acts) == ["slug(')', '(')", "slug('Hello World')", "slug('a', sep='_')"]
    assert [request.seed for request in first.asked] == [request.seed for request in second.asked]
    assert len({request.seed for request in first.asked}) > 1


def test_arguments_that_are_too_many_are_left_out(subject):
    found = ModelInputs().propose(subject, Goals(), FakeJob("'a b', '_', 3, ['x'])", language="python"))
    assert {one.act for one in found if one.target == "slug"} == {"slug('a b', '_')"}


def test_later_rounds_ask_about_what_is_missing_only_and_name_the_condition(subject):
    line = MODULE.splitlines().index("    if not text:") + 1
    job = FakeJob("'')", language="python")
    list(ModelInputs().propose(subject, Goals((Branch(1, "slug", line, "true"),), round=1), job))
    assert job.asked
    assert all("when: if not text" in prompt_text(request) for request in job.asked)
    assert all("def slug" in prompt_text(request) for request in job.asked)


def test_a_method_is_shown_below_the_head_and_constructor_of_its_class(subject):
    job = FakeJob("():\n    cart = Cart('ann')\n    assert cart.add('x') == 1\n", language="python")
    found = list(ModelTests().propose(subject, Goals(), job))
    prompts = [prompt_text(request) for request in job.asked]
    assert any("class Cart:" in text and "def __init__" in text and "def add" in text for text in prompts)
    assert ("Cart.add", ("cart = Cart('ann')",), "cart.add('x')") in seen(found)
