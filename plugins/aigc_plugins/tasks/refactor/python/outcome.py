"""What came of a refactoring: new texts, and what is still to be known of the other files."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """New texts by path. Where `outside` has words, files that hold all of them have a say, and were not given.

    For `rename` these files are to be given; elsewhere there may be none.
    """

    files: dict[str, str] = field(default_factory=dict)
    outside: tuple[str, ...] = ()
