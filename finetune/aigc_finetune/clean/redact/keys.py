"""Keys and tokens that are known by their form, wherever they stand: of cloud providers, forges, services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aigc_finetune.clean.redact.found import Found, is_placeholder, is_random
from aigc_finetune.clean.redact.scan import Span, lines_with

# Kind, what occurs in each key of it, the pattern.
_FORMS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("aws-key", ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA", "A3T"), r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|A3T[A-Z0-9])[A-Z0-9]{16}"),
    ("github-token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"), r"gh[pousr]_[A-Za-z0-9_]{30,}|github_pat_[A-Za-z0-9_]{30,}"),
    ("gitlab-token", ("glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glsoat-", "glft-", "glimt-", "glagent-", "gloas-", "glffct-", "GR1348941"), r"gl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent|oas|ffct)-[A-Za-z0-9_\-.]{16,}|GR1348941[A-Za-z0-9_\-]{20,}"),
    ("slack-token", ("xox", "xapp-"), r"xox[abceoprs](?:-[A-Za-z0-9]+){1,6}|xapp-[0-9]-[A-Za-z0-9\-]{16,}"),
    ("slack-webhook", ("hooks.slack.com/services/",), r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}"),
    ("stripe-key", ("k_live_", "k_test_", "whsec_"), r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{14,}|whsec_[A-Za-z0-9+/=]{16,}"),
    ("google-key", ("AIza", "ya29.", "GOCSPX-"), r"AIza[A-Za-z0-9_\-]{30,}|ya29\.[A-Za-z0-9_\-]{20,}|GOCSPX-[A-Za-z0-9_\-]{20,}"),
    ("anthropic-key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_\-]{16,}"),
    ("openai-key", ("sk-",), r"sk-(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_\-]{20,}"),
    ("huggingface-token", ("hf_", "api_org_"), r"hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{30,}"),
    ("npm-token", ("npm_",), r"npm_[A-Za-z0-9]{30,}"),
    ("pypi-token", ("pypi-",), r"pypi-[A-Za-z0-9_\-]{30,}"),
    ("jwt", ("eyJ",), r"eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?"),
    ("sendgrid-key", ("SG.",), r"SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    ("mailgun-key", ("key-",), r"key-[0-9a-f]{32}"),
    ("mailchimp-key", ("-us",), r"[0-9a-f]{32}-us[0-9]{1,2}"),
    ("digitalocean-token", ("_v1_",), r"do[opr]_v1_[a-f0-9]{60,}"),
    ("shopify-token", ("shpat_", "shpca_", "shppa_", "shpss_"), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("square-token", ("sq0", "EAAA"), r"sq0(?:atp|csp|idp)-[A-Za-z0-9_\-]{20,}|EAAA[A-Za-z0-9_\-]{60}"),
    ("azure-key", ("AccountKey=", "SharedAccessKey="), r"(?<=AccountKey=)[A-Za-z0-9+/=]{40,}|(?<=SharedAccessKey=)[A-Za-z0-9+/=]{40,}"),
    ("databricks-token", ("dapi",), r"dapi[0-9a-f]{32}(?:-\d)?"),
    ("vault-token", ("hvs.", "hvb.", "hvr."), r"hv[sbr]\.[A-Za-z0-9_\-]{24,}"),
    ("docker-token", ("dckr_pat_",), r"dckr_pat_[A-Za-z0-9_\-]{20,}"),
    ("linear-key", ("lin_api_",), r"lin_api_[A-Za-z0-9]{30,}"),
    ("postman-key", ("PMAK-",), r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    ("groq-key", ("gsk_",), r"gsk_[A-Za-z0-9]{40,}"),
    ("replicate-token", ("r8_",), r"r8_[A-Za-z0-9]{36,}"),
    ("age-key", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    ("telegram-token", (":AA",), r"[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}"),
)  # fmt: skip
# Keys that begin with nothing that tells: looked for in the runs of characters that are long enough.
_SHAPES = (
    ("discord-token", re.compile(r"[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,}")),
    ("twilio-key", re.compile(r"(?:AC|SK)[0-9a-f]{32}(?![A-Za-z0-9])")),
)
_COMPILED = tuple(
    (kind, hints, re.compile(rf"(?<![A-Za-z0-9_])(?:{form})(?![A-Za-z0-9])")) for kind, hints, form in _FORMS
)
# Kinds whose form alone tells too little: words joined by hyphens look like them.
_DOUBTFUL = frozenset(
    ("openai-key", "discord-token", "gitlab-token", "slack-token", "vault-token", "pypi-token", "huggingface-token")
)
_BEGIN = re.compile(r"-----BEGIN (?P<what>[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----|PuTTY-User-Key-File-\d:")
_LONGEST_BLOCK = 12_000  # characters of a private key
_RUN = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_WHOLE_LINE = re.compile(r"(?m)(?<=[\s\"'`n])[A-Za-z0-9+/]{2,}={0,2}(?=[\"'`\\\s,)]|$)")


def find_keys(text: str, runs: list[Span]) -> Iterator[Found]:
    """Yield the keys of a text; `runs` are its `long_runs`."""
    if "PRIVATE KEY" in text or "PuTTY-User-Key" in text:
        yield from _blocks(text)
    for kind, hints, pattern in _COMPILED:
        if any(hint in text for hint in hints):
            for start, end in lines_with(text, hints):
                yield from (_found(kind, m) for m in pattern.finditer(text, start, end) if _is_key(kind, m[0]))
    for start, _ in runs:
        for kind, pattern in _SHAPES:
            if text[start] in "MNOAS" and (match := pattern.match(text, start)) and _is_key(kind, match[0]):
                yield _found(kind, match)


def _found(kind: str, match: re.Match[str]) -> Found:
    return Found(match.start(), match.end(), kind)


def _is_key(kind: str, value: str) -> bool:
    if is_placeholder(value.partition("-")[2] or value):
        return False
    return kind not in _DOUBTFUL or is_random(value) or _tail_is_random(value)


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
