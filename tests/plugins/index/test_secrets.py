"""Secrets in files: the value goes, the line stays, ordinary code is left alone."""

from __future__ import annotations

import random
import string

import pytest

from aigc_plugins.index.secrets import MASK, redact

_ALNUM = string.ascii_letters + string.digits


def _random(size: int, alphabet: str = _ALNUM) -> str:
    return "".join(random.Random(size).choices(alphabet, k=size))


# Put together here, so that no scanner takes this file for a leak.
TOKENS = [
    "AKIA" + _random(16, string.ascii_uppercase + string.digits),
    "ghp_" + _random(36),
    "github_pat_" + _random(60),
    "glpat-" + _random(20),
    "xoxb-" + _random(12, string.digits) + "-" + _random(24),
    "sk-proj-" + _random(48),
    "sk_live_" + _random(24),
    "AIza" + _random(35),
    "SG." + _random(22) + "." + _random(43),
    "npm_" + _random(36),
    "pypi-" + _random(80),
    "hf_" + _random(34),
    "eyJ" + _random(20) + ".eyJ" + _random(40) + "." + _random(43),
    "AC" + _random(32, "0123456789abcdef"),
    _random(9, string.digits) + ":" + _random(35),
]
VALUE = "hunter2!x9"
ASSIGNED = [
    'password = "{}"',
    "PASSWORD='{}'",
    'self.db_password: str = "{}"',
    '"password": "{}",',
    "'secret' => '{}'",
    "const clientSecret = `{}`;",
    'dbPassword := "{}"',
    'private static final String DB_PASSWORD = "{}";',
    '#define PASSWORD "{}"',
    'os.environ["APP_SECRET"] = "{}"',
    'connect(user="me", passwd="{}")',
    "export DB_PASSWORD={}",
    "# DB_PASSWORD={}",
    'if password == "{}":',
    'set_password("{}")',
]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:8])
@pytest.mark.parametrize("line", ['x = "{}"', "call('{}', 1)", "# seen {} in the log", "curl -H 'X: {}'"])
def test_tokens_of_providers_go_wherever_they_stand(token: str, line: str) -> None:
    text = f"a = 1\n{line.format(token)}\nb = 2\n"
    clean = redact(text)
    assert token not in clean
    assert MASK in clean
    assert clean.count("\n") == text.count("\n")


@pytest.mark.parametrize("line", ASSIGNED)
def test_what_is_assigned_to_the_name_of_a_secret_goes(line: str) -> None:
    clean = redact(line.format(VALUE))
    assert VALUE not in clean
    assert clean == line.format(MASK)


@pytest.mark.parametrize("line", ['api_key = "{}"', '"auth_token": "{}"', "ACCESS_KEY={}", "Authorization: Bearer {}"])
def test_names_of_keys_need_a_value_that_looks_random(line: str) -> None:
    value = _random(28)
    assert value not in redact(line.format(value))


@pytest.mark.parametrize("kind", ["RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", ""])
def test_a_private_key_goes_and_its_lines_stay(kind: str) -> None:
    body = "\n".join(_random(64) for _ in range(5))
    text = f'KEY = """-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"""\nx = 1\n'
    clean = redact(text)
    assert _random(64) not in clean
    assert clean.count("\n") == text.count("\n")
    assert clean.endswith("x = 1\n")


def test_a_private_key_without_an_end_goes_all_the_same() -> None:
    assert _random(64) not in redact("-----BEGIN PRIVATE KEY-----\n" + _random(64) + "\n")


def test_a_password_in_an_address_goes() -> None:
    clean = redact('url = "postgres://admin:s3cr3tpw@db.example/app"')
    assert clean == f'url = "postgres://admin:{MASK}@db.example/app"'


def test_long_random_strings_go() -> None:
    value = _random(44)
    assert redact(f'x = "{value}"') == f'x = "{MASK}"'


@pytest.mark.parametrize(
    "line",
    [
        'tokenizer = AutoTokenizer.from_pretrained("openai-community/gpt2-medium-2024")',
        'password = os.environ["DB_PASSWORD"]',
        'password = input("Password: ")',
        "token = next(tokens)",
        'PASSWORD_FIELD = "password"',
        'raise ValueError("the password is wrong, try again")',
        'key = "user_name"',
        'KEYWORDS = ["pass", "password", "token"]',
        '"author": "Somebody With A Long Name",',
        'secret = "${APP_SECRET}"',
        'password = "<your password>"',
        'password = ""',
        'token: str = "identifier"',
        'class Qwen2_5OmniThinkerForConditionalGeneration(Base): x = "Qwen2OmniThinkerForConditionalGeneration"',
        "authenticate(user, password)",
        'if kind == TOKEN_STRING and value != "}": pass',
    ],
)
def test_ordinary_code_is_left_alone(line: str) -> None:
    assert redact(line) == line


def test_offsets_survive_letters_that_grow_in_lower_case() -> None:
    assert redact('name = "İİİİ"\npassword = "hunter2!x9"\n') == f'name = "İİİİ"\npassword = "{MASK}"\n'


def test_a_hostile_line_takes_no_time() -> None:
    """Quadratic patterns would take minutes here; the test's time limit notices."""
    for piece in ("password" * 30_000, "token-" * 40_000, "a" * 300_000 + "=", "-----BEGIN PRIVATE KEY-----" * 2000):
        redact(piece + ' = "')
