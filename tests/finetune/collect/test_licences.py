"""Licences: of texts, headers, metadata; what an allow list lets in."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_finetune.collect.licences import Licences, allowed, from_metadata, is_licence_name, of_file, recognise

BSD = "Redistribution and use in source and binary forms, with or without modification. Redistributions in binary form"


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ('Permission is hereby granted, free of\ncharge, ... sublicense\nTHE SOFTWARE IS PROVIDED "AS IS"', "MIT"),
        (BSD, "BSD-2-Clause"),
        (BSD + "\nNeither the name of the copyright holder", "BSD-3-Clause"),
        ("                Apache License\n           Version 2.0, January 2004", "Apache-2.0"),
        (
            "Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee",
            "ISC",
        ),
        ("PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2\n GPL-compatible", "PSF-2.0"),
        ("Mozilla Public License Version 2.0\n====", "MPL-2.0"),
        ("GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007", "GPL-3.0-only"),
        ("GNU GENERAL PUBLIC LICENSE\n Version 2, June 1991", "GPL-2.0-only"),
        (
            "GNU LESSER GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n incorporates the GNU General Public License",
            "LGPL-3.0-only",
        ),
        ("GNU LESSER GENERAL PUBLIC LICENSE\n Version 2.1, February 1999", "LGPL-2.1-only"),
        (
            "GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3, 19 November 2007\n"
            "GNU General Public License version 3, 29 June 2007",
            "AGPL-3.0-only",
        ),
        ("This is free and unencumbered software released into the public domain.", "Unlicense"),
        ("All rights reserved. Acme Corporation, confidential.", ""),
        ("", ""),
    ],
)
def test_texts_are_recognised(text: str, licence: str) -> None:
    assert recognise(text) == licence


def test_the_licence_of_this_project_is_recognised() -> None:
    assert recognise((Path(__file__).parents[3] / "LICENSE").read_text()) == "Apache-2.0"


@pytest.mark.parametrize(
    ("head", "licence"),
    [
        ("# SPDX-License-Identifier: MIT\n", "MIT"),
        (
            "/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */\n",
            "GPL-2.0-only WITH Linux-syscall-note",
        ),
        ("// SPDX-License-Identifier: (MIT OR Apache-2.0)\r\n", "(MIT OR Apache-2.0)"),
        ("x = 1\n", ""),
    ],
)
def test_headers_are_read(head: str, licence: str) -> None:
    assert of_file(head) == licence


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        (
            "Name: a\nLicense-Expression: MIT OR Apache-2.0\nClassifier: License :: OSI Approved :: BSD License\n",
            "MIT OR Apache-2.0",
        ),
        ("Classifier: License :: OSI Approved :: Apache Software License\n", "Apache-2.0"),
        ("License: BSD-3-Clause\nClassifier: License :: OSI Approved :: BSD License\n", "BSD-3-Clause"),
        ("License: Mit License\n", "MIT"),
        ("License: my own\n\nLicense: MIT in the description\n", ""),
    ],
)
def test_metadata_are_read(tmp_path: Path, metadata: str, licence: str) -> None:
    (tmp_path / "METADATA").write_text(metadata)
    assert from_metadata(tmp_path / "METADATA") == licence


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("MIT", True), ("mit", True), ("GPL-3.0-only", False), ("", False), ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False), ("(MIT OR GPL-3.0-only) AND Apache-2.0", True),
        ("GPL-3.0-only OR (MIT AND ISC)", False),
        ("Apache-2.0 WITH LLVM-exception", True), ("(MIT", False), ("MIT OR", False), ("MIT GPL", False),
        ("AND", False),
    ],
)  # fmt: skip
def test_an_allow_list_is_kept(expression: str, verdict: bool) -> None:
    assert allowed(expression, ("MIT", "Apache-2.0")) is verdict


def test_without_an_allow_list_all_is_allowed() -> None:
    assert allowed("", ())


def test_the_nearest_licence_counts_and_metadata_speak_for_the_rest() -> None:
    texts = {
        "LICENSE": "Apache License Version 2.0",
        "lib/inner/COPYING": BSD,
        "two/LICENSE-MIT": 'Permission is hereby granted, free of charge sublicense THE SOFTWARE IS PROVIDED "AS IS"',
        "two/LICENSE-APACHE": "Apache License Version 2.0",
    }
    known = Licences([*texts, "license.py"], lambda path: texts[path].encode())
    assert known.of("a.py", "") == "Apache-2.0"
    assert known.of("lib/inner/deep/a.py", "") == "BSD-2-Clause"
    assert known.of("lib/a.py", "# SPDX-License-Identifier: ISC\n") == "ISC"
    assert known.of("two/a.py", "") == "MIT OR Apache-2.0"
    assert Licences(texts, lambda path: texts[path].encode(), "MIT").of("a.py", "") == "MIT"
    wheel = Licences(["a-1.dist-info/licenses/LICENSE"], lambda _: b"Apache License Version 2.0")
    assert wheel.of("a/b.py", "") == "Apache-2.0"


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("LICENSE", True),
        ("a/COPYING.txt", True),
        ("UNLICENSE", True),
        ("LICENCE.md", True),
        ("license.py", False),
        ("mylicense", False),
    ],
)
def test_names_of_licence_texts(path: str, verdict: bool) -> None:
    assert is_licence_name(path) is verdict
