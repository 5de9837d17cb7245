"""The providers over a real index: what is open wins over what is saved, and nothing hidden comes through."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_plugins.builtin.context import aigc_context_providers
from aigc_plugins.context import ContextAssembler
from aigc_plugins.document import Document, Snapshot
from aigc_plugins.index import IndexedWorkspace, Indexer

FILLER = "\n".join(f"# line {number}" for number in range(60))
ORDERS = "from shop.money import add_tax\n\n\ndef invoice(order):\n    return add_tax(order.net, rate=0.19)\n"
APP = f"from shop.money import add_tax\n\n{FILLER}\n\n\ndef bill(order):\n    return add_tax(order.masked, rate=0.07)\n"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "aigc"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "shop/__init__.py": "",
        "shop/money.py": "def add_tax(net, *, rate):\n    return net * (1 + rate)\n",
        "shop/orders.py": ORDERS,
        "shop/app.py": APP,
        "tests/test_app.py": "from shop.app import bill\n\n\ndef test_bill():\n    assert bill(None) is None\n",
        "private/keys.py": "def add_tax(secret_rate):\n    return add_tax(order.net, rate=secret)\n",
        ".gitignore": "private/\n",
    }
    for name, text in files.items():
        path = tmp_path / "ws" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    Indexer(tmp_path / "ws", folder=tmp_path / "index", workers=0).build()
    return tmp_path / "ws"


@pytest.fixture
def workspace(root: Path, tmp_path: Path) -> IndexedWorkspace:
    return IndexedWorkspace([root], folder=tmp_path / "index")


def opened(workspace: IndexedWorkspace, path: Path, text: str) -> Snapshot:
    workspace.overlay(path.as_uri(), "python", text)
    return Document(path.as_uri(), "python", text).snapshot()


def collected(workspace: IndexedWorkspace, snapshot: Snapshot, offset: int) -> dict[str, str]:
    made = ContextAssembler(aigc_context_providers(), workspace, deadline_s=10.0, patience_s=30.0)
    found = made.collect(snapshot, offset, 3000, (max(offset - 40, 0), offset))
    assert made.blocked == {}
    return {f"{one.kind} {one.path}": one.text for one in found}


def test_definitions_similar_code_and_the_sibling_are_found(root: Path, workspace: IndexedWorkspace) -> None:
    text = APP[: APP.index("add_tax(order.masked")]
    found = collected(workspace, opened(workspace, root / "shop/app.py", text), len(text))
    assert "def add_tax(net, *, rate):\n    return net * (1 + rate)" in found.values()
    assert "add_tax(order.net, rate=0.19)" in found["similar-code shop/orders.py"]
    assert any("def test_bill" in piece for piece in found.values())


def test_what_is_saved_of_the_open_file_never_answers(root: Path, workspace: IndexedWorkspace) -> None:
    text = APP[: APP.index("add_tax(order.masked")]
    found = collected(workspace, opened(workspace, root / "shop/app.py", text), len(text))
    assert not any("masked" in piece for piece in found.values())


def test_the_saved_text_of_a_file_that_was_not_announced_is_not_used_either(
    root: Path, workspace: IndexedWorkspace
) -> None:
    text = APP[: APP.index("add_tax(order.masked")]
    snapshot = Document((root / "shop/app.py").as_uri(), "python", text).snapshot()
    assert not any("masked" in piece for piece in collected(workspace, snapshot, len(text)).values())


def test_ignored_files_are_never_shown(root: Path, workspace: IndexedWorkspace) -> None:
    text = "add_tax(order.net, secret_rate, "
    found = collected(workspace, opened(workspace, root / "new.py", text), len(text))
    assert found
    assert not any("secret" in piece or "private" in key for key, piece in found.items())


def test_an_edit_in_another_open_file_is_news(root: Path, workspace: IndexedWorkspace) -> None:
    opened(workspace, root / "shop/orders.py", ORDERS)
    opened(workspace, root / "shop/orders.py", ORDERS.replace("0.19", "reduced_rate"))
    found = collected(workspace, opened(workspace, root / "new.py", "order = "), 8)
    assert any("reduced_rate" in piece for piece in found.values())
