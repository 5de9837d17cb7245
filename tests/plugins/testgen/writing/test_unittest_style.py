"""Tests for projects that write them with unittest."""

from __future__ import annotations

import unittest
from textwrap import dedent

import pytest

from aigc_plugins.testgen.writing import write

from .shop import MODULE, checked, raised, returned, subject


def code(text):
    return dedent(text).lstrip("\n")


def written(*rows, text=None):
    return write(subject(text, style="unittest"), rows).text


def test_a_class_for_each_part_of_the_module():
    rows = [
        checked("box.put('x', 2)", "result is box", "box.value == ['x', 'x']", arrange=("box = Box()",)),
        returned("Box(2).get()", "2"),
        checked("same(None)", "result is None"),
        raised("fail('a')", "ValueError", "a"),
    ]
    assert written(*rows) == code(
        '''
        """Tests of `shop.boxes`."""

        import unittest

        from shop.boxes import Box, fail, same


        class TestBox(unittest.TestCase):
            def test_get_with_value(self):
                self.assertEqual(Box(2).get(), 2)

            def test_put_with_times_changes_value(self):
                box = Box()

                result = box.put("x", 2)

                self.assertIs(result, box)
                self.assertEqual(box.value, ["x", "x"])


        class TestSame(unittest.TestCase):
            def test_same_none_value_returns_none(self):
                self.assertIsNone(same(None))


        class TestFail(unittest.TestCase):
            def test_fail_raises_value_error(self):
                with self.assertRaisesRegex(ValueError, r"^a$"):
                    fail("a")
        '''
    )


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("result == pytest.approx(0.5)", "self.assertAlmostEqual(result, 0.5)"),
        ("result == pytest.approx(5e9)", "self.assertTrue(math.isclose(result, 5e9, rel_tol=1e-06, abs_tol=1e-12))"),
        ("result == [1, pytest.approx(0.5)]", "self.assertAlmostEqual(result[1], 0.5)"),
        ("result == {'a': pytest.approx(0.5)}", 'self.assertAlmostEqual(result["a"], 0.5)'),
        ("result is not None", "self.assertIsNotNone(result)"),
        ("isinstance(result, int)", "self.assertIsInstance(result, int)"),
        ("result in [1, 2]", "self.assertIn(result, [1, 2])"),
        ("result >= 1", "self.assertGreaterEqual(result, 1)"),
        ("not result", "self.assertFalse(result)"),
        ("1 < result < 3", "self.assertTrue(1 < result < 3)"),
    ],
)
def test_assertions_are_unittests_own(check, said):
    text = written(checked("same(1)", check, "len([result]) == 1"))
    assert f"        {said}\n" in text
    assert "pytest" not in text


def test_what_only_pytest_has_is_left_out():
    rows = [
        returned("same(shelf)", "1", fixtures=("shelf",)),
        checked("same(1)", "result == pytest.approx(1, rel=0.5)"),
        checked("same(1)", "result == Box(pytest.approx(1))"),
        returned("same(1)", "1"),
    ]
    made = write(subject(style="unittest"), rows)
    assert [test.rows for test in made.tests] == [(rows[3],)]


def test_a_class_is_added_to_an_existing_file():
    before = code(
        """
        import unittest

        from shop.boxes import same


        class TestSame(unittest.TestCase):
            def test_one(self):
                self.assertEqual(same(1), 1)


        if __name__ == "__main__":
            unittest.main()
        """
    )
    text = written(returned("same(1)", "1"), returned("same([2])", "[2]"), text=before)
    assert text == before.replace(
        "if __name__",
        "class TestSameMore(unittest.TestCase):\n"
        "    def test_same_single_value(self):\n"
        "        self.assertEqual(same([2]), [2])\n\n\n"
        "if __name__",
    )


def test_written_files_pass_with_unittest_alone(tmp_path, monkeypatch):
    rows = [
        checked("show('Hi')", "result is None", "printed == 'Hi\\n'"),
        checked("same(tmp_path / 'a')", "result == tmp_path / 'a'", "tmp_path.is_dir()"),
        raised("fail('a (b)\\nc')", "ValueError", "a (b)\nc"),
        checked("same([0.1, 2])", "result == [pytest.approx(0.1), 2]"),
        checked("same(pair)", "result == (1, None)", arrange=("pair = pair(1)",)),
    ]
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "boxes.py").write_text(MODULE)
    space = {"__name__": "test_boxes"}
    monkeypatch.syspath_prepend(str(tmp_path))
    exec(written(*rows), space)
    cases = [one for one in space.values() if isinstance(one, type) and issubclass(one, unittest.TestCase)]
    suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, cases))
    result = unittest.TestResult()
    suite.run(result)
    assert (result.testsRun, result.errors, result.failures) == (5, [], [])
