"""What somebody who mistyped a name may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 12


def nearest(name: str, known: Sequence[str]) -> str:
    """Return the end of a sentence that names the nearest of `known` names, or all where none is near."""
    short = {one.lower(): one for one in known}
    last = {one.rpartition(".")[2].lower(): one for one in reversed(known)}
    close = [short[one] for one in get_close_matches(name.lower(), short, 4)]
    close += [last[one] for one in get_close_matches(name.rpartition(".")[2].lower(), last, 4)]
    close = list(dict.fromkeys(close))
    if close:
        return f"; did you mean {' or '.join(close[:4])}?"
    more = ", …" if len(known) > _SHOWN else ""
    return f"; there are {', '.join(known[:_SHOWN])}{more}" if known else ""
