"""The benchmark of edits: which functions it draws, what its own checks find, its section of the page."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"
TEXT = """import os


def first(a):
    return a


def second(self, b, *rest, key=None):
    c = b
    return c
"""
DOCUMENTED = TEXT.replace(
    "key=None):\n",
    'key=None):\n    """Return it.\n\n    Args:\n        self: A.\n        b: B.\n            More: of it.\n'
    '        *rest: C.\n        key: D.\n\n    Returns:\n        It.\n    """\n',
)


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))


def faults(after: str, name: str = "second") -> list[str]:
    import edits_checks

    return edits_checks.docstring_faults(TEXT, after, name)


def test_the_draw_is_the_same_for_a_seed_and_holds_functions_that_count() -> None:
    import edits_cases

    drawn = edits_cases.cases(20, 5)
    assert drawn == edits_cases.cases(20, 5)
    assert drawn != edits_cases.cases(20, 6)
    assert len({(case.module, case.name) for case in drawn}) == 20
    for case in drawn:
        assert ast.get_docstring(edits_cases.find(case.text, case.name)) is None
    assert [case.own_style for case in drawn] == [True, False] * 10


def test_docstrings_are_taken_out_of_one_function_or_of_all() -> None:
    import edits_cases

    method = '    def f(self, a):\n        """F."""\n        return a\n'
    text = f'"""Module."""\nimport os\n\n\nclass A:\n    """Class."""\n\n{method}'
    assert edits_cases.without_docstrings(text, "A.f") == text.replace('        """F."""\n', "")
    bare = edits_cases.without_docstrings(text, None)
    assert '"""' not in bare.replace('    """Class."""\n', "")
    assert ast.parse(bare)


def test_a_docstring_is_sound_with_the_parameters_of_the_signature() -> None:
    assert faults(DOCUMENTED) == []
    assert faults(DOCUMENTED.replace("        key: D.\n", "")) == ["documents other parameters"]


def test_only_a_method_has_a_receiver() -> None:
    import edits_checks

    before = "class A:\n    def f(self, a):\n        return a\n"
    docstring = '        """F.\n\n        Args:\n            a: A.\n        """\n'
    after = before.replace("        return", f"{docstring}        return")
    told = after.replace("            a: A.", "            self: It.\n            a: A.")
    assert edits_checks.docstring_faults(before, after, "A.f") == []
    assert edits_checks.docstring_faults(before, told, "A.f") == ["documents other parameters"]
    assert faults(DOCUMENTED.replace("        self: A.\n", "")) == ["documents other parameters"]


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        (TEXT, "adds nothing"),
        (TEXT.replace("c = b", "c = "), "does not parse"),
        (TEXT.replace("c = b", '"""Doc."""\n    c = b + 1'), "changes statements"),
        (TEXT.replace("second", "third"), "changes statements"),
        (TEXT.replace("return a", "return a  # why"), "changes other lines"),
    ],
)
def test_every_fault_is_found(after: str, fault: str) -> None:
    assert faults(after) == [fault]


@pytest.mark.parametrize(
    ("docstring", "names"),
    [
        ("Read.\n\nParameters\n----------\na : int\n    A.\n*b\n    B.\n\nReturns\n-------\nint\n    C.", ["a", "b"]),
        ("Read.\n\n:param a: One.\n:param int b: Two.\n:returns: It.", ["a", "b"]),
        ("Read.\n\nArgs:\n    a (int): One.\n    **more: Two.", ["a", "more"]),
        ("Read.", []),
    ],
)  # fmt: skip
def test_documented_parameters_are_read_in_each_style(docstring: str, names: list[str]) -> None:
    import edits_checks

    assert edits_checks.documented(docstring) == names


def test_annotations_are_held_against_mypy(tmp_path: Path) -> None:
    import edits_checks

    def found(after: str) -> list[str]:
        return edits_checks.annotation_faults(TEXT, after, "first", tmp_path)

    assert found(TEXT.replace("def first(a)", "def first(a: int) -> int")) == []
    assert found(TEXT.replace("def first(a)", "def first(a: int) -> str")) == ["new mypy errors"]
    assert found(TEXT) == ["adds nothing"]
    assert (
        found(TEXT.replace("import os\n", "import os\nimport re\n").replace("first(a)", "first(a: 're.Match')")) == []
    )
    assert found(TEXT.replace("import os\n", "import os\nprint()\n")) == ["changes other lines"]


def test_the_peer_puts_the_code_block_in_the_place_of_the_function() -> None:
    import edits_peer

    answer = 'Sure!\n```python\ndef first(a):\n    """Doc."""\n    return a\n```\nHope it helps.'
    text = edits_peer.applied(answer, TEXT, "first")
    assert text is not None
    assert faults(text, "first") == []
    assert edits_peer.applied("I cannot do that.", TEXT, "first") is None


def test_the_page_tells_shares_faults_and_reasons() -> None:
    import docs
    import edits
    import edits_page

    ours, peer = edits.Tally(), edits.Tally()
    ours.add(1.0, None, [])
    ours.add(2.0, "The model found no sentence that fits the function.", [])
    peer.add(3.0, None, ["changes statements"])
    peer.add(3.0, None, [])
    figures = {"seed": 1, "model": "m", "machine": {"python": "3.11"}}
    tasks = {"docstring": {"ours": ours.result(), "peer": peer.result()}}
    text = "\n".join(edits_page.section({**figures, "tasks": tasks}, docs._table))
    assert "| docstring, aigc-lsp | 0.50 | 1 of 1 | **0.50** |" in text
    assert "- docstring, one chat prompt, at fault: 1 × changes statements." in text
