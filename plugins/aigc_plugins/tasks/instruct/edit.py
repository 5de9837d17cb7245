"""The task that edits a block by an instruction: by conversation, then as a text to go on with; what holds is offered.

What holds is decided in `promise`; how answers are read, in `answer`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_models.types import EngineRequestError
from aigc_plugins.api import ActionTask, Argument, Change, Edit, WithheldError, sampled
from aigc_plugins.inline.fit import without_loops
from aigc_plugins.inline.scan import scan
from aigc_plugins.syntax import PLAIN, SyntaxTree
from aigc_plugins.tasks.instruct.answer import code_of, indented_like, readings, without_surroundings
from aigc_plugins.tasks.instruct.block import Block, block_at
from aigc_plugins.tasks.instruct.definitions import outermost
from aigc_plugins.tasks.instruct.guard import with_guard
from aigc_plugins.tasks.instruct.promise import broken_promise
from aigc_plugins.tasks.instruct.renaming import renamed
from aigc_plugins.tasks.instruct.wording import Instruction

if TYPE_CHECKING:
    from aigc_plugins.api import Job, Place, Request, Result

_MOST = 12_000  # characters of a block
_MOST_WORDS = 1000  # characters of an instruction
# Each attempt: the template ('' for lines at the start of a function), the seed, whether a definition's head is given.
_ATTEMPTS = (
    ("edit", 0, False),
    ("", 0, False),
    ("edit-completion", 0, True),
    ("", 4, False),
    ("edit", 1, False),
    ("edit-completion", 2, True),
    ("edit-completion", 3, False),
)
_EXAMPLE = "for example: raise ValueError on an empty list"


class EditTask(ActionTask):
    """Changes the selection, or the code around the cursor, as the user says."""

    name = "edit"
    title = "Edit with an instruction …"
    kind = "refactor.rewrite.aigc"
    arguments = (Argument("instruction", "What to change", placeholder=_EXAMPLE),)
    model = True
    cost = "seconds"
    verified = "parses, keeps names and parameters that the instruction does not bring up, leaves nothing out"

    def applies(self, place: Place) -> bool | str:
        """Offer it on a selection, and on a line that is not blank."""
        if place.start != place.end:
            return bool(place.selected[:2000].strip())
        text, at = place.snapshot.text, place.start
        return bool(text[text.rfind("\n", 0, at) + 1 : at].strip() or text[at : at + 400].partition("\n")[0].strip())

    def run(self, place: Place, job: Job) -> Result:
        """Ask in several ways until an answer holds."""
        instruction = " ".join(job.arguments.get("instruction", "").split())[:_MOST_WORDS]
        if not instruction:
            raise WithheldError("Say what to change: the instruction is empty.")
        block = block_at(place.snapshot, place.start, place.end)
        if block is None:
            raise WithheldError("There is no code here. Select what to change.")
        exact = renamed(block, instruction)
        if exact is not None:
            return exact
        if len(block.text) > _MOST:
            raise WithheldError(f"The selection is longer than {_MOST:,} characters. Select less of it.")
        return _asked(block, Instruction(instruction), job)


def _asked(block: Block, instruction: Instruction, job: Job) -> Change:
    reason = ""
    for number, (template, seed, with_head) in enumerate(_ATTEMPTS):
        job.report(f"Attempt {number + 1} of {len(_ATTEMPTS)}")
        try:
            new, fault = _attempt(block, instruction, job, template, seed, _head(block) if with_head else "")
        except EngineRequestError as error:  # a model without a chat template can complete all the same
            reason = reason or f"the engine refused: {error}"
            continue
        if new and fault is None:
            note = f"The model's answer to: {instruction.text}. Its form was checked, not its sense: read it."
            return Change((Edit(block.start, block.end, new),), note=note)
        reason = reason or fault or ""
    raise WithheldError(f"No edit is offered: {reason}.")


def _attempt(
    block: Block, instruction: Instruction, job: Job, template: str, seed: int, head: str
) -> tuple[str, str | None]:
    """Return the block's new text and what is wrong with it; no text where there is nothing to try."""
    if not template:
        new = with_guard(block, instruction, job, seed)
        return new, broken_promise(block, new, instruction) if new else None
    request = _request(block, instruction, head, template, job)
    answer = job.ask(sampled(request, seed), until=_Enough(block, head, template == "edit"))
    new, fault = "", "the model wrote nothing"
    for code in readings(code_of(head + answer)):
        new = _placed(block, code, instruction)
        found = broken_promise(block, new, instruction)
        if found is None:
            return new, None
        fault = found
    return new, fault


