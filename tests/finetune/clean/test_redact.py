"""Secrets and personal data are replaced, ordinary code stays as it is, and the result parses."""

from __future__ import annotations

import ast

import pytest

from aigc_finetune.clean.redact import redact
from aigc_finetune.clean.redact.personal import luhn
from tests.finetune.clean.secrets import ALNUM, HEX, keys, pem_body, rand, value_of


@pytest.mark.parametrize("kind", keys())
@pytest.mark.parametrize(
    "frame",
    ["x = {quoted}\n", "# it was {plain}\n", "client = make(1, {quoted})\n", 'd = {{"a": {quoted}, "b": 2}}\n'],
    ids=["assigned", "comment", "argument", "dictionary"],
)
def test_keys_of_known_form_are_replaced_wherever_they_stand(kind: str, frame: str) -> None:
    key = keys()[kind]
    text = frame.format(quoted=f'"{key}"', plain=key)
    done = redact(text)
    assert value_of(key) not in done.text
    assert [one.kind for one in done.redactions] == [kind.split()[0]]
    assert f"redacted-{kind.split()[0]}" in done.text
    ast.parse(done.text)


@pytest.mark.parametrize("frame", ["x = 1\ny = '{}'\n", "x = 1\nexport KEY={}\n"])
def test_the_line_of_a_redaction_is_told(frame: str) -> None:
    assert [one.line for one in redact(frame.format(keys()["aws-key"])).redactions] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "password = {!r}\n",
        "DB_PASSWORD: str = {!r}\n",
        "connect(host, password={!r})\n",
        "settings = {{'user': 'me', 'password': {!r}}}\n",
        "self.db.passwd = {!r}\n",
        "if pwd == {!r}: pass\n",
        "os.environ['APP_PASSWORD'] = {!r}\n",
    ],
)
@pytest.mark.parametrize("value", ["hunter2" + "winter", "Tr0ub4dor" + "&3", "letmein" + "now", "S3cr" + "et!"])
def test_passwords_are_replaced(text: str, value: str) -> None:
    done = redact(text.format(value))
    assert value not in done.text
    assert [one.kind for one in done.redactions] == ["password"]
    ast.parse(done.text)


@pytest.mark.parametrize(
    "name", ["api_key", "client_secret", "AUTH_TOKEN", "private_key", "signing_key", "accessToken"]
)
@pytest.mark.parametrize("alphabet", [ALNUM, HEX, ALNUM + "+/"])
def test_random_values_with_secret_names_are_replaced(name: str, alphabet: str) -> None:
    value = rand(alphabet, 40)
    done = redact(f'{name} = "{value}"\nother = {{"{name}": "{value}"}}\n')
    assert value not in done.text
    assert len(done.redactions) == 2


def test_a_password_in_a_url_and_a_header_are_replaced() -> None:
    password, bearer = "s3cr" + "et99", rand(ALNUM, 40)
    text = f'u = "postgres://me:{password}@db.intern/x"\nh = {{"Authorization": "Bearer {bearer}"}}\n'
    done = redact(text)
    assert password not in done.text
    assert bearer not in done.text
    assert {one.kind for one in done.redactions} == {"url-password", "authorization"}
    assert "postgres://me:redacted-url-password@db.intern/x" in done.text


@pytest.mark.parametrize("label", ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
@pytest.mark.parametrize("style", ["raw", "literals", "escapes", "open"])
def test_private_keys_are_replaced_whole(label: str, style: str) -> None:
    body = pem_body()
    begin, end = f"-----BEGIN {label}-----", f"-----END {label}-----"
    text = {
        "raw": "KEY = '''" + "\n".join((begin, *body, end)) + "'''\nafter = 1\n",
        "literals": "KEY = (\n" + "".join(f'    "{line}\\n"\n' for line in (begin, *body, end)) + ")\nafter = 1\n",
        "escapes": 'KEY = "' + "\\n".join((begin, *body, end)) + '"\nafter = 1\n',
        "open": "KEY = '''" + "\n".join((begin, *body[:-1])) + "'''\nafter = 1\n",
    }[style]
    done = redact(text)
    assert not [line for line in body[: -1 if style == "open" else None] if line.rstrip("=") in done.text]
    assert [one.kind for one in done.redactions] == ["private-key"]
    assert done.text.endswith("after = 1\n")
    ast.parse(done.text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("# written by Jane Roe <jane.roe" + "@" + "acme-corp.com>\n", "email"),
        ('CALL = "+49 30 1234' + '5678"\n', "phone"),
        ('CALL = "(212) 736-' + '5000"\n', "phone"),
        ('HOST = "93.184.' + '216.34"\n', "ip-address"),
        ('CARD = "4539 5787 ' + '6362 1486"\n', "card"),
        ('CARD = "453957876' + '3621486"\n', "card"),
    ],
)
def test_personal_data_become_what_is_reserved_for_examples(text: str, kind: str) -> None:
    done = redact(text)
    assert [one.kind for one in done.redactions] == [kind]
    assert redact(done.text).redactions == []


@pytest.mark.parametrize(
    "line",
    [
        f'SHA256 = "{rand(HEX, 64)}"',
        f'digest == "{rand(HEX, 40)}"',
        'ID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"',
        'mail = "foo@example.com"',
        'git = "git@github.com:me/it.git"',
        'HOSTS = ("127.0.0.1", "0.0.0.0", "192.168.1.17", "10.1.2.3", "localhost")',
        '__version__ = "1.2.3.4"',
        'assert name == "65.0.204.101.in-addr.arpa"',
        'url = "http://evil:thing@www.example.com/"',
        'VERSION = "100.200.1.40"',
        "x = 4503599627370496 + 0x1234567890abcdef",
        'password = os.environ["PASSWORD"]',
        'password = "password"',
        'password_field = "user_password"',
        'parser.add_argument("--password", help="The password of the user")',
        'raise ValueError("the token must not be empty")',
        'TOKEN = "access_token"',
        'token_type = "bearer"',
        'secret_name = f"{prefix}-secret"',
        'password = "{{ vault_password }}"',
        'auth = "Bearer " + token',
        'url = "http://{user}:{password}@{host}/"',
        'url = "https://user:password@example.com/"',
        'ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"',
        "@decorator(name)",
        "matrix = a @ b.c",
        '"sd@devanagari": "sd_IN@devanagari.UTF-8"',
        'card = "4242 4242 4242 4242"',
        'if "-----BEGIN RSA PRIVATE KEY-----" in text: return load(text)',
        "class SKLearnEstimatorWithAVeryLongNameIndeed1(Base): pass",
        'css = "sk-fading-circle-container-big"',
        'path = "aigc_finetune/clean/redact/personal_2024.py"',
        "token: Final[str] = tokens[0x10]",
        'SECRET_KEY_SETTING = "DJANGO_SECRET_KEY"',
        'x = "+1-555-0100"',
        "range(100-200-3000)",
    ],
)
def test_ordinary_code_stays(line: str) -> None:
    assert redact(line + "\n") == (line + "\n", [])


def test_redacting_twice_changes_nothing_more() -> None:
    text = "".join(f'k{at} = "{key}"\n' for at, key in enumerate(keys().values()))
    once = redact(text)
    assert redact(once.text) == (once.text, [])


def test_without_marks_the_replacement_is_a_word_of_any_language() -> None:
    done = redact(f"# {keys()['npm-token']}\n", marks=False)
    assert done.text == "# redacted-npm-token\n"


def test_luhn_tells_a_card_from_a_number() -> None:
    assert luhn("4539578763621486")
    assert not luhn("4539578763621487")
