"""Shows what came of a task: a diff, a page, a prompt, or JSON. It applies nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aigc_lsp.cli import output
from aigc_models.types import ChatRequest
from aigc_plugins.action import FileEdit, NewFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.action import Edit, FileChange, Page, Request

CURSOR = "<cursor>"


def show_diff(text: str) -> None:
    """Print a diff, in colours on a terminal."""
    if not sys.stdout.isatty():
        sys.stdout.write(text)
        return
    from aigc_lsp.cli.patch import coloured

    output.console().print(coloured(text))


def show_page(page: Page) -> None:
    """Print a page: Markdown is set, and code coloured, on a terminal."""
    if not sys.stdout.isatty():
        output.say(page.text.rstrip("\n"))
        return
    from rich.markdown import Markdown
    from rich.syntax import Syntax

    text = output.visible(page.text)
    if page.language_id == "markdown":
        output.console().print(Markdown(text, hyperlinks=False), soft_wrap=False)
    else:
        output.console().print(Syntax(text, page.language_id, background_color="default", word_wrap=True))


def prompt_text(request: Request) -> str:
    """Return what a model would be sent: a conversation, or the text around `<cursor>`, and what limits the answer."""
    limits = f"[at most {request.max_tokens} tokens, temperature {request.temperature:g}"
    stops = ", ".join(repr(one) for one in request.stop)
    limits += f", stops at {stops}]" if stops else "]"
    if isinstance(request, ChatRequest):
        said = "\n\n".join(f"[{one.role}]\n{one.content}" for one in request.messages)
        return f"{said}\n\n{limits}"
    context = "".join(f"[context: {one.path}]\n{one.text}\n\n" for one in request.context)
    return f"{context}{request.prefix}{CURSOR}{request.suffix}\n\n{limits}"


def show_prompts(requests: Sequence[Request]) -> None:
    """Print prompts."""
    text = "\n\n".join(map(prompt_text, requests))
    output.say(output.visible(text) if sys.stdout.isatty() else text)


def edits_as_data(text: str, edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Return edits of a text for `--json`: lines and columns count from 1 in characters."""
    from aigc_plugins.text import LineIndex

    index = LineIndex(text)

    def point(offset: int) -> dict[str, int]:
        line, column = index.position(offset, "utf-32")
        return {"line": line + 1, "column": column + 1}

    return [{"start": point(one.start), "end": point(one.end), "text": one.text} for one in edits]


def file_as_data(one: FileChange) -> dict[str, Any]:
    """Return what becomes of another file for `--json`."""
    if isinstance(one, FileEdit):
        return {"kind": "edit", "path": str(one.path), "edits": edits_as_data(one.before, one.edits)}
    if isinstance(one, NewFile):
        return {"kind": "new", "path": str(one.path), "text": one.text}
    return {"kind": "rename", "path": str(one.path), "target": str(one.target)}
