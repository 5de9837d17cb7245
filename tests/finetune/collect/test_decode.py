"""Encodings: what is read as what, and what is refused."""

from __future__ import annotations

import codecs

import pytest

from aigc_finetune.collect.decode import Decoded, Undecodable, decode

TEXT = "# naïve — 漢字\nx = 'é'\n"
LATIN = "x = 'é ü'\n"


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"x = 1\n", "x = 1\n", "utf-8"),
        (b"", "", "utf-8"),
        (TEXT.encode(), TEXT, "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), TEXT, "utf-8"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), TEXT, "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), TEXT, "utf-16-be"),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), TEXT, "utf-32-le"),
        (codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), TEXT, "utf-32-be"),
        ("x = 123456\n".encode("utf-16-le") * 4, "x = 123456\n" * 4, "utf-16-le"),
        ("x = 123456\n".encode("utf-16-be") * 4, "x = 123456\n" * 4, "utf-16-be"),
        (LATIN.encode("latin-1"), LATIN, "latin-1"),
        ("x = '€ “”'\n".encode("cp1252"), "x = '€ “”'\n", "cp1252"),
        (b"# coding: latin-1\n" + LATIN.encode("latin-1"), "# coding: latin-1\n" + LATIN, "iso8859-1"),
        (
            "#!/bin/x\n# -*- coding: koi8-r -*-\nx = 'да'\n".encode("koi8-r"),
            "#!/bin/x\n# -*- coding: koi8-r -*-\nx = 'да'\n",
            "koi8-r",
        ),
        (
            "# vim: set fileencoding=shift_jis :\nx = '漢'\n".encode("shift_jis"),
            "# vim: set fileencoding=shift_jis :\nx = '漢'\n",
            "shift_jis",
        ),
        (b"x = 1\n\n# coding: koi8-r\n" + "'é'".encode(), "x = 1\n\n# coding: koi8-r\n'é'", "utf-8"),
        (b"\x0c\nx = '\x1b[0m'\n", "\x0c\nx = '\x1b[0m'\n", "utf-8"),
    ],
)
def test_texts_are_read(data: bytes, text: str, encoding: str) -> None:
    assert decode(data) == Decoded(text, encoding)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x7fELF\x02\x01\x01\x00", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        (b"x = 1\n\x00", "binary"),
        (b"\x01\x02\x03abc", "binary"),
        (codecs.BOM_UTF8 + b"\xff\xfe", "encoding"),
        (codecs.BOM_UTF16_LE + b"a", "encoding"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "encoding"),
        (b"# coding: utf-8\n'\xe9'\n", "encoding"),
        (b"# coding: nosuch\n'\xe9'\n", "encoding"),
        (b"# coding: ascii\n'\xe9'\n", "encoding"),
        (b"# coding: rot13\nabc\n", "encoding"),
        (b"# coding: hex\nabc\n", "encoding"),
        (b"'\x81\x8d'\n", "encoding"),
    ],
)
def test_what_is_no_text_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    done = decode(data)
    assert isinstance(done, Undecodable)
    assert done.reason == reason
    assert done.detail
