"""Fake secrets, put together when they are asked for: no scanner that reads this repository finds one in it."""

from __future__ import annotations

import base64
import json
import random
import string

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"


def rand(alphabet: str, length: int, seed: int = 7) -> str:
    """Return random characters, with upper case, lower case and digits where the alphabet has them."""
    source = random.Random(f"{seed} {length} {alphabet}")
    text = "".join(source.choice(alphabet) for _ in range(length - 3))
    return (
        text + "".join(next(c for c in group if c in alphabet or group == "7") for group in ("Q", "7", "f"))
        if (alphabet == ALNUM)
        else text + "".join(source.choice(alphabet) for _ in range(3))
    )


def jwt() -> str:
    """Return a token of the form of a JSON Web Token."""
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": "4711", "name": "Somebody"}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, rand(ALNUM, 43)))


def pem_body(lines: int = 6) -> list[str]:
    """Return the lines of a private key."""
    return [rand(ALNUM + "+/", 64, seed) for seed in range(lines - 1)] + [rand(ALNUM, 22) + "=="]


def keys() -> dict[str, str]:
    """Return a fake key for each kind that is known by its form."""
    return {
        "aws-key": "AKI" + "A" + rand(UPPER, 16),
        "github-token": "gh" + "p_" + rand(ALNUM, 36),
        "github-token fine-grained": "github" + "_pat_" + rand(ALNUM, 22) + "_" + rand(ALNUM, 59),
        "gitlab-token": "glp" + "at-" + rand(ALNUM, 20),
        "slack-token": "xox" + "b-" + rand("123456789", 12) + "-" + rand("123456789", 12) + "-" + rand(ALNUM, 24),
        "stripe-key": "sk" + "_live_" + rand(ALNUM, 24),
        "google-key": "AI" + "za" + rand(ALNUM, 35),
        "anthropic-key": "sk-" + "ant-api03-" + rand(ALNUM, 93),
        "openai-key": "sk-" + "proj-" + rand(ALNUM, 48),
        "openai-key old": "sk-" + rand(ALNUM, 20) + "T3Blbk" + "FJ" + rand(ALNUM, 20, 9),
        "huggingface-token": "h" + "f_" + rand(ALNUM, 34),
        "npm-token": "np" + "m_" + rand(ALNUM, 36),
        "pypi-token": "pyp" + "i-" + "AgEIcHlwaS5vcmc" + rand(ALNUM, 80),
        "jwt": jwt(),
        "sendgrid-key": "S" + "G." + rand(ALNUM, 22) + "." + rand(ALNUM, 43),
        "mailchimp-key": rand(HEX, 32) + "-us" + "12",
        "digitalocean-token": "dop" + "_v1_" + rand(HEX, 64),
        "shopify-token": "shp" + "at_" + rand(HEX, 32),
        "telegram-token": rand("123456789", 9) + ":A" + "A" + rand(ALNUM, 33),
        "discord-token": "M" + rand(ALNUM, 23) + "." + rand(ALNUM, 6) + "." + rand(ALNUM, 27),
        "twilio-key": "S" + "K" + rand(HEX, 32),
        "databricks-token": "da" + "pi" + rand(HEX, 32),
        "azure-key": "Account" + "Key=" + rand(ALNUM + "+/", 86) + "==",
        "groq-key": "gs" + "k_" + rand(ALNUM, 52),
    }


def value_of(key: str) -> str:
    """Return the part of a key that must not survive."""
    return key.removeprefix("Account" + "Key=")
