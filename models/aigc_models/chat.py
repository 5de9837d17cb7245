"""Chat prompts: a model's own Jinja template, run in a sandbox, with what people wrote kept apart from its markup.

Messages are replaced by random marks before the template runs and put back afterwards, so that neither the template nor
the tokenizer ever reads them. Only the template's own text may turn into special tokens.
"""

from __future__ import annotations

import functools
import re
import secrets
import sys
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_models.fim import Segment, Special, Text
from aigc_models.types import AigcError, ChatMessage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from jinja2.sandbox import ImmutableSandboxedEnvironment

_MAX_TEMPLATE = 1 << 20  # characters
_MAX_OUTPUT = 1 << 20
_MAX_SECONDS = 2.0
_PADDING_METHODS = frozenset({"center", "expandtabs", "format", "format_map", "ljust", "rjust", "zfill"})
_KINDS = Path(__file__).parent / "catalog" / "chat"


class ChatTemplateError(AigcError):
    """A chat template is broken, refuses these messages, or does what no template may do."""


def builtin_template(kind: str) -> str:
    """Return the template of a chat kind in the catalog, for models that bring none.

    Raises:
        ChatTemplateError: there is no such kind.
    """
    path = _KINDS / f"{kind}.jinja"
    if not path.is_file():
        raise ChatTemplateError(f"No chat template is known for {kind!r}. Use a model that brings its own.")
    return path.read_text("utf-8")


def render_chat(
    template: str,
    messages: Sequence[ChatMessage],
    *,
    special_tokens: Collection[str],
    add_generation_prompt: bool = True,
    bos_token: str = "",
    eos_token: str = "",
) -> tuple[Segment, ...]:
    """Return the prompt's segments; contents are always `Text`, whatever special tokens they spell.

    White space around a content is shown to the template, which may trim it; the rest of it is opaque.

    Raises:
        ChatTemplateError: the template fails, refuses the messages, or takes too long; no message of it is trusted.
    """
    if len(template) > _MAX_TEMPLATE:
        raise ChatTemplateError("The model's chat template is larger than any real one. Use another model.")
    marks: dict[str, str] = {}
    entries = [{"role": one.role, "content": _marked(one.content, marks)} for one in messages]
    values = {
        "messages": entries,
        "add_generation_prompt": add_generation_prompt,
        "bos_token": bos_token,
        "eos_token": eos_token,
        "tools": None,
        "documents": None,
    }
    return _segments(_run(template, values), marks, special_tokens)


def _marked(content: str, marks: dict[str, str]) -> str:
    core = content.strip()
    if not core:
        return content
    mark = f"content{secrets.token_hex(16)}mark"
    marks[mark] = core
    start = content.index(core)
    return content[:start] + mark + content[start + len(core) :]


def _run(template: str, values: dict[str, Any]) -> str:
    from jinja2 import TemplateError

    pieces: list[str] = []
    length = 0
    try:
        with _deadline(_MAX_SECONDS):
            for piece in _compiled(template).generate(values):
                length += len(piece)
                if length > _MAX_OUTPUT:
                    raise ChatTemplateError("The model's chat template writes without end. Use another model.")
                pieces.append(piece)
    except ChatTemplateError:
        raise
    except TemplateError as error:
        raise ChatTemplateError(f"The model's chat template refuses these messages: {error.message}") from error
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError) as error:
        raise ChatTemplateError(f"The model's chat template is broken: {type(error).__name__}: {error}") from error
    return "".join(pieces)


@functools.lru_cache(maxsize=16)
def _compiled(template: str) -> Any:
    return _environment().from_string(template)


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2.exceptions import SecurityError, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Environment(ImmutableSandboxedEnvironment):
        """Jinja as Hugging Face templates expect it, without the operators that can eat all memory at once."""

        intercepted_binops = frozenset({"*", "**", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            numbers = isinstance(left, int | float) and isinstance(right, int | float)
            short = operator == "*" and isinstance(left, str) and isinstance(right, int) and len(left) * right < 1000
            if operator == "**" or not (numbers or short):
                raise SecurityError(f"{operator} on other than numbers is not for chat templates")
            return super().call_binop(context, operator, left, right)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return attr not in _PADDING_METHODS and super().is_safe_attribute(obj, attr, value)

        def wrap_str_format(self, value: Any) -> None:
            """Leave `str.format` to `is_safe_attribute`, which refuses it: `'{:>9999999999}'` needs no attribute."""

    def refuse(message: str) -> None:
        raise TemplateError(message)

    made = Environment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    made.globals = {
        "raise_exception": refuse,
        "strftime_now": lambda form: datetime.now().strftime(form),
        "range": made.globals["range"],
        "namespace": made.globals["namespace"],
        "dict": made.globals["dict"],
    }
    for name in ("center", "format", "indent", "wordwrap", "xmlattr", "pprint", "random"):
        del made.filters[name]
    made.filters["tojson"] = _to_json
    return made


def _to_json(value: Any, indent: int | None = None) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=indent)


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """End a template that loops: its lines are counted against the clock, in this thread alone."""
    ends = time.monotonic() + seconds
    before = sys.gettrace()

    def check(frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
        if time.monotonic() > ends:
            raise ChatTemplateError(f"The model's chat template ran for more than {seconds:.0f} s. Use another model.")
        return check

    sys.settrace(check)
    try:
        yield
    finally:
        sys.settrace(before)


def _segments(rendered: str, marks: dict[str, str], special_tokens: Collection[str]) -> tuple[Segment, ...]:
    """Split the rendered template at marks and special tokens; neighbouring texts become one."""
    names = [*marks, *sorted((token for token in special_tokens if token), key=len, reverse=True)]
    if not names:
        return (Text(rendered),) if rendered else ()
    parts: list[Segment] = []
    text = ""
    for piece in re.split("(" + "|".join(map(re.escape, names)) + ")", rendered):
        if piece in marks:
            text += marks[piece]
        elif piece in special_tokens and piece:
            if text:
                parts.append(Text(text))
            parts.append(Special(piece))
            text = ""
        else:
            text += piece
    if text:
        parts.append(Text(text))
    return tuple(parts)
