"""Tells what an act changed: which checks of variables and files hold after it, and did not before."""

from __future__ import annotations

import dataclasses
import re

from aigc_plugins.testgen.inside.look import Seen


@dataclasses.dataclass(frozen=True)
class Changed:
    """Checks of what an act changed: of what is public, of what is not where nothing public shows it, of files."""

    public: list[str]
    private: list[str]
    files: list[str]

    @property
    def all(self) -> list[str]:
        """All of them."""
        return [*self.public, *self.private, *self.files]


def changed(before: Seen, after: Seen) -> Changed:
    """Return the checks that hold after an act and were none before it."""
    public: list[str] = []
    private: list[str] = []
    for name, (shows, hides) in after.state.items():
        shown_before, hidden_before = before.state.get(name, (shows, hides))
        new = [one for one in shows if one not in shown_before]
        public += new
        if not new:
            private += [one for one in hides if one not in hidden_before]
    files = [one for one in after.files if one not in before.files]
    gone = [one for one in before.files if _path(one) not in {_path(each) for each in after.files}]
    return Changed(public, private, files + [f"not {one}.exists()" for one in dict.fromkeys(map(_path, gone))])


def _path(check: str) -> str:
    return re.sub(r"\.(is_dir|is_file|read_text|read_bytes)\(.*", "", check, flags=re.DOTALL).removeprefix("len(")
