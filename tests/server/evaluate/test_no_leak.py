"""With code of other files in prompts: they hold what helps, and never the answer, however the cases of a file lie."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_lsp.completion import CompletionService
from aigc_lsp.evaluate.masked import MaskedWorkspace
from aigc_lsp.evaluate.repository import repository_cases
from aigc_lsp.evaluate.runner import Options, Recorder, Side, run
from aigc_lsp.evaluate.variants import Variant
from aigc_lsp.settings import Settings
from aigc_plugins.builtin.context import aigc_context_providers
from aigc_plugins.context.assemble import ContextAssembler
from aigc_plugins.index import IndexedWorkspace, Indexer
from aigc_plugins.inline import InlineCompletionTask
from evaluate_helpers import Engine

SHAPES = "\n\n".join(f"def shape_{n}(width, secret_{n}):\n    return width * secret_{n}\n" for n in range(6))
USES = "from pkg.shapes import *\n\n\n" + "\n\n".join(
    f"def use_{n}(value):\n    start = value + {n}\n    grown = shape_{n}(start, answer_{n})\n    return grown\n"
    for n in range(6)
)


@pytest.fixture
def side(tmp_path: Path) -> Iterator[tuple[Path, Side, Engine]]:
    root, database = tmp_path / "repo", tmp_path / "db"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "shapes.py").write_text(SHAPES)
    # Long enough for the window to leave out most of it, so that parts of the file itself may be context.
    (root / "pkg" / "uses.py").write_text(USES + "\n\n" + "\n".join(f"FILLER_{n} = {n}" for n in range(3000)) + "\n")
    (root / "pkg" / "more.py").write_text("from pkg.shapes import shape_0\n\n\ndef more():\n    return shape_0(1, 2)\n")
    Indexer(root, folder=database).build()
    workspace = MaskedWorkspace(lambda: IndexedWorkspace([root], folder=database))
    engine = Engine(lambda _: "x\n")
    recorder = Recorder(engine)
    context = ContextAssembler(aigc_context_providers(), workspace, deadline_s=10, patience_s=10)
    service = CompletionService(recorder, InlineCompletionTask(), context)
    yield root, Side(Variant("A", "with context", Settings()), service, recorder, workspace, context), engine
    workspace.close()


def test_prompts_hold_the_definition_and_not_the_answer(side: tuple[Path, Side, Engine]) -> None:
    root, one, engine = side
    assert one.workspace is not None
    cases = repository_cases(root, one.workspace, kinds=["cross-file"], count=0)
    cases = [case for case in cases if "answer_" in case.reference] * 2
    assert len(cases) == 12
    helped = 0
    for case in cases:
        engine.requests.clear()
        asyncio.run(run([case], [one], Options()))
        assert engine.requests
        hidden = case.reference.split(", ")[1].rstrip(")")
        for request in engine.requests:
            seen = "\n".join([request.prefix, request.suffix, *(file.text for file in request.context)])
            assert hidden not in seen
        number = hidden.removeprefix("answer_")
        helped += any(f"secret_{number}" in file.text for file in engine.requests[0].context)
    assert helped > 0
    assert one.results[0].context
