"""The task that translates a function, a class or some lines into another language, onto a page of that language.

A program writes the header, the model what stands below it; `check` decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aigc_plugins.api import ActionTask, Argument, Page, WithheldError, sampled
from aigc_plugins.inline.clean import cut_special, plain_newlines, strip_hidden
from aigc_plugins.inline.fit import without_loops
from aigc_plugins.inline.scan import scan
from aigc_plugins.syntax import language_for
from aigc_plugins.tasks.functions import definition_at, definitions
from aigc_plugins.tasks.instruct.answer import dedented
from aigc_plugins.tasks.instruct.block import block_at
from aigc_plugins.tasks.instruct.definitions import outermost
from aigc_plugins.tasks.translate.check import class_fault, function_fault, statements_fault
from aigc_plugins.tasks.translate.signature import Header, header, renamed

if TYPE_CHECKING:
    from aigc_plugins.api import Job, Place, Result
    from aigc_plugins.syntax import Language
    from aigc_plugins.tasks.functions import Definition

_LANGUAGES = ("python", "typescript", "go", "java", "rust")
_AUTOMATIC = "automatic"
_ATTEMPTS = 4
_MOST = 6000  # characters of the code
_CLASSES = {
    "python": "class {0}:\n",
    "typescript": "class {0} {{\n",
    "java": "class {0} {{\n",
    "go": "type {0} struct {{\n",
    "rust": "struct {0} {{\n",
}


@dataclass(frozen=True, slots=True)
class _Work:
    """What is translated, and what the model goes on behind."""

    code: str
    definition: Definition | None
    target: Language
    head: str
    wanted: Header | None = None
    methods: tuple[str, ...] = ()

    def fault(self, text: str) -> str | None:
        """Tell why a translation may not be shown; None: it may."""
        if self.definition is None:
            return statements_fault(self.code, text, self.target)
        if self.wanted is not None:
            return function_fault(self.definition, text, self.target, self.wanted)
        return class_fault(self.definition, text, self.target, self.definition.name, list(self.methods))


class TranslateTask(ActionTask):
    """Writes the code in another language."""

    name = "translate"
    title = "Translate to another language …"
    kind = "source.aigc.translate"
    languages = ("python", "typescript", "tsx", "javascript", "go", "java", "rust")
    arguments = (Argument("language", "The language", (_AUTOMATIC, *_LANGUAGES), _AUTOMATIC),)
    gives = "page"
    model = True
    cost = "seconds"
    verified = "parses in that language; one function of that name and number of parameters, all of them used"

    def applies(self, place: Place) -> bool | str:
        """Offer it on a selection, and in a function or class."""
        if place.start != place.end:
            return bool(place.selected[:2000].strip())
        definition = definition_at(place.snapshot, place.start, place.end, ("function", "class"))
        return f"Translate `{definition.name}` to another language …" if definition is not None else False

    def run(self, place: Place, job: Job) -> Result:
        """Ask until a translation holds."""
        target = _target(place.language, job.arguments.get("language", _AUTOMATIC))
        work = _work(place, target)
        source = place.snapshot.language
        values = {
            "source": source.title if source is not None else "",
            "source_fence": place.language,
            "code": work.code,
            "target": target.title,
            "target_fence": target.name,
            "head": work.head,
        }
        request = job.prompt("translate", values)
        request = replace(request, max_tokens=min(request.max_tokens, len(work.code) // 2 + 200))
        reason, one = "", work.wanted is not None
        for attempt in range(_ATTEMPTS):
            job.report(f"Attempt {attempt + 1} of {_ATTEMPTS}")
            answer = job.ask(sampled(request, attempt), until=lambda answer: enough(work.head + answer, target, one))
            text = unit(work.head + answer, target, one)
            fault = work.fault(text)
            if fault is None:
                return Page(f"In {target.title}", _page(work, text, values["source"]), target.name)
            reason = reason or fault
        raise WithheldError(f"No translation is shown: {reason}.")


def enough(text: str, target: Language, one: bool) -> bool:
    """Tell whether a translation that is still being written is complete."""
    if "```" in text:
        return True
    if not text.endswith("\n"):
        return False
    return without_loops(text.rstrip()) != text.rstrip() or (
        one and len(unit(text, target, one)) < len(text.rstrip("\n"))
    )


def unit(text: str, target: Language, one: bool) -> str:
    """Return the code of an answer, the header included; of `one` function not what comes behind it."""
    text = strip_hidden(plain_newlines(cut_special(plain_newlines(text))[0])).partition("```")[0]
    lines = text.rstrip().split("\n")
    opened = False
    for count, line in enumerate(lines[:-1] if one else (), 1):
        opened = opened or line.rstrip().endswith(":" if target.blocks_by_indent else "{") or "{" in line
        below = next((other for other in lines[count:] if other.strip()), "")
        outside = bool(below) and not below[0].isspace() and not target.matches("closer", below)
        if opened and outside and scan("\n".join(lines[:count]), target).closed:
            return "\n".join(lines[:count]).rstrip()
    return "\n".join(lines)


def _target(source: str, asked: str) -> Language:
    if asked == _AUTOMATIC:
        asked = "typescript" if source == "python" else "python"
    target = language_for(asked) if asked in _LANGUAGES else None
    if target is None:
        raise WithheldError(f"Code can be translated to {', '.join(_LANGUAGES)}.")
    if target.name == source:
        raise WithheldError(f"This is {target.title} already.")
    if not target.has_grammar:
        raise WithheldError(f"The grammar of {target.title} is not installed, so nothing could be checked.")
    return target


def _work(place: Place, target: Language) -> _Work:
    snapshot = place.snapshot
    block = block_at(snapshot, place.start, place.end)
    definition = None
    if place.start == place.end:
        definition = definition_at(snapshot, place.start, place.end, ("function", "class"))
    elif block is not None and snapshot.tree is not None:
        inside = outermost(snapshot.tree, block.start, block.end)
        if len(inside) == 1 and inside[0].text.strip() == snapshot.text[block.start : block.end].strip():
            definition = inside[0]
    if definition is None and (block is None or place.start == place.end):
        raise WithheldError("Put the cursor into a function or class, or select code.")
    code = definition.indent + definition.text if definition is not None else block.text if block is not None else ""
    code = dedented(code.replace("\r\n", "\n"))
    if len(code) > _MOST:
        raise WithheldError(f"The code is longer than {_MOST:,} characters. Choose less of it.")
    if definition is None:
        return _Work(code, None, target, "")
    if definition.kind == "function":
        wanted = header(definition, target)
        return _Work(code, definition, target, wanted.text, wanted)
    inner = [one for one in definitions(snapshot, ("function",)) if definition.start < one.start < definition.end]
    methods = [renamed(one.name, target) for one in inner if one.name.strip("_") not in ("init", "constructor", "new")]
    methods = [name for name in methods if not name.startswith("__")]
    return _Work(code, definition, target, _CLASSES[target.name].format(definition.name), methods=tuple(methods))


def _page(work: _Work, text: str, source: str) -> str:
    """Return the page: what it is, and what the header could not say, as comments above the code."""
    mark = work.target.line_comment
    lines = [f"{mark} Translated from {source} by a model. It parses; whether it does the same was not checked."]
    if work.wanted is not None and work.wanted.dropped:
        lines.append(f"{mark} Defaults that are not written here: {', '.join(work.wanted.dropped)}.")
    return "\n".join(lines) + f"\n{text.rstrip()}\n"
