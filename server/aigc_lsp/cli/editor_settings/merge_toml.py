"""Merges a language server into Helix's `languages.toml`. Every byte that was there stays where it was."""

from __future__ import annotations

import copy
import re
import tomllib
from typing import Any

from aigc_lsp.cli.editor_settings.changes import CannotMergeError, ConflictError

_UNUSUAL = "its form is too unusual"
_LANGUAGE = re.compile(r"^[ \t]*\[\[[ \t]*language[ \t]*\]\]", re.MULTILINE)
_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_SERVERS = re.compile(r"^[ \t]*language-servers[ \t]*=[ \t]*\[", re.MULTILINE)
_NAME = re.compile(r"^([ \t]*)name[ \t]*=[^\n]*\n?", re.MULTILINE)
# What may stand in an array: a comment, a string of either kind, a bracket, a comma, or anything else but space.
_TOKEN = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[\[\]{},]|[^\s\[\]{},#"']+""")


def merge(there: str | None, wanted: str) -> str:
    """Return the file's new text. `wanted` has one table in `language-server`, and entries of `language`.

    Raises ConflictError where the server is there with another command, CannotMergeError where the result would not be
    exactly what was there and what was wanted.
    """
    if there is None or not there.strip():
        return wanted
    ours, old = _read(wanted), _read(there)
    ((server, table),) = ours["language-server"].items()
    expected = copy.deepcopy(old)
    text, added = there, []
    known = _tables(old, "language-server", dict).get(server)
    if known is None:
        expected.setdefault("language-server", {})[server] = table
        added.append(_block(wanted, "[language-server."))
    elif any(known.get(key) != value for key, value in table.items()):
        raise ConflictError(f"[language-server.{server}]", repr(known), repr(table))
    for language in ours["language"]:
        places = [at for at, one in enumerate(_tables(old, "language", list)) if one.get("name") == language["name"]]
        if not places:
            expected.setdefault("language", []).append(language)
            added.append(_block(wanted, f'[[language]]\nname = "{language["name"]}"'))
        elif len(places) > 1:
            raise CannotMergeError(f"it has the language {language['name']} more than once")
        else:
            text = _with_server(text, places[0], expected["language"][places[0]], language, server)
    if added:
        blocks = "\n\n".join(["" if text.endswith("\n") else "\n", *added]).removeprefix("\n") + "\n"
        text += blocks.replace("\n", _newline(text))
    try:
        exact = tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        exact = False
    if not exact:
        raise CannotMergeError(_UNUSUAL)
    return text


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CannotMergeError(f"it is not TOML: {error}") from error


def _tables(data: dict[str, Any], name: str, kind: type) -> Any:
    found = data.get(name, kind())
    if not isinstance(found, kind):
        raise CannotMergeError(f"`{name}` has another form than Helix reads")
    return found


def _block(text: str, beginning: str) -> str:
    start = text.index(beginning)
    return text[start:].partition("\n\n")[0].rstrip("\n")


def _with_server(text: str, place: int, entry: dict[str, Any], ours: dict[str, Any], server: str) -> str:
    names = entry.get("language-servers")
    if names is None:
        names = ours["language-servers"]
        entry["language-servers"] = names
        start, end = _section(text, place)
        found = _NAME.search(text, start, end)
        if not found:
            raise CannotMergeError(_UNUSUAL)
        listed = ", ".join(f'"{name}"' for name in names)
        newline = _newline(text)
        head = text[: found.end()] if found[0].endswith("\n") else text[: found.end()] + newline
        return f"{head}{found[1]}language-servers = [{listed}]{newline}{text[found.end() :]}"
    if any(name == server or (isinstance(name, dict) and name.get("name") == server) for name in names):
        return text
    entry["language-servers"] = [*names, server]
    found = _SERVERS.search(text, *_section(text, place))
    if not found:
        raise CannotMergeError(_UNUSUAL)
    at, comma, empty = _last_element(text, found.end())
    new = f'"{server}"' if empty else f' "{server}",' if comma else f', "{server}"'
    return text[:at] + new + text[at:]


def _section(text: str, place: int) -> tuple[int, int]:
    """Return where the table of the language with that number begins and ends."""
    headers = list(_LANGUAGE.finditer(text))
    if place >= len(headers):
        raise CannotMergeError(_UNUSUAL)
    start = headers[place].end()
    following = _HEADER.search(text, start)
    return start, following.start() if following else len(text)


def _last_element(text: str, start: int) -> tuple[int, bool, bool]:
    """Return where the last element of an array ends, whether that is a comma, and whether there is none at all."""
    depth, at, comma, empty = 0, start, False, True
    for token in _TOKEN.finditer(text, start):
        if token[0].startswith("#"):
            continue
        if token[0] == "]" and depth == 0:
            return at, comma, empty
        depth += (token[0] in "[{") - (token[0] in "]}")
        at, comma, empty = token.end(), token[0] == "," and depth == 0, False
    raise CannotMergeError(_UNUSUAL)
