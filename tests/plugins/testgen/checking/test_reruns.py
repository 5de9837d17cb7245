"""Tests that pass only at times are found: order, hash seed, place, time zone, chance."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace

import pytest

from aigc_plugins.testgen import checking
from aigc_plugins.testgen.checking.hashes import seeds
from aigc_plugins.testgen.scenario import Recorded, Scenario

from .made import never, project, written

FLAKY = """
    import os, random, sys, time
    from pathlib import Path
    import cart

    def test_total():
        assert cart.total([1, 2]) == 3

    def test_first():
        assert cart.note("a") == 1

    def test_second():
        assert cart.note("b") == 2

    def test_hash():
        assert list({"a", "b", "c", "d", "e", "f"}) == list({"a", "b", "c", "d", "e", "f", "g"})[:6]

    def test_hash_of_text():
        assert hash("a") % 64 == %HASH%

    def test_place():
        assert str(Path(cart.__file__).parent) == %PLACE%

    def test_zone():
        assert time.localtime(0).tm_hour == 0

    def test_home():
        assert str(Path.home()) == %HOME%

    def test_program():
        assert sys.argv[0] == "pytest"

    def test_chance():
        assert random.random() < 1e-9

    def test_sign():
        assert cart.sign(-1) == -1
    """


def test_what_fails_in_any_run_is_told(tmp_path):
    subject, copy = project(tmp_path)
    seeded = subprocess.run(
        [subject.python, "-c", "print(hash('a') % 64)"],
        env={"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    text = FLAKY.replace("%HASH%", seeded.strip()).replace("%PLACE%", repr(str(copy.resolve())))
    text = text.replace("%HOME%", repr(str(copy.resolve().parent)))
    names = ["total", "first", "second", "hash_of_text", "place", "zone", "home", "program", "chance", "sign"]
    test = written(text, **{f"test_{name}": 1 for name in names})
    checked = checking.check(subject, copy, test, mutants=False, seconds=20.0, cancelled=never)
    assert {name for (name, _), one in checked.results.items() if not one.passed} == {"test_chance"}
    failing = checking.shuffled(subject, copy, test, seed=1, cancelled=never, jobs=2)
    flaky = {
        "test_first",
        "test_second",
        "test_hash_of_text",
        "test_place",
        "test_zone",
        "test_home",
        "test_program",
        "test_chance",
    }
    assert {name for name, _ in failing} == flaky


def test_what_the_tests_that_were_there_leave_behind_counts(tmp_path):
    subject, copy = project(tmp_path)
    old = "import cart\n\ndef test_old():\n    cart.note('x')\n"
    text = old + "\ndef test_new():\n    assert cart.note('y') == 1\n\ndef test_sign():\n    assert cart.sign(1) == 1\n"
    subject = replace(subject, conventions=replace(subject.conventions, text=old))
    test = written(text, test_new=1, test_sign=1)
    assert checking.shuffled(subject, copy, test, seed=1, cancelled=never) == {("test_new", 0)}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_few_texts_in_a_set_is_nothing_to_assert(tmp_path, seed):
    subject, copy = project(tmp_path, module="def unique(words):\n    return list(set(words))\n")
    texts = ["", "abc"], ["a", "b"], ["é", "x", ""]
    names = {f"test_{number}": 1 for number in range(len(texts))}
    rows = [f"def test_{number}(): assert cart.unique({one[::-1]}) == {one}" for number, one in enumerate(texts)]
    test = written("\n".join(["import cart", *rows, "def test_one(): assert cart.unique(['a']) == ['a']", ""]), **names)
    recorded = [Recorded(Scenario("unique", f"unique({one[::-1]})"), (f"result == {one}",)) for one in texts]
    tests = [replace(test, rows=(row,)) for test, row in zip(test.tests, recorded, strict=True)]
    test = replace(test, tests=(*tests, *written("", test_one=1).tests))
    failing = checking.shuffled(subject, copy, test, seed=seed, cancelled=never, jobs=2)
    assert failing == {(name, 0) for name in names}


def test_an_empty_text_in_a_joined_set_is_looked_for():
    test = written("", test_a=1)
    row = Recorded(Scenario("joined", "joined(['', 'b'])"), ("result == ', b'",))
    test = replace(test, tests=(replace(test.tests[0], rows=(row,)),))
    found = seeds("set()", test, random.Random(1), 5)
    orders = [
        subprocess.run(
            [sys.executable, "-c", "print(list({'', 'b'}), list({'b', ''}))"],
            env={"PYTHONHASHSEED": str(one)}, capture_output=True, text=True, check=True,
        ).stdout
        for one in found[:1]
    ]  # fmt: skip
    assert "['b', '']" in orders[0]


def test_what_a_test_leaves_for_itself_counts(tmp_path):
    subject, copy = project(tmp_path)
    new, old = "def test_new(): assert cart.note('y') == 1", "def test_sign(): assert cart.sign(1) == 1"
    text = f"import cart\n{new}\n{old}\n"
    test = written(text, test_new=1, test_sign=1)
    assert checking.shuffled(subject, copy, test, runs=4, seed=1, cancelled=never) == frozenset()
    assert checking.shuffled(subject, copy, test, runs=5, seed=1, cancelled=never) == {("test_new", 0)}


def test_what_the_locale_must_be_able_to_write_counts(tmp_path):
    subject, copy = project(tmp_path)
    text = """
        import cart

        def test_ascii(tmp_path):
            assert (tmp_path / "a").write_text("e") == cart.sign(1)

        def test_accent(tmp_path):
            assert (tmp_path / "a").write_text("\u00e9") == cart.sign(1)
        """
    test = written(text, test_ascii=1, test_accent=1)
    assert checking.shuffled(subject, copy, test, runs=2, seed=1, cancelled=never) == {("test_accent", 0)}


def test_a_file_that_is_fine_has_none(tmp_path):
    subject, copy = project(tmp_path)
    text = """
        import pytest
        from cart import total

        @pytest.mark.parametrize("prices", [[], [1]])
        def test_total(prices, tmp_path):
            assert total(prices) == len(prices) and "a file" not in str(list(tmp_path.iterdir()))
        """
    test = written(text, test_total=2)
    assert checking.shuffled(subject, copy, test, seed=1, cancelled=never) == frozenset()
    assert sorted(one.name for one in copy.parent.iterdir() if one.name != ".tmp") == ["project"]


def test_what_cannot_be_collected_fails_altogether(tmp_path):
    subject, copy = project(tmp_path)
    test = written("import nothing_like_it\ndef test_a(): pass\n", test_a=1)
    assert checking.shuffled(subject, copy, test, runs=1, seed=1, cancelled=never) == {("test_a", 0)}
