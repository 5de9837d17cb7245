"""Which licence a file is under: its SPDX header, the nearest licence text, or the metadata of its package.

It recognises the common licences by phrases of their texts; what it does not recognise has no id, which an allow list
then refuses. It gives no legal advice.
"""

from __future__ import annotations

import email.parser
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path, PurePosixPath

_NAME = re.compile(r"^(?:UN)?LICEN[CS]E|^COPYING|^COPYRIGHT$|^COPYRIGHT\.(?:txt|md|rst)$", re.IGNORECASE)
_CODE = frozenset((".py", ".js", ".ts", ".go", ".rs", ".c", ".h", ".java", ".rb", ".lua", ".sh", ".html", ".json"))
_SPDX = re.compile(r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+\-() ]+?)[ \t]*(?:\*/|-->|[\r\n#;]|$)")
_HEAD = 4000  # characters of a file in which a header is looked for
# Phrases by which a text is known, in the order of the test; spaces stand for any white space.
_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AGPL-3.0-only", ("gnu affero general public license", "version 3")),
    ("LGPL-3.0-only", ("gnu lesser general public license", "version 3, 29 june 2007")),
    ("LGPL-2.1-only", ("gnu lesser general public license", "version 2.1")),
    ("LGPL-2.0-only", ("gnu library general public license",)),
    ("GPL-3.0-only", ("gnu general public license", "version 3, 29 june 2007")),
    ("GPL-2.0-only", ("gnu general public license", "version 2, june 1991")),
    ("MPL-2.0", ("mozilla public license", "2.0")),
    ("Apache-2.0", ("apache license", "version 2.0")),
    ("PSF-2.0", ("python software foundation license version 2",)),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    ("CC0-1.0", ("cc0 1.0 universal",)),
    ("BSL-1.0", ("boost software license", "version 1.0")),
    ("ISC", ("permission to use, copy, modify, and/or distribute this software for any purpose",)),
    ("ISC", ("permission to use, copy, modify, and distribute this software for any purpose",)),
    ("Zlib", ("this software is provided 'as-is', without any express or implied warranty", "origin of this software")),
    ("MIT", ("permission is hereby granted, free of charge", 'the software is provided "as is"', "sublicense")),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "neither the name")),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "may not be used to endorse")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms", "redistributions in binary form")),
)
_CLASSIFIERS = {
    "MIT License": "MIT", "MIT No Attribution License (MIT-0)": "MIT-0", "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC", "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "The Unlicense (Unlicense)": "Unlicense",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only", "zlib/libpng License": "Zlib",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
}  # fmt: skip
_WRITTEN = {
    "mit": "MIT", "mit license": "MIT", "the mit license": "MIT", "mit-0": "MIT-0", "apache-2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache license, version 2.0": "Apache-2.0",
    "apache 2": "Apache-2.0", "bsd-3-clause": "BSD-3-Clause", "bsd 3-clause": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause", "bsd 3-clause license": "BSD-3-Clause", "new bsd": "BSD-3-Clause",
    "bsd-2-clause": "BSD-2-Clause", "2-clause bsd license": "BSD-2-Clause", "isc": "ISC", "isc license": "ISC",
    "mpl-2.0": "MPL-2.0", "mpl 2.0": "MPL-2.0", "psf-2.0": "PSF-2.0", "psf": "PSF-2.0", "psfl": "PSF-2.0",
    "unlicense": "Unlicense", "the unlicense": "Unlicense", "0bsd": "0BSD", "zlib": "Zlib", "cc0-1.0": "CC0-1.0",
    "bsl-1.0": "BSL-1.0",
}  # fmt: skip


def is_licence_name(path: str) -> bool:
    """Tell whether a path is that of a licence text (`LICENSE`, `COPYING.txt`), not of code that is called so."""
    name = PurePosixPath(path)
    return _NAME.match(name.name) is not None and name.suffix.lower() not in _CODE


