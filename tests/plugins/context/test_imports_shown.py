"""The file's own imports from the workspace, where the prompt begins below them."""

from __future__ import annotations

import pytest

from aigc_plugins.context import ContextAssembler, DefinitionsProvider, ImportsProvider

from .memory import MemoryWorkspace, at_cursor

OTHERS = {
    "shop/prices.py": "def total(a):\n    return a\n\n\ndef tax(a):\n    return a\n",
    "shop/people.py": "class Buyer: ...\n",
}
HEAD = """\
import os
from shop.people import Buyer
from shop.prices import (
    tax,
    total,
)

used = tax(1), Buyer()
"""


def texts(marked: str, files: dict[str, str] = OTHERS) -> list[str]:
    workspace = MemoryWorkspace(files)
    provider = ImportsProvider()
    provider.attach(workspace)
    snapshot, offset = at_cursor(workspace, "shop/main.py", marked)
    return [one.text for one in provider.snippets(snapshot, offset, 4000)]


def test_imports_of_the_workspace_are_shown_others_are_not() -> None:
    expected = "from shop.people import Buyer\nfrom shop.prices import (\n    tax,\n    total,\n)"
    assert texts(HEAD + "x = ‸\n") == [expected]
    assert texts("import os\nx = ‸\n") == []


def test_where_there_are_many_those_come_first_that_nothing_uses_yet() -> None:
    files = {f"m{n}.py": "def f(): ...\n" for n in range(40)}
    head = "".join(f"from m{n} import f as f{n}\n" for n in range(40))
    uses = "".join(f"f{n}()\n" for n in range(39))
    (text,) = texts(head + uses + "‸\n", files)
    assert len(text.split("\n")) == 24
    assert text.endswith("from m39 import f as f39")


@pytest.mark.parametrize(("filler", "shown"), [(5, False), (400, True)])
def test_what_the_prompt_shows_already_is_not_repeated(filler: int, shown: bool) -> None:
    workspace = MemoryWorkspace(OTHERS)
    snapshot, offset = at_cursor(workspace, "shop/main.py", HEAD + "y = 1  # filler\n" * filler + "x = ‸\n")
    assembler = ContextAssembler([ImportsProvider()], workspace, deadline_s=5.0)
    found = assembler.collect(snapshot, offset, 2000, (max(offset - 3000, 0), offset))
    assert bool(found) is shown


def test_an_imported_name_that_waits_to_be_used_is_defined_before_those_in_use() -> None:
    workspace = MemoryWorkspace(OTHERS)
    provider = DefinitionsProvider()
    provider.attach(workspace)
    snapshot, offset = at_cursor(workspace, "shop/main.py", HEAD + "y = 1  # filler\n" * 100 + "x = ‸\n")
    first = provider.snippets(snapshot, offset, 4000)[0]
    assert first.text.startswith("def total(a):")
