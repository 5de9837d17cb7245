"""Code from elsewhere in the workspace in a session's prompts: what is in them, what never is, how to switch it off."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from aigc_models.types import ContextFile
from aigc_plugins.manager import load_plugins
from lsp_helpers.inprocess import Session

USE = "from shapes import area_of_square\n\n\nprint("


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "aigc"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "shapes.py").write_text("def area_of_square(side):\n    return side * side\n")
    (folder / "secret.py").write_text("def area_of_square(side):\n    return 42\n")
    (folder / ".gitignore").write_text("secret.py\n")
    (folder / "use.py").write_text(USE)
    return folder


def asked(root: Path, texts: list[str], **options: Any) -> list[tuple[ContextFile, ...]]:
    """Return what of other files the engine got, for each text of use.py that is completed at its end."""

    async def play() -> Session:
        session = Session(providers=load_plugins().context_providers(), debounce_ms=0, **options)
        await session.start(rootUri=root.as_uri())
        await session.server.backend.ready.wait()
        uri = (root / "use.py").as_uri()
        try:
            for text in texts:
                document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
                session.notify("textDocument/didOpen", {"textDocument": document})
                for _ in range(50):
                    place = {"line": text.count("\n"), "character": len(text) - text.rfind("\n") - 1}
                    params = {"textDocument": {"uri": uri}, "position": place, "context": {"triggerKind": 2}}
                    session.server.suggester.cache.clear()
                    await session.request("textDocument/inlineCompletion", params)
                    if session.counters.context[-1] or not options.get("context", {}).get("enabled", True):
                        break
                    await asyncio.sleep(0.1)  # until the index is there
                    session.server.backend.closed(uri)
                    session.counters.context.pop()
        finally:
            await session.server.aclose()
        return session

    return asyncio.run(play()).counters.context


def test_the_definition_that_is_used_stands_in_the_prompt(root: Path) -> None:
    (context,) = asked(root, [USE])
    assert "def area_of_square(side)" in "".join(file.text for file in context)
    assert [file.path for file in context] == ["shapes.py"]


def test_an_ignored_file_is_never_in_it(root: Path) -> None:
    for context in asked(root, [USE, USE + "area_of_square("]):
        assert context
        assert "42" not in "".join(file.text for file in context)


def test_from_key_to_key_it_stays_the_same(root: Path) -> None:
    contexts = asked(root, [USE, USE + "a", USE + "ar", USE + "area_of_square(3"])
    assert len(contexts) == 4
    assert len(set(contexts)) == 1


@pytest.mark.parametrize("context", [{"enabled": False}, {"tokens": 0, "enabled": False}])
def test_it_can_be_switched_off(root: Path, context: dict[str, Any]) -> None:
    assert asked(root, [USE], context=context) == [()]
