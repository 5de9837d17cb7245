"""Secrets that are known by their name or place: passwords, tokens, keys that are assigned; URLs and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aigc_finetune.clean.redact.found import Found, is_placeholder, is_random, is_words
from aigc_finetune.clean.redact.scan import lines_with, lowered

# A line is looked at only where one of these occurs, in lower case.
_NAMES = (
    "passw", "passphrase", "passcode", "pass_", "_pass", "pass=", "pwd", "secret", "credential", "token", "apikey",
    "api_key", "api-key", "access_key", "accesskey", "access-key", "private_key", "auth_key", "authkey", "account_key",
    "accountkey", "signing_key", "encryption_key", "privatekey", "bearer", "basic ", "aws", "_key=", "auth=",
)  # fmt: skip
_SAFE_NAME = r"(?:[\w\-]*[_\-.])?(?:pass(?:word|wd|phrase|code)|pwd|pass)|[a-z]+(?:Password|Passwd|Passphrase)"
_KEY_NAME = (
    r"[\w\-]*?(?:secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|account[_-]?key|signing[_-]?key"
    r"|encryption[_-]?key|credentials?|password|passwd)[\w\-]*"
)
_BETWEEN = r"[\"'`]?\]?\s*(?::\s*[\w\[\].|&*<>?, ]{1,60}?\s*=|:=|=>|={1,3}|!=|:|\()\s*"
_QUOTED = r"[bBrRuUfFL@$]{0,2}(?P<quote>\"\"\"|'''|[\"'`])(?P<value>[^\"'`\s\\]{4,200})(?P=quote)"
_ASSIGNED = re.compile(
    rf"(?i:(?<![\w\-.$])(?:[\w.]*\.)?(?P<name>(?P<password>{_SAFE_NAME})|{_KEY_NAME})){_BETWEEN}{_QUOTED}", re.ASCII
)
_BARE = re.compile(
    r"(?<![\w\-.$])(?P<name>[A-Z0-9_]*(?:(?P<password>PASS(?:WORD|WD|PHRASE)?|PWD)|SECRET|TOKEN|KEY|AUTH)[A-Z0-9_]*)="
    r"(?P<value>[^\s\"'`$(){}<>,;\[\]]{8,200})"
)
_HEADER = re.compile(r"(?i:\b(?:bearer|basic|token)\s+)(?P<value>[A-Za-z0-9+/_\-.=]{16,})")
_AWS = re.compile(r"(?i:aws|secret).{0,30}?[\"'](?P<value>[0-9A-Za-z/+]{40})[\"']")
_URL = re.compile(
    r"(?<=://)(?P<user>[^\s/:@\"'`{}$<>\\|]*):(?P<value>[^\s/@\"'`{}$<>\\|]{3,100})"
    r"(?=@(?!(?:\w+\.)*example\.)[\w.\-\[])"
)
# Words that stand for a password in code and in texts about it.
_COMMON_TEXT = """
password passwd passphrase secret passw pass pwd pw token none null true false string str text bytes int bool
required optional field input hidden value default empty unknown missing invalid basic digest bearer plain md5
sha1 sha256 login user username admin root guest anonymous test testing foo bar baz spam eggs key name email
auth oauth any object number type error path file env stdin prompt ascii utf-8 hash salt
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_LONG_LINE = 2000  # characters
_OVERLAP = 300


def find_assigned(text: str) -> Iterator[Found]:
    """Yield the values of a text that are secrets by their name or their place."""
    if "://" in text and "@" in text:
        for match in _URL.finditer(text):
            value = match["value"]
            if value.lower() not in _COMMON and not is_placeholder(value) and not value.isdigit():
                yield Found(match.start("value"), match.end("value"), "url-password")
    for start, end in lines_with(text, _NAMES, lowered(text)):
        for at in range(start, end, _LONG_LINE):  # a long line in pieces, so that no pattern runs for long
            yield from _line(text, at, min(end, at + _LONG_LINE + _OVERLAP))


def _line(text: str, start: int, end: int) -> Iterator[Found]:
    for match in _ASSIGNED.finditer(text, start, end):
        kind = _judge(match)
        if kind:
            yield Found(match.start("value"), match.end("value"), kind)
    for match in _BARE.finditer(text, start, end):
        if _judge(match) and is_random(match["value"], 8):
            yield Found(match.start("value"), match.end("value"), _judge(match))
    for pattern, kind in ((_HEADER, "authorization"), (_AWS, "aws-secret")):
        for match in pattern.finditer(text, start, end):
            if is_random(match["value"]):
                yield Found(match.start("value"), match.end("value"), kind)


def _judge(match: re.Match[str]) -> str:
    """Return the kind of secret that an assignment is, empty for none."""
    value, name = match["value"], match["name"].lower()
    plain = value.lower().strip("_-. ")
    if plain in _COMMON or plain in name or name in plain or is_placeholder(value):
        return ""
    if not match["password"]:
        return "token" if is_random(value, 12) else ""
    if len(value) < 5 or value.endswith(("://", ":", "=", "/")) or value[0] in "%-.<" or "/" in value[:2]:
        return ""
    if value.isalpha() and (value.istitle() or len(value) < 6):
        return ""  # a word of a text that is shown
    # A name of code (`user_password`, `auth.password`) holds one of the words above.
    if is_words(value) and any(word in plain for word in ("pass", "pwd", "secret", "field", "user", "key", "name")):
        return ""
    return "password"
