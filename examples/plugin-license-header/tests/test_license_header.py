"""The header is written once, in the comments of the file's language, below what has to come first."""

import pytest
from aigc_license_header.header import LicenseHeader
from aigc_plugins.api import WithheldError
from aigc_plugins.testing import FakeJob, applied, place


def run(text, language="python", license="MIT", holder=""):
    here = place(text, language)
    return applied(here, LicenseHeader().run(here, FakeJob(arguments={"license": license, "holder": holder})))


@pytest.mark.parametrize(
    ("language", "mark"), [("python", "#"), ("go", "//"), ("typescript", "//"), ("lua", "--"), ("shellscript", "#")]
)
def test_it_is_a_comment_of_the_language(language, mark):
    assert run("x\n", language) == f"{mark} SPDX-License-Identifier: MIT\n\nx\n"


def test_shebang_and_encoding_stay_first():
    top = "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n"
    assert run(f"{top}x = 1\n") == f"{top}# SPDX-License-Identifier: MIT\n\nx = 1\n"


def test_the_holder_is_named_and_kept():
    once = run("x = 1\n", holder="Ada")
    assert once == "# SPDX-FileCopyrightText: Ada\n# SPDX-License-Identifier: MIT\n\nx = 1\n"
    assert run(once, license="ISC") == once.replace("MIT", "ISC")


def test_it_is_not_written_twice():
    once = run("x = 1\n")
    with pytest.raises(WithheldError, match="already"):
        run(once)


@pytest.mark.parametrize("license", ["", "MIT\nimport os", "a b", "MIT OR"])
def test_what_is_no_licence_is_refused(license):
    with pytest.raises(WithheldError, match="SPDX"):
        run("x = 1\n", license=license)


@pytest.mark.parametrize(("language", "offered"), [("python", True), ("json", False), ("plaintext", False)])
def test_it_is_offered_where_there_are_comments(language, offered):
    assert bool(LicenseHeader().applies(place("x\n", language, uri="untitled:x"))) == offered
