"""Keys and tokens that are known by their form, wherever they stand: of cloud providers, forges, services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aigc_finetune.clean.redact.found import Found, is_placeholder, is_random

# Kind, and the pattern of its keys. Each group of kinds is looked for only where one of its hints occurs.
_FORMS: tuple[tuple[str, str], ...] = (
    ("aws-key", r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|A3T[A-Z0-9])[A-Z0-9]{16}"),
    ("github-token", r"gh[pousr]_[A-Za-z0-9_]{30,}|github_pat_[A-Za-z0-9_]{30,}"),
    ("gitlab-token", r"gl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent|oas|ffct)-[A-Za-z0-9_\-.]{16,}|GR1348941[A-Za-z0-9_\-]{20,}"),
    ("slack-token", r"xox[abceoprs](?:-[A-Za-z0-9]+){1,6}|xapp-[0-9]-[A-Za-z0-9\-]{16,}"),
    ("slack-webhook", r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}"),
    ("stripe-key", r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{14,}|whsec_[A-Za-z0-9+/=]{16,}"),
    ("google-key", r"AIza[A-Za-z0-9_\-]{30,}|ya29\.[A-Za-z0-9_\-]{20,}|GOCSPX-[A-Za-z0-9_\-]{20,}"),
    ("anthropic-key", r"sk-ant-[A-Za-z0-9_\-]{16,}"),
    ("openai-key", r"sk-(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_\-]{20,}"),
    ("huggingface-token", r"hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{30,}"),
    ("npm-token", r"npm_[A-Za-z0-9]{30,}"),
    ("pypi-token", r"pypi-[A-Za-z0-9_\-]{30,}"),
    ("jwt", r"eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?"),
    ("sendgrid-key", r"SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    ("mailgun-key", r"key-[0-9a-f]{32}"),
    ("mailchimp-key", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    ("digitalocean-token", r"do[opr]_v1_[a-f0-9]{60,}"),
    ("shopify-token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("square-token", r"sq0(?:atp|csp|idp)-[A-Za-z0-9_\-]{20,}|EAAA[A-Za-z0-9_\-]{60}"),
    ("azure-key", r"(?<=AccountKey=)[A-Za-z0-9+/=]{40,}|(?<=SharedAccessKey=)[A-Za-z0-9+/=]{40,}"),
    ("databricks-token", r"dapi[0-9a-f]{32}(?:-\d)?"),
    ("vault-token", r"hv[sbr]\.[A-Za-z0-9_\-]{24,}"),
    ("docker-token", r"dckr_pat_[A-Za-z0-9_\-]{20,}"),
    ("linear-key", r"lin_api_[A-Za-z0-9]{30,}"),
    ("postman-key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    ("groq-key", r"gsk_[A-Za-z0-9]{40,}"),
    ("replicate-token", r"r8_[A-Za-z0-9]{36,}"),
    ("age-key", r"AGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    ("telegram-token", r"[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}"),
    ("discord-token", r"[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,}"),
    ("twilio-key", r"(?:AC|SK)[0-9a-f]{32}"),
)  # fmt: skip
# How the keys begin (or what is in them): one scan for these tells whether a text is looked at more closely.
_HINT = re.compile(
    r"A(?:KIA|SIA|BIA|CCA|ROA|IDA|3T|Iza|GE-SECRET|ccountKey=|C[0-9a-f]{32})|SK[0-9a-f]{32}|SharedAccessKey="
    r"|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|GR1348941|xox[abceoprs]-|xapp-|slack\.com/services|[sr]k_|pk_|whsec_|ya29\."
    r"|GOCSPX-|sk-|hf_|api_org_|npm_|pypi-|eyJ|SG\.|key-[0-9a-f]|-us\d|do[opr]_v1_|shp(?:at|ca|pa|ss)_|sq0|EAAA|dapi|hv[sbr]\."
    r"|dckr_pat_|lin_api_|PMAK-|gsk_|r8_|\d:AA|[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\."
)
_KEYS = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    + "|".join(f"(?P<k{at}>{form})" for at, (_, form) in enumerate(_FORMS))
    + r")(?![A-Za-z0-9])"
)
# Kinds whose form alone tells too little: words joined by hyphens look like them.
_DOUBTFUL = frozenset(("openai-key", "discord-token", "gitlab-token", "slack-token", "vault-token", "pypi-token"))
_BEGIN = re.compile(r"-----BEGIN (?P<what>[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----|PuTTY-User-Key-File-\d:")
_LONGEST_BLOCK = 12_000  # characters of a private key
_RUN = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_WHOLE_LINE = re.compile(r"(?m)(?<=[\s\"'`n])[A-Za-z0-9+/]{2,}={0,2}(?=[\"'`\\\s,)]|$)")


def find_keys(text: str) -> Iterator[Found]:
    """Yield the keys of a text."""
    if "PRIVATE KEY" in text or "PuTTY-User-Key" in text:
        yield from _blocks(text)
    at = 0
    while (hint := _HINT.search(text, at)) is not None:
        start = text.rfind("\n", 0, hint.start()) + 1
        end = text.find("\n", hint.end())
        at = end = len(text) if end < 0 else end
        for match in _KEYS.finditer(text, start, end):
            kind = _FORMS[int((match.lastgroup or "k0")[1:])][0]
            if kind not in _DOUBTFUL or is_random(match[0]) or _tail_is_random(match[0]):
                if not is_placeholder(match[0].partition("-")[2] or match[0]):
                    yield Found(match.start(), match.end(), kind)
        if at >= len(text):
            return


def _tail_is_random(value: str) -> bool:
    """Tell whether the longest part between separators is random."""
    return is_random(max(re.split(r"[-_.]", value), key=len), 10)


def _blocks(text: str) -> Iterator[Found]:
    """Yield what is between the marks of a private key: whole where it stands raw, piece by piece within literals."""
    for begin in _BEGIN.finditer(text):
        what = begin["what"]
        end = text.find(f"-----END {what}-----", begin.end()) if what else -1
        closed = 0 <= end - begin.end() <= _LONGEST_BLOCK
        end = end if closed else min(len(text), begin.end() + _LONGEST_BLOCK)
        if _RUN.search(text, begin.end(), end) is None:
            continue  # somebody speaks about keys
        pattern = _WHOLE_LINE if closed else _RUN
        for match in pattern.finditer(text, begin.end(), end):
            yield Found(match.start(), match.end(), "private-key")
