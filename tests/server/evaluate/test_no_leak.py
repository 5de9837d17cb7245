"""With code of other files in prompts: they never hold the answer, however the cases of a file lie."""

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
from aigc_plugins.api import Snippet
from aigc_plugins.builtin.context import aigc_context_providers
from aigc_plugins.context.assemble import ContextAssembler
from aigc_plugins.document import Snapshot
from aigc_plugins.index import IndexedWorkspace, Indexer
from aigc_plugins.inline import InlineCompletionTask
from aigc_plugins.workspace import Workspace
from evaluate_helpers import Engine

SHAPES = "\n\n".join(f"def shape_{n}(width, secret_{n}):\n    return width * secret_{n}\n" for n in range(6))
USES = "from pkg.shapes import *\n\n\n" + "\n\n".join(
    f"def use_{n}(value):\n    start = value + {n}\n    grown = shape_{n}(start, answer_{n})\n    return grown\n\n\n"
    # So long that a prompt shows one of these functions: the others are context, for who takes it from the same file.
    + "\n".join(f"FILLER_{n}_{line} = {line}" for line in range(400))
    for n in range(6)
)


class Nosy:
    """A provider that gives whatever the workspace tells about the file being edited, its edits too."""

    name = "nosy"

    def attach(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def snippets(self, snapshot: Snapshot, offset: int, max_chars: int) -> list[Snippet]:
        there = self.workspace
        words = [f"{name}_{n}" for n in range(6) for name in ("answer", "shape")]
        found = [line for chunk in there.search(words, limit=50) for line in chunk.text.split("\n")]
        found += [line for edit in there.recent_edits() for line in (edit.before + edit.after).split("\n")]
        found += [line for file in there.open_files() for line in file.text.split("\n")]
        lines = dict.fromkeys(line for line in found if "shape" in line or "answer" in line)
        return [Snippet("seen.py", line, 1.0) for line in lines]


@pytest.fixture(params=[aigc_context_providers, lambda: [Nosy()]], ids=["built-in", "nosy"])
def side(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, Side, Engine]]:
    root, database = tmp_path / "repo", tmp_path / "db"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "shapes.py").write_text(SHAPES)
    (root / "pkg" / "uses.py").write_text(USES)
    (root / "pkg" / "more.py").write_text("from pkg.shapes import shape_0\n\n\ndef more():\n    return shape_0(1, 2)\n")
    Indexer(root, folder=database).build()
    workspace = MaskedWorkspace(lambda: IndexedWorkspace([root], folder=database))
    engine = Engine(lambda _: "x\n")
    recorder = Recorder(engine)
    context = ContextAssembler(request.param(), workspace, deadline_s=10, patience_s=10)
    service = CompletionService(recorder, InlineCompletionTask(), context)
    yield root, Side(Variant("A", "with context", Settings()), service, recorder, workspace, context), engine
    workspace.close()


def test_prompts_hold_other_places_of_the_file_and_not_the_answer(side: tuple[Path, Side, Engine]) -> None:
    root, one, engine = side
    assert one.workspace is not None
    cases = repository_cases(root, one.workspace, kinds=["cross-file"], count=0)
    cases = [case for case in cases if "answer_" in case.reference] * 2
    assert len(cases) == 12
    others = 0
    for case in cases:
        engine.requests.clear()
        asyncio.run(run([case], [one], Options()))
        assert engine.requests
        hidden = case.reference.split(", ")[1].rstrip(")")
        for request in engine.requests:
            seen = "\n".join([request.prefix, request.suffix, *(file.text for file in request.context)])
            assert hidden not in seen
        others += any("answer_" in file.text for file in engine.requests[0].context)
    assert others >= 6  # the prompts do hold what stands elsewhere in the file
    assert one.results[0].context
