"""Asks a chat model to fill in the middle, and makes plain code of what it answers. Who sends it is not known here.

For servers that offer chat only, and for instruct models that complete raw text badly.
"""

from __future__ import annotations

from aigc_models.types import ChatMessage, ChatRequest, CompletionRequest

_SYSTEM = (
    "You complete code at a cursor. You are shown the text after the cursor, then the text before it, which ends "
    "at the cursor. Answer with nothing but the text to insert at the cursor: no explanation, no Markdown fence, "
    "nothing that stands before or after it already."
)
_FENCE = "```"
_REPEATED = 3  # characters of the line before the cursor that a repetition of it has at least


def chat_request(request: CompletionRequest) -> ChatRequest:
    """Return a request for the middle as messages, the most stable text first and the cursor last.

    Other files stand in the system's message, so that a prefix cache keeps them from one keystroke to the next.
    """
    files = "".join(f"\n\nFrom {file.path}:\n{file.text.rstrip()}" for file in request.context)
    after = f"Text after the cursor:\n{request.suffix}\n\n" if request.suffix.strip() else ""
    name = f" of {request.path}" if request.path else ""
    user = f"{after}Text{name} before the cursor:\n{request.prefix}"
    return ChatRequest(
        (ChatMessage("system", _SYSTEM + files), ChatMessage("user", user)),
        max_tokens=request.max_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=request.top_k,
        seed=request.seed,
        stop=request.stop,
        model=request.model,
    )


class ChatAnswer:
    """Takes the pieces of a chat model's answer and gives the code in it.

    An opening Markdown fence goes; so does a repetition of what stands on the line before the cursor. A closing fence
    ends the code.
    """

    def __init__(self, prefix: str) -> None:
        self._line = prefix.rpartition("\n")[2].strip()
        self._held: str | None = ""
        self.done = False

    def feed(self, piece: str, *, final: bool = False) -> str:
        """Return what of the answer is sure to be code now; `final` says that nothing more comes."""
        if self.done:
            return ""
        if self._held is None:
            return self._until_fence(piece)
        self._held += piece
        body = self._held
        if body.lstrip().startswith(_FENCE):
            _, newline, body = body.lstrip().partition("\n")
            if not newline and not final:
                return ""
        elif not final and _FENCE.startswith(body.strip()[: len(_FENCE)]):
            return ""
        if len(self._line) >= _REPEATED and not final and len(body.lstrip()) < len(self._line):
            return ""
        if len(self._line) >= _REPEATED and body.lstrip().startswith(self._line):
            body = body.lstrip()[len(self._line) :]
        self._held = None
        return self._until_fence(body)

    def _until_fence(self, text: str) -> str:
        code, fence, _ = text.partition(f"\n{_FENCE}")
        self.done = bool(fence)
        return code
