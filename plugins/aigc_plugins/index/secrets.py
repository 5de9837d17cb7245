"""Takes secrets out of a text: private keys, tokens of known providers, what is assigned to a password's name.

Only the value goes, `***` comes in its place; lines stay where they are. Too much rather than too little: a checksum
that is lost costs nothing. Which files are secret as a whole is judged by their name, in `ignore`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK = "***"

_KEY_BLOCK = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)(.*?)(-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
# What a provider's tokens look like; a lower-case literal part of each is in _HINTS.
_TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}"
    r"|gl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent)-[A-Za-z0-9_\-]{16,}"
    r"|xox[abeoprs](?:-[A-Za-z0-9]+){1,6}|xapp-[0-9]-[A-Za-z0-9\-]{16,}"
    r"|sk-[A-Za-z0-9_\-]{20,}|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{16,}"
    r"|AIza[A-Za-z0-9_\-]{30,}|ya29\.[A-Za-z0-9_\-]{20,}|GOCSPX-[A-Za-z0-9_\-]{20,}"
    r"|SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}|key-[0-9a-f]{32}|[0-9a-f]{32}-us[0-9]{1,2}"
    r"|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_\-]{30,}|hf_[A-Za-z0-9]{30,}|dop_v1_[a-f0-9]{60,}"
    r"|(?:AC|SK)[0-9a-f]{32}|sq0(?:atp|csp)-[A-Za-z0-9_\-]{20,}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"
    r"|[0-9]{8,10}:[A-Za-z0-9_\-]{35}|[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,}"
    r"|eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*|AKC[a-zA-Z0-9]{10,}|AP[0-9ABCDEF][a-zA-Z0-9]{20,}"
    r")(?![A-Za-z0-9])"
    r"|(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}|(?<=AccountKey=)[A-Za-z0-9+/=]{40,}"
)
_IN_URL = re.compile(r"(?<=://)([^\s/:@\"'`{}$<>]*):([^\s/@\"'`{}$<>]{3,})(?=@[\w.\-\[])")
_SAFE_NAME = r"pass(?:word|wd|phrase|code)|pwd|secret|credential"
_KEY_NAME = (
    r"token(?!i[sz])|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|(?:en|de)cryption[_-]?key"
    r"|sign\w*[_-]?key|auth(?!or)"
)
_ASSIGNED = re.compile(
    rf"(?<![\w\-])(?P<name>[\w\-]{{0,64}}?(?:(?P<safe>{_SAFE_NAME})|{_KEY_NAME})[\w\-]{{0,64}})"
    r"(?:[\"'`]?\]?\s*(?::\s*[\w\[\].|&*<>?, ]{1,60}?\s*=|:=|=>|={1,3}|!=|:|(?P<comma>,)|\()|\s+(?=[\"'`]))"
    r"\s*[bBrRuUfFL@$]{0,2}(?P<quote>\"\"\"|'''|[\"'`])(?P<value>[^\"'`\s]{4,}|[^\"'`\n]{8,}?)(?P=quote)",
    re.IGNORECASE,
)
# A line of a shell or of an environment file, wherever it stands.
_BARE = re.compile(
    r"(?P<name>\b[A-Z0-9_]*(?P<safe>PASS(?:WORD|WD|PHRASE)?|PWD|SECRET|CREDENTIALS?|TOKEN|KEY|AUTH)[A-Z0-9_]*)="
    r"(?P<value>[^\s\"'`$(){}<>,;\[\]]{6,})"
)
_HEADER = re.compile(r"(?i)\b(?:bearer|basic|authorization:\s*\w+)\s+(?P<value>[A-Za-z0-9+/_\-.=]{16,})")
_HEX = re.compile(r"[0-9a-fA-F]+")
_LONG = re.compile(r"(?P<quote>[\"'`])(?P<value>[0-9a-fA-F]{32,}|[A-Za-z0-9+/_\-]{40,}={0,2})(?P=quote)")
_PLACEHOLDER = re.compile(r"^(?:[\W_xX]*|.*(?:\{\w*\}|\$\{|\$\w|%\(|%s|<\w+>|\.\.\.).*)$")
# What begins a token, and what a line with an assignment that counts has in it.
_PREFIXES = (
    "AKIA", "ASIA", "ABIA", "ACCA", "A3T", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glptt-",
    "gldt-", "glrt-", "glcbt-", "glsoat-", "glft-", "glimt-", "glagent-", "xox", "xapp-", "sk-", "k_live_", "k_test_",
    "whsec_", "AIza", "ya29.", "GOCSPX-", "SG.", "key-", "-us", "npm_", "pypi-", "hf_", "dop_v1_", "sq0", "shpat_",
    "shpca_", "shppa_", "shpss_", "eyJ", "AKC", "hooks.slack.com/", "AccountKey=",
)  # fmt: skip
_NAMES = re.compile(r"pass|pwd|secret|credential|token|key|auth|bearer|basic ")
# Tokens that begin with nothing that tells: looked for in strings only, by their shape.
_SHAPES = re.compile(
    r"(?<=[\"'`=:\s])(?:(?:AC|SK)[0-9a-f]{32}|[0-9]{8,10}:[A-Za-z0-9_\-]{35}|AP[0-9ABCDEF][a-zA-Z0-9]{20,}"
    r"|[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,})(?=[\"'`\s]|$)",
    re.MULTILINE,
)
_LONG_LINE = 2000  # characters of a line that are looked at closely


def redact(text: str) -> str:
    """Return `text` without its secrets. The number of lines does not change."""
    if "PRIVATE KEY" in text:
        text = _KEY_BLOCK.sub(lambda m: m[1] + _hollow(m[2]) + m[3], text)
    text = _SHAPES.sub(MASK, _LONG.sub(_long, text))
    if any(prefix in text for prefix in _PREFIXES):
        text = _TOKENS.sub(MASK, text)
    if "://" in text and "@" in text:
        text = _IN_URL.sub(lambda m: f"{m[1]}:{MASK}", text)
    parts, done = [], 0
    for start, end in _candidates(text):
        line = text[start:end]
        clean = _line(line)
        if clean is not line:
            parts += [text[done:start], clean]
            done = end
    return "".join(parts) + text[done:] if parts else text


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    """Yield the lines that may assign a secret to a name, as offsets."""
    lowered = text.lower() if text.isascii() else text.translate(_LOWER)
    at, size = 0, len(text)
    while (found := _NAMES.search(lowered, at)) is not None:
        start = text.rfind("\n", 0, found.start()) + 1
        end = text.find("\n", found.end())
        at = end = size if end < 0 else end
        yield start, end


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}  # offsets stay, which str.lower does not promise


def _line(line: str) -> str:
    """Return a line without its secrets, the very same object where there are none."""
    if len(line) > _LONG_LINE:
        return "".join(_line(line[at : at + _LONG_LINE]) for at in range(0, len(line), _LONG_LINE))
    clean = line
    if '"' in line or "'" in line or "`" in line:
        clean = _ASSIGNED.sub(_assigned, clean)
    if "=" in line:
        clean = _BARE.sub(_assigned, clean)
    clean = _HEADER.sub(_value, clean)
    return line if clean == line else clean


def _assigned(found: re.Match[str]) -> str:
    value, name = found["value"], found["name"].lower()
    if _PLACEHOLDER.match(value) or value.lower().strip("_-. ") in name or value == MASK:
        return found[0]
    if found.re is _ASSIGNED and found["comma"] and value.isalpha():  # a list of names
        return found[0]
    if not found["safe"] or found["safe"] in ("KEY", "TOKEN", "AUTH"):  # the names of keys are names of much else
        if len(value) < 12 or " " in value or not any(map(str.isdigit, value)) or entropy(value) < 3.0:
            return found[0]
    elif " " in value and not any(map(str.isdigit, value)):
        return found[0]  # a sentence about passwords
    return _value(found)


def _long(found: re.Match[str]) -> str:
    value = found["value"]
    if _HEX.fullmatch(value):
        return _value(found) if entropy(value) >= 3.0 and any(map(str.isdigit, value)) else found[0]
    # Random characters change between upper case, lower case and digits at every other place, words do not.
    turns = sum(_class(left) != _class(right) for left, right in pairwise(value))
    return _value(found) if entropy(value) >= 4.0 and turns >= 0.45 * len(value) else found[0]


def _class(char: str) -> int:
    return 0 if char.islower() else 1 if char.isupper() else 2


def _value(found: re.Match[str]) -> str:
    start, end = found.start("value") - found.start(), found.end("value") - found.start()
    return found[0][:start] + MASK + found[0][end:]


def _hollow(body: str) -> str:
    return MASK + "\n" * body.count("\n") if body.strip() else body


def entropy(text: str) -> float:
    """Return Shannon's entropy of the characters of `text`, in bits for each character."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values())
