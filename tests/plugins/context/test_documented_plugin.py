"""The context provider that docs/plugins.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from aigc_plugins.context import ContextAssembler
from aigc_plugins.workspace import WorkspaceProvider

from .memory import MemoryWorkspace, at_cursor

PAGE = Path(__file__).parents[3] / "docs" / "plugins.md"


def test_the_glossary_of_the_documentation_contributes_to_prompts() -> None:
    (code,) = re.findall(r"```python\n((?:(?!```).)*class Glossary.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    (provider,) = names["aigc_context_providers"]()  # type: ignore[operator]
    assert isinstance(provider, WorkspaceProvider)
    workspace = MemoryWorkspace({"docs/glossary.md": "cart: what is to be bought\nuser: who buys\n"})
    snapshot, offset = at_cursor(workspace, "app.py", "cart = ‸")
    made = ContextAssembler([provider], workspace, deadline_s=5.0)
    (snippet,) = made.collect(snapshot, offset, 500, (0, 0))
    assert (snippet.path, snippet.text, snippet.kind) == ("docs/glossary.md", "cart: what is to be bought", "glossary")
    assert (
        ContextAssembler([provider], workspace, enabled={"glossary": False}).collect(snapshot, offset, 500, (0, 0))
        == ()
    )