def _request(block: Block, instruction: Instruction, head: str, template: str, job: Job) -> Request:
    language = block.snapshot.language or PLAIN
    lines = block.text
    before, after = block.before, block.after
    around = ""
    if before.strip() or after.strip():
        around = f"The file around the piece:\n\n```\n{before}[the piece]{after}\n```\n\n"
    values = {
        "language": language.title or block.snapshot.language_id,
        "fence": language.name if language is not PLAIN else block.snapshot.language_id,
        "comment": language.line_comment or (language.block_comment or ("#",))[0],
        "code": lines,
        "instruction": instruction.text,
        "around": around,
        "before": before if block.whole_lines else "",
        "after": after,
        "head": head,
    }
    request = job.prompt(template, values)
    return replace(request, max_tokens=min(request.max_tokens, len(block.text) // 2 + 300))


def _head(block: Block) -> str:
    """Return the lines of a definition's header, where the block is one definition; a model goes on behind them."""
    tree = block.snapshot.tree
    if tree is None or not block.whole_lines:
        return ""
    found = outermost(tree, block.start, block.end)
    if len(found) != 1 or found[0].start - len(found[0].indent) != block.start or found[0].body is None:
        return ""
    text = block.snapshot.text
    line_end = text.find("\n", found[0].start + len(found[0].header))
    return text[block.start : line_end + 1].replace("\r\n", "\n") if 0 <= line_end < block.end else ""


def _placed(block: Block, code: str, instruction: Instruction) -> str:
    """Return the code as it would stand in the block's place."""
    code = without_surroundings(code, block.before, block.text, block.after)
    if not block.whole_lines or not code:
        return code.strip()
    return indented_like(_definition_of(block, code, instruction), block.text, tabs=_tabs(block))


def _definition_of(block: Block, code: str, instruction: Instruction) -> str:
    """Return what of an answer is the definition that the block is; all of it where the block is something else."""
    tree = block.snapshot.tree
    old = outermost(tree, block.start, block.end) if tree is not None else []
    if tree is None or len(old) != 1 or block.snapshot.text[old[0].end : block.end].strip(" \n;"):
        return code
    written = SyntaxTree(tree.language, code + "\n")
    waiting = outermost(written, 0, len(code))
    nested = False
    while waiting:
        found = next((one for one in waiting if one.name == old[0].name and one.kind == old[0].kind), None)
        if found is not None:
            start = code.rfind("\n", 0, found.start) + 1 if nested else 0
            return code[start : None if instruction.wants_more else found.end]
        waiting = [inner for one in waiting for inner in outermost(written, one.body_start, one.end)]
        nested = True
    return code


def _tabs(block: Block) -> bool:
    return any("\n\t" in text for text in ("\n" + block.text, block.before, block.after))


class _Enough:
    """Tells whether an answer is complete: its fence closed, it repeats itself, or the definition ended."""

    def __init__(self, block: Block, head: str, chat: bool) -> None:
        self._language = block.snapshot.language or PLAIN
        self._head, self._chat = head, chat
        self._comment = self._language.line_comment or "#"

    def __call__(self, answer: str) -> bool:
        if self._chat:
            return answer.count("```") >= 2 or (answer.endswith("\n") and without_loops(answer) != answer)
        if "\n" not in answer[-80:] and len(answer) % 50:
            return False
        whole = answer.rpartition("\n")[0]
        if "```" in whole or f"\n{self._comment} Before" in whole or f"\n{self._comment} After" in whole:
            return True
        return without_loops(whole) != whole or (bool(self._head) and self._ended(whole))

    def _ended(self, whole: str) -> bool:
        """Tell whether a line stands outside of the definition whose header was given."""
        text = (self._head + whole).split("\n")
        outer = len(text[0]) - len(text[0].lstrip())
        for i, line in enumerate(text[1:], 1):
            inside = len(line) - len(line.lstrip()) > outer or not line.strip()
            if not inside and not self._language.matches("closer", line.strip()) and i >= self._head.count("\n"):
                return scan("\n".join(text[:i]), self._language).closed
        return False
