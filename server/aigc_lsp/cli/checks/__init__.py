"""What `aigc-lsp doctor` looks at. Each module returns findings and prints nothing; a check never changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "info", "warning", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact. `broken` needs mending for suggestions to come; `remedy` is a command or a sentence that mends it."""

    topic: str
    state: State
    text: str
    remedy: str = ""
