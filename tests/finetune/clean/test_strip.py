"""Comments, docstrings and blank lines go, the program stays the same."""

from __future__ import annotations

import ast

import pytest

from aigc_finetune.clean.strip import Stripped, strip
from aigc_finetune.recipe import CleanSection
from aigc_plugins.syntax import SyntaxTree, language_for

ALL = CleanSection(comments=True, docstrings=True, blank_lines=True)


def _strip(text: str, recipe: CleanSection = ALL, language: str = "python") -> Stripped:
    found = language_for(language)
    assert found is not None
    return strip(SyntaxTree(found, text), recipe)


SOURCE = '''#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""Module."""

import os  # system


class A:
    """A class."""

    def f(self, x):  # comment
        """A
        docstring.
        """
        s = """kept

        # no comment
        """

        # whole line
        return s + "# no comment"  # end

    def only(self):
        """Nothing else."""

    def b(self):
        b"""bytes are no docstring"""
        "two"; return f"""x {self}

        y"""
'''


def test_everything_that_is_asked_for_goes_and_nothing_else() -> None:
    done = _strip(SOURCE)
    assert done.kept_program
    assert (
        done.text
        == '''#!/usr/bin/env python
import os
class A:
    def f(self, x):
        s = """kept

        # no comment
        """
        return s + "# no comment"
    def only(self):
        pass
    def b(self):
        b"""bytes are no docstring"""
        "two"; return f"""x {self}

        y"""
'''
    )


def test_comments_alone() -> None:
    done = _strip(SOURCE, CleanSection(comments=True))
    assert ast.dump(ast.parse(done.text)) == ast.dump(ast.parse(SOURCE))
    assert "# whole line" not in done.text
    assert '"""A class."""' in done.text
    assert "\n\n" in done.text


def test_nothing_asked_for_nothing_done() -> None:
    assert _strip(SOURCE, CleanSection()).text == SOURCE


@pytest.mark.parametrize(
    "text",
    ['x = 1\n"""no docstring"""\n', "def f():\n    pass\n    'no docstring'\n", 'if x:\n    """no docstring"""\n'],
)
def test_strings_that_are_no_docstrings_stay(text: str) -> None:
    assert _strip(text).text == text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('def f():\n    "doc"; return 1\n', "def f():\n    return 1\n"),
        ('def f(): "doc"\n', "def f(): pass\n"),
        ('class A:\n    # why\n    """doc"""\n    # more\n', "class A:\n    pass\n"),
        ('async def f():\n    r"""doc"""\n    await x\n', "async def f():\n    await x\n"),
        ('def f():\n    ("doc")\n    return 1\n', None),
        ("x = 1  # é ü 漢字\ny = '漢字'  # ü\n", "x = 1\ny = '漢字'\n"),
        ("if x:\n    pass\n    # last\nelse:\n    pass", "if x:\n    pass\nelse:\n    pass"),
    ],
)
def test_awkward_places(text: str, after: str | None) -> None:
    done = _strip(text)
    assert done.text == (text if after is None else after)


def test_a_text_that_would_not_be_the_same_program_stays() -> None:
    broken = "def f(:\n    return 1  # comment\n"
    assert _strip(broken) == Stripped(broken, False)


@pytest.mark.parametrize(
    ("language", "text", "after"),
    [
        ("javascript", "// a\nlet x = 1; // b\n\n/* c\n d */\nf(`// no`);\n", "let x = 1;\nf(`// no`);\n"),
        (
            "go",
            "package a\n\n// F is.\nfunc F() string { return `\n\n` } // x\n",
            "package a\nfunc F() string { return `\n\n` }\n",
        ),
        ("rust", "/// doc\nfn f() -> u8 { /* in */ 1 }\n", "fn f() -> u8 {  1 }\n"),
        ("java", "/** d */\nclass A { int x; // y\n}\n", "class A { int x;\n}\n"),
        (
            "c",
            '#include <a.h>\n/* c */ int x; // d\nchar *s = "/* no */";\n',
            '#include <a.h>\n int x;\nchar *s = "/* no */";\n',
        ),
        ("bash", "#!/bin/sh\n# c\necho '# no' # d\n", "#!/bin/sh\necho '# no'\n"),
        ("ruby", "# c\ndef f\n  1 # d\nend\n", "def f\n  1\nend\n"),
        ("lua", "-- c\nlocal x = 1 -- d\n", "local x = 1\n"),
        ("typescript", "let x: number = 1; // b\n", "let x: number = 1;\n"),
    ],
)
def test_other_languages(language: str, text: str, after: str) -> None:
    assert _strip(text, language=language) == Stripped(after)
