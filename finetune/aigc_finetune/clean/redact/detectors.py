"""The plugins of detect-secrets as a second opinion, on the lines that could hold a key at all.

They are called as plain functions on a line. Nothing is verified: detect-secrets would ask the providers over the
network for that. Its plugins for personal data, key blocks, names and plain entropy are left to our own rules, which
know what ordinary code looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from aigc_finetune.clean.redact.found import Found, is_hex, is_placeholder, is_random
from aigc_finetune.clean.redact.scan import Span, line_at

# Module, class, kind.
_PLUGINS = (
    ("artifactory", "ArtifactoryDetector", "artifactory-key"),
    ("aws", "AWSKeyDetector", "aws-key"),
    ("azure_storage_key", "AzureStorageKeyDetector", "azure-key"),
    ("cloudant", "CloudantDetector", "cloudant-key"),
    ("discord", "DiscordBotTokenDetector", "discord-token"),
    ("github_token", "GitHubTokenDetector", "github-token"),
    ("gitlab_token", "GitLabTokenDetector", "gitlab-token"),
    ("ibm_cloud_iam", "IbmCloudIamDetector", "ibm-key"),
    ("ibm_cos_hmac", "IbmCosHmacDetector", "ibm-key"),
    ("jwt", "JwtTokenDetector", "jwt"),
    ("mailchimp", "MailchimpDetector", "mailchimp-key"),
    ("npm", "NpmDetector", "npm-token"),
    ("openai", "OpenAIDetector", "openai-key"),
    ("pypi_token", "PypiTokenDetector", "pypi-token"),
    ("sendgrid", "SendGridDetector", "sendgrid-key"),
    ("slack", "SlackDetector", "slack-token"),
    ("softlayer", "SoftlayerDetector", "softlayer-key"),
    ("square_oauth", "SquareOAuthDetector", "square-token"),
    ("stripe", "StripeDetector", "stripe-key"),
    ("telegram_token", "TelegramBotTokenDetector", "telegram-token"),
    ("twilio", "TwilioKeyDetector", "twilio-key"),
)
_ENTROPY = (
    ("high_entropy_strings", "Base64HighEntropyString", "secret"),
    ("high_entropy_strings", "HexHighEntropyString", "secret"),
)
_LONGEST = 2000  # characters of a line; longer ones are data
_LONG_STRING = re.compile(r"""(["'])[^"'\s]{16,}\1""")
_SECRET_NAME = re.compile(r"(?i)secret|passw|token|api_?key|private_?key|access_?key|credential|auth_?key")
_HASHES = re.compile(r"(?i)sha\d|md5|hash|digest|checksum|integrity|uuid|fingerprint|commit|etag|b?crc|salt")


@cache
def _plugins() -> list[tuple[Any, str]]:
    return [_plugin(*names) for names in _PLUGINS]


@cache
def _entropy_plugins() -> list[tuple[Any, str]]:
    return [_plugin(*names) for names in _ENTROPY]


def _plugin(module: str, name: str, kind: str) -> tuple[Any, str]:
    return getattr(import_module(f"detect_secrets.plugins.{module}"), name)(), kind


def find_detected(text: str, runs: list[Span]) -> Iterator[Found]:
    """Yield what the plugins find, where the value could be random; `runs` are the text's `long_runs`."""
    done = 0
    for start, end in runs:
        if start < done or not _worth(text[start:end]):
            continue
        first, done = line_at(text, start)
        if done - first <= _LONGEST:
            yield from _line(text[first:done], first)


def _worth(run: str) -> bool:
    """Tell whether a run of characters could be a key: it has digits among its letters."""
    digits = sum(map(run.count, "0123456789"))
    return digits >= 2 and len(set(run)) >= 8 and digits < 0.9 * len(run)


def _line(line: str, offset: int) -> Iterator[Found]:
    plugins = list(_plugins())
    names = _LONG_STRING.sub("", line)
    if _SECRET_NAME.search(names) and not _HASHES.search(names):
        plugins += _entropy_plugins()
    for plugin, kind in plugins:
        for value in plugin.analyze_string(line):
            # `secret`: the entropy plugins give every string of their alphabet and leave the judgement to the caller.
            if kind == "secret" and plugin.calculate_shannon_entropy(value) <= plugin.entropy_limit:
                continue
            if (
                not is_random(value)
                or is_placeholder(value)
                or (kind == "secret" and is_hex(value) and len(value) < 32)
            ):
                continue
            start = line.find(value)
            while start >= 0:
                yield Found(offset + start, offset + start + len(value), kind)
                start = line.find(value, start + len(value))