def recognise(text: str) -> str:
    """Return the SPDX id of a licence text, or empty; of a text with several licences all, joined by AND."""
    plain = " ".join(text.lower().replace("``as is''", '"as is"').replace("“", '"').replace("”", '"').split())
    plain = plain.replace("merchantibility", "merchantability")
    found: list[str] = []
    for licence, phrases in _TEXTS:
        if all(phrase in plain for phrase in phrases) and licence not in found:
            found.append(licence)
    copyleft = [one for one in found if "GPL" in one]
    if copyleft:  # such a text names its relatives, and what may be combined with it
        return copyleft[0]
    if "PSF-2.0" in found:  # holds the older licences of Python, too
        return "PSF-2.0"
    if "BSD-3-Clause" in found and "BSD-2-Clause" in found:
        found.remove("BSD-2-Clause")
    return " AND ".join(found)


def of_file(text: str) -> str:
    """Return the licence that a file's own header gives as SPDX, or empty."""
    found = _SPDX.search(text, 0, _HEAD)
    return found[1].strip() if found else ""


def from_metadata(path: Path) -> str:
    """Return the licence that a `METADATA` or `PKG-INFO` file gives, as SPDX, or empty."""
    text = path.read_text(encoding="utf-8", errors="replace")
    message = email.parser.HeaderParser().parsestr(text)
    expression = message.get("License-Expression")
    if expression:
        return " ".join(str(expression).split())
    given = [str(one) for one in message.get_all("Classifier", [])]
    classifiers = [one.rpartition(" :: ")[2] for one in given if one.startswith("License ::")]
    known = sorted({_CLASSIFIERS[one] for one in classifiers if one in _CLASSIFIERS})
    if known:
        return " OR ".join(known)  # classifiers do not say how they belong together; most often one may choose
    written = str(message.get("License") or "")
    return _WRITTEN.get(" ".join(written.lower().split()), "") or recognise(written)


class Licences:
    """The licences of a source's folders, from the licence texts that lie in them."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes], default: str = "") -> None:
        self._default = default
        self._folders: dict[str, str] = {}
        for path in filter(is_licence_name, paths):
            try:
                found = recognise(read(path).decode("utf-8", "replace"))
            except OSError:
                continue
            folder = re.sub(r"^[^/]+\.dist-info(?:/.*)?$", "", path.rpartition("/")[0])  # speaks for the whole wheel
            if found and found not in self._folders.get(folder, "").split(" OR "):
                # Several texts beside each other (LICENSE-MIT, LICENSE-APACHE) are a choice.
                self._folders[folder] = " OR ".join(filter(None, (self._folders.get(folder, ""), found)))

    def of(self, path: str, text: str) -> str:
        """Return the SPDX expression of a file, or empty where nothing is known."""
        return of_file(text) or self._of_folder(path.rpartition("/")[0])

    def _of_folder(self, folder: str) -> str:
        while folder:
            if folder in self._folders:
                return self._folders[folder]
            folder = folder.rpartition("/")[0]
        return self._default or self._folders.get("", "")


def allowed(expression: str, licences: Collection[str]) -> bool:
    """Tell whether an SPDX expression can be met with `licences` alone: one side of an OR, both of an AND."""
    if not licences:
        return True
    tokens = re.findall(r"[()]|[^\s()]+", expression)
    known = {one.lower() for one in licences}
    try:
        value, end = _either(tokens, 0, known)
    except IndexError:
        return False
    return value and end == len(tokens)


def _either(tokens: list[str], at: int, known: set[str]) -> tuple[bool, int]:
    value, at = _both(tokens, at, known)
    while at < len(tokens) and tokens[at].upper() == "OR":
        other, at = _both(tokens, at + 1, known)
        value = value or other
    return value, at


def _both(tokens: list[str], at: int, known: set[str]) -> tuple[bool, int]:
    value, at = _one(tokens, at, known)
    while at < len(tokens) and tokens[at].upper() in ("AND", "WITH"):
        if tokens[at].upper() == "WITH":  # an exception only ever allows more
            at += 2
            continue
        other, at = _one(tokens, at + 1, known)
        value = value and other
    return value, at


def _one(tokens: list[str], at: int, known: set[str]) -> tuple[bool, int]:
    if tokens[at] == "(":
        value, at = _either(tokens, at + 1, known)
        if tokens[at] != ")":
            return False, len(tokens) + 1
        return value, at + 1
    return tokens[at].lower() in known, at + 1
