"""Writes expressions for kinds of values that the standard library has classes for: paths, dates, numbers, files."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from aigc_plugins.behaviour.inside.kinds import Kind
from aigc_plugins.testgen.inside.generate_text import Texts

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.generate_draft import Draft

_SMALL = (0, 1, 2, 3, -1, 4, 5, 7, 10, 16, -2, -7)
_PATHS = ('"a.txt"', '"a"', '"a/b.py"', '"missing"')
_PATTERNS = ("a", "[a-z]+", r"\d+", "(a)(b)?", "^x", r"\s*,\s*", "(?P<name>\\w+)")
_CODES = ("x = 1\n", "a,b\n1,2\n", "[a]\nb = c\n", '{"a": 1}', "one\ntwo\n\nthree\n", "")


class StandardValues:
    """The makers of such values; `Values` has all."""

    random: random.Random
    texts: Texts

    def _make_bytes(self, kind: Kind, depth: int, draft: Draft) -> str:
        raise NotImplementedError

    def _make_path(self, kind: Kind, depth: int, draft: Draft) -> str:
        if self.random.random() < 0.25:
            draft.imports.setdefault("from pathlib import Path")
            return f"Path({self.random.choice(_PATHS)})"
        if self.random.random() < 0.15:
            return "tmp_path"
        name = self.random.choice(
            ("a.txt", "b.py", "c.json", *(one for one in self.texts.literals if one.startswith(".")))
        )
        name = f"a{name}" if name.startswith(".") and self.random.random() < 0.7 else name
        path = f"tmp_path / {name!r}"
        if self.random.random() < 0.75 and "/" not in name and "\0" not in name and name not in (".", ".."):
            text = self.random.choice((*_CODES, self.texts.one()))
            draft.arrange.append(f'({path}).write_text({text!r}, encoding="utf-8")')
        return f"({path})" if depth else path

    def _make_date(self, kind: Kind, depth: int, draft: Draft) -> str:
        draft.imported("datetime")
        year, month, day = self.random.choice(((2024, 2, 29), (2023, 12, 31), (2000, 1, 1), (1, 1, 1), (9999, 12, 31)))
        return f"datetime.date({year}, {month}, {day})"

    def _make_datetime(self, kind: Kind, depth: int, draft: Draft) -> str:
        draft.imported("datetime")
        zone = ", tzinfo=datetime.timezone.utc" if self.random.random() < 0.3 else ""
        shown = self.random.choice(
            ("2024, 2, 29, 12, 30", "2023, 12, 31, 23, 59, 59", "2000, 1, 1", "1970, 1, 1, 0, 0, 0, 5")
        )
        return f"datetime.datetime({shown}{zone})"

    def _make_timedelta(self, kind: Kind, depth: int, draft: Draft) -> str:
        draft.imported("datetime")
        return f"datetime.timedelta(seconds={self.random.choice((0, 1, -1, 59, 60, 3600, 86400, 90061, 10**6))})"

    def _make_decimal(self, kind: Kind, depth: int, draft: Draft) -> str:
        draft.imports.setdefault("from decimal import Decimal")
        return f"Decimal({self.random.choice(('0', '1', '-1.5', '2.50', '1E+3', 'NaN', '0.1'))!r})"

    def _make_fraction(self, kind: Kind, depth: int, draft: Draft) -> str:
        draft.imports.setdefault("from fractions import Fraction")
        return f"Fraction({self.random.choice(_SMALL)}, {self.random.randint(1, 9)})"

    def _make_pattern(self, kind: Kind, depth: int, draft: Draft) -> str:
        return f"{draft.imported('re')}.compile({self.random.choice(_PATTERNS)!r})"

    def _make_text_file(self, kind: Kind, depth: int, draft: Draft) -> str:
        lines = [self.texts.one() for _ in range(self.random.randint(0, 3))]
        return f"{draft.imported('io')}.StringIO({chr(10).join(lines)!r})"

    def _make_byte_file(self, kind: Kind, depth: int, draft: Draft) -> str:
        return f"{draft.imported('io')}.BytesIO({self._make_bytes(kind, depth, draft)})"
