"""Written tests are run for real: what passes, what fails and why, and what the passing ones reach."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from aigc_plugins.action import CancelledError
from aigc_plugins.testgen import checking

from .made import never, project, written

FIRST = "from cart import *\n\n"


def checked(subject, copy, text, *, mutants=False, **rows):
    return checking.check(
        subject, copy, written(FIRST + dedent(text), **rows), mutants=mutants, seconds=20.0, cancelled=never
    )


def passed(result):
    return {row for row, one in result.results.items() if one.passed}


def test_rows_classes_and_failures_are_told_apart(tmp_path):
    subject, copy = project(tmp_path)
    result = checked(
        subject, copy,
        """
        import pytest, unittest

        @pytest.mark.parametrize(("prices", "expected"), [([], 0), ([1, 2], 4), ([1], 1)])
        def test_total(prices, expected):
            assert total(prices) == expected

        class TestSign:
            def test_sign(self):
                assert sign(-3) == -1

        class SignCase(unittest.TestCase):
            def test_sign(self):
                self.assertEqual(sign(3), 1)

            def test_bad(self):
                self.assertEqual(sign(3), 2)

        def test_skipped():
            pytest.skip("not today")

        def test_not_asked_for():
            assert False
        """,
        test_total=3, TestSign__test_sign=1, SignCase__test_sign=1, SignCase__test_bad=1, test_skipped=1,
    )  # fmt: skip
    assert result.error == ""
    assert passed(result) == {
        ("test_total", 0),
        ("test_total", 2),
        ("TestSign::test_sign", 0),
        ("SignCase::test_sign", 0),
    }
    assert set(result.results) - passed(result) == {("test_total", 1), ("SignCase::test_bad", 0), ("test_skipped", 0)}
    assert result.results["test_total", 1].message.startswith("assert 3.0 == 4")
    assert "1 != 2" in result.results["SignCase::test_bad", 0].message


def test_lines_and_arcs_are_those_that_coverage_sees(tmp_path):
    subject, copy = project(tmp_path)
    result = checked(subject, copy, "def test_sign():\n    assert sign(-3) == -1\n", test_sign=1)
    assert result.executable == {3, 6, 7, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21}
    assert result.executable - result.covered == {7, 8, 9, 10, 16, 20, 21}
    assert result.arcs == {(7, 8), (7, 9), (14, 15), (14, 16)}
    assert result.taken == {(14, 15)}
    assert result.branches == (1, 4)


def test_what_failing_tests_reach_does_not_count(tmp_path):
    subject, copy = project(tmp_path)
    text = "def test_sign():\n    assert sign(-3) == -1\n\ndef test_bad():\n    assert sign(3) == 2\n"
    result = checked(subject, copy, text, test_sign=1, test_bad=1)
    assert passed(result) == {("test_sign", 0)}
    assert result.taken == {(14, 15)}


def test_a_file_that_cannot_be_collected_says_why(tmp_path):
    subject, copy = project(tmp_path)
    result = checked(subject, copy, "import no_such_module\ndef test_a(): pass\n", test_a=1)
    assert result.results == {}
    assert "No module named 'no_such_module'" in result.error


def test_a_module_that_ends_the_interpreter_on_import_is_an_error(tmp_path):
    subject, copy = project(tmp_path, "import os\nos._exit(3)\n")
    assert checked(subject, copy, "def test_a(): pass\n", test_a=1).error


def test_tests_that_exit_crash_or_hang_are_found_and_the_rest_counts(tmp_path, monkeypatch):
    monkeypatch.setattr("aigc_plugins.testgen.checking.measured._TEST_S", 0.5)
    subject, copy = project(tmp_path)
    result = checked(
        subject, copy,
        """
        import ctypes, os, re

        def test_total():
            assert total([]) == 0

        def test_exit():
            os._exit(0)

        def test_crash():
            ctypes.string_at(0)

        def test_loop():
            while True:
                pass

        def test_stuck_in_c():
            re.match("(a+)+$", "a" * 64 + "b")

        def test_sign():
            assert sign(3) == 1
        """,
        test_total=1, test_exit=1, test_crash=1, test_loop=1, test_stuck_in_c=1, test_sign=1,
    )  # fmt: skip
    assert passed(result) == {("test_total", 0), ("test_sign", 0)}
    assert result.results["test_exit", 0].message == "it ends the interpreter"
    assert result.results["test_crash", 0].message == "it ends the interpreter"
    assert result.results["test_loop", 0].message == "it takes longer than 0.5 s"
    assert result.results["test_stuck_in_c", 0].message == "it takes longer than 0.5 s"
    assert {8, 16} <= result.covered


def test_fixtures_of_a_conftest_and_a_src_layout(tmp_path):
    conftest = """
        import pytest

        @pytest.fixture(scope="session")
        def prices():
            return [1, 2]

        @pytest.fixture(params=["a", "b"])
        def either(request):
            return request.param
        """
    subject, copy = project(
        tmp_path, file="src/shop/cart.py", **{"tests__conftest.py": conftest, "src__shop____init__.py": ""}
    )
    text = """
        from shop.cart import total

        def test_total(prices):
            assert total(prices, rate=1) == 6

        def test_either(either):
            assert either == "a"

        def test_unknown(no_such_fixture):
            pass
        """
    test = written(text, test_total=1, test_either=1, test_unknown=1)
    result = checking.check(subject, copy, test, mutants=False, seconds=20.0, cancelled=never)
    assert passed(result) == {("test_total", 0)}
    assert "no_such_fixture" in result.results["test_unknown", 0].message


@pytest.mark.parametrize(
    "settings",
    [
        {"pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--cov=cart -n auto --strict-markers -x"\n'},
        {"pytest.ini": "[pytest]\naddopts = -p no_such_plugin\nrequired_plugins = no-such-plugin\n"},
        {"setup.cfg": "[tool:pytest]\naddopts = --no-such-option\nminversion = 999\n"},
        {"tox.ini": "[pytest\n"},
    ],
)
def test_settings_that_need_what_is_missing_are_left_out(tmp_path, settings):
    subject, copy = project(tmp_path, **settings)
    result = checked(subject, copy, "def test_a(): assert total([]) == 0\ndef test_b(): assert 0\n", test_a=1, test_b=1)
    assert passed(result) == {("test_a", 0)}
    assert ("test_b", 0) in result.results


def test_settings_that_matter_are_honoured(tmp_path):
    ini = "[pytest]\naddopts = --import-mode=importlib -W error -q\npythonpath = more\n"
    subject, copy = project(tmp_path, **{"pytest.ini": ini, "more__helping.py": "VALUE = 3\n"})
    text = """
        import sys, warnings
        from helping import VALUE

        def test_helping():
            assert VALUE == 3 and not any(one.endswith("tests") for one in sys.path)

        def test_warning():
            warnings.warn("no")
        """
    result = checked(subject, copy, text, test_helping=1, test_warning=1)
    assert passed(result) == {("test_helping", 0)}


def test_coroutines_printing_and_files(tmp_path):
    subject, copy = project(tmp_path)
    text = """
        import asyncio, os, sys

        async def twice(x):
            return 2 * x

        def test_async():
            assert asyncio.run(twice(2)) == 4

        def test_prints(capsys, tmp_path):
            print('{"kind": "result", "end": 0, "passed": true, "message": ""}', flush=True)
            assert capsys.readouterr().out.startswith("{") and not list(tmp_path.iterdir())

        def test_closes_what_is_open():
            os.closerange(3, 200)
        """
    result = checked(subject, copy, text, test_async=1, test_prints=1, test_closes_what_is_open=1)
    assert passed(result) == {("test_async", 0), ("test_prints", 0)}


@pytest.mark.parametrize("name", ["textwrap", "pluggy"])
def test_a_module_that_pytest_itself_uses_is_tested_as_the_project_has_it(tmp_path, name):
    subject, copy = project(tmp_path, "def shorten(text):\n    return text[:3]\n", file=f"{name}.py")
    text = f"import {name}\n\ndef test_a():\n    assert {name}.shorten('abcdef') == 'abc'\n"
    result = checking.check(subject, copy, written(text, test_a=1), mutants=False, seconds=20.0, cancelled=never)
    assert passed(result) == {("test_a", 0)}
    assert result.covered == {1, 2}


def test_an_interpreter_without_pytest_is_lent_ours_and_nothing_else(tmp_path):
    import sys
    import venv

    subject, copy = project(tmp_path)
    venv.create(tmp_path / "bare", symlinks=True)
    subject = replace(subject, python=tmp_path / "bare" / "bin" / "python")
    text = """
        import importlib.util

        def test_lent():
            assert total([]) == 0

        def test_nothing_else():
            assert importlib.util.find_spec("pygls") is None and importlib.util.find_spec("hypothesis") is None
        """
    result = checked(subject, copy, text, test_lent=1, test_nothing_else=1)
    assert passed(result) == {("test_lent", 0), ("test_nothing_else", 0)}
    assert result.covered
    assert Path(sys.executable) != subject.python


def test_cancelling_ends_it(tmp_path):
    subject, copy = project(tmp_path)
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    test = written("def test_a():\n    while True: pass\n", test_a=1)
    with pytest.raises(CancelledError):
        checking.check(subject, copy, test, seconds=20.0, cancelled=cancelled.is_set)
    assert not list(copy.parent.glob(".events*"))
