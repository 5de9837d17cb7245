"""Personal data: e-mail addresses, telephone numbers, public IPv4 addresses, numbers of payment cards."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from aigc_finetune.clean.redact.found import Found

# What comes in place is reserved for examples (RFC 2606, RFC 5737, 555-0100), so it is left alone the next time.
EMAIL, ADDRESS, PHONE, CARD = "redacted@example.com", "192.0.2.1", "+1-555-0100", "0000 0000 0000 0000"

_EMAIL = re.compile(
    r"(?<![\w.+%/@\-])[A-Za-z0-9][A-Za-z0-9._%+\-]{0,62}@(?P<host>(?:[A-Za-z0-9\-]{1,62}\.){1,5}(?P<top>[A-Za-z]{2,10}))"
    r"(?![\w@(]|[.\-]\w)"
)
_IN_URL = re.compile(r"://[^\s\"'`<>@]*$")
_RESERVED_TOPS = frozenset(("example", "test", "invalid", "localhost", "local", "internal", "lan"))
_RESERVED_HOST = re.compile(
    r"(?:^|\.)(?:example\d?\.\w+|users\.noreply\.github\.com|(?:foo|bar|baz|test|domain|host|server|site|xyz|a|b|c|x|y)"
    r"\.(?:com|org|net|edu|co|de|uk))$"
)
_RESERVED_USERS = frozenset(
    ("noreply", "no-reply", "git", "user", "username", "nobody", "foo", "bar", "test", "me", "you")
)
_CODE_TOPS = frozenset(
    ("py", "js", "ts", "md", "txt", "json", "html", "css", "sh", "toml", "yaml", "yml", "png", "svg", "jpg")
)
_DIGITS = re.compile(r"[+(]?\d[\d .()\-]{5,}\d")  # what telephone numbers, addresses and cards look like at least
_PHONE = re.compile(
    r"(?<![\w.+\-/=])(?:\+[1-9]\d{0,2}(?:[ .\-]\(?\d{1,8}\)?){2,5}|\(\d{3}\) ?\d{3}-\d{4}|\d{3}[-.]\d{3}[-.]\d{4})"
    r"(?![\w.\-]\d|\w)"
)
_IPV4 = re.compile(r"(?<![\w.\-])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\w|-\d)")
_VERSION = re.compile(r"(?i)version|release|\bv\d|rfc|section|oid|chapter|==|>=|<=|~=|§")
_KNOWN_TEXT = "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 1.2.3.4 4.3.2.1 12.34.56.78 123.45.67.89"
_KNOWN_ADDRESSES = frozenset(_KNOWN_TEXT.split())  # public resolvers, and what stands for any address
_LEAST_OCTET = 25  # an address with no octet above is more likely a version or a section's number
_CARD = re.compile(
    r"(?<![\w.\-])"
    r"(?:[3-6]\d{3}([ \-])\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ \-])\d{6}\2\d{5}|(?<=[\"'`])[3-6]\d{12,18}(?=[\"'`]))"
    r"(?![\w\-]|\.\d)"
)
_ARITHMETIC = frozenset("=([{,<>*/%&|^~")  # before a number that stands in code, not in a text
# Numbers that payment providers publish for tests.
_TEST_CARDS_TEXT = """
4111111111111111 4242424242424242 4012888888881881 4000056655665556 5555555555554444 5105105105105100
2223003122003222 378282246310005 371449635398431 378734493671000 6011111111111117 6011000990139424
30569309025904 38520000023237 3530111333300000 3566002020360505 4000000000000002 5200828282828210
"""
_TEST_CARDS = frozenset(_TEST_CARDS_TEXT.split())


def find_personal(text: str) -> Iterator[Found]:
    """Yield the personal data of a text, with what comes in their place."""
    if "@" in text:
        yield from (Found(m.start(), m.end(), "email", EMAIL) for m in _EMAIL.finditer(text) if _is_email(m))
    for run in _DIGITS.finditer(text):
        # Two characters more: the patterns look at what follows.
        yield from _numbers(text, run.start(), min(len(text), run.end() + 2))


def _numbers(text: str, start: int, end: int) -> Iterator[Found]:
    """Yield the numbers in [start, end) that are somebody's."""
    for match in _PHONE.finditer(text, start, end):
        digits = re.sub(r"\D", "", match[0])
        written = text[max(0, match.start() - 8) : match.start()].rstrip(" ")[-1:] not in _ARITHMETIC
        if 9 <= len(digits) <= 15 and "55501" not in digits and written:
            yield Found(match.start(), match.end(), "phone", PHONE)
    for match in _IPV4.finditer(text, start, end):
        if _is_address(match, text):
            yield Found(match.start(), match.end(), "ip-address", ADDRESS)
    for match in _CARD.finditer(text, start, end):
        digits = re.sub(r"\D", "", match[0])
        if luhn(digits) and digits not in _TEST_CARDS and len(set(digits)) > 3:
            yield Found(match.start(), match.end(), "card", CARD if match[1] or match[2] else CARD.replace(" ", ""))


def _is_email(match: re.Match[str]) -> bool:
    user, host, top = match[0].partition("@")[0].lower(), match["host"].lower(), match["top"].lower()
    if top in _RESERVED_TOPS or top in _CODE_TOPS or _RESERVED_HOST.search(host):
        return False
    if user in _RESERVED_USERS:
        return False
    return _IN_URL.search(match.string, max(0, match.start() - 200), match.start()) is None


def _is_address(match: re.Match[str], text: str) -> bool:
    value = match[0]
    parts = [int(part) for part in value.split(".")]
    if max(parts) > 255 or max(parts) < _LEAST_OCTET or value in _KNOWN_ADDRESSES:
        return False
    if any(len(part) > 1 and part.startswith("0") for part in value.split(".")):
        return False
    if not ipaddress.IPv4Address(value).is_global or parts[0] >= 224:
        return False
    return _VERSION.search(text, text.rfind("\n", 0, match.start()) + 1, match.start()) is None


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the checksum of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for at, char in enumerate(reversed(digits)):
        value = int(char) * (2 if at % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
