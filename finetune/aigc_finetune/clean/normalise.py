"""Line ends and other characters without a meaning."""

from __future__ import annotations

import re

_ENDS = re.compile(r"\r\n?")


def normalise(text: str, *, newlines: bool) -> str:
    """Return `text` without a byte order mark and lone surrogates; with `newlines`, with LF at each line's end.

    A text that is not empty then ends with one LF.
    """
    text = text.removeprefix("\ufeff").encode("utf-8", "replace").decode()
    if newlines:
        text = _ENDS.sub("\n", text) if "\r" in text else text
        text = text.rstrip("\n") + "\n" if text.strip() else ""
    return text
