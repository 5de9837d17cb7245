"""The task `license-header`: a file's licence at its top, as SPDX tags in the file's own comments."""

from __future__ import annotations

import re

from aigc_plugins.api import ActionTask, Argument, Change, Edit, Job, Place, WithheldError

TAG = "SPDX-License-Identifier:"
COPYRIGHT = "SPDX-FileCopyrightText:"
# An identifier, or several of them joined, as in `MIT OR Apache-2.0 WITH LLVM-exception`.
EXPRESSION = re.compile(r"\(?[A-Za-z0-9][A-Za-z0-9.+-]*\)?(?: (?:AND|OR|WITH) \(?[A-Za-z0-9][A-Za-z0-9.+-]*\)?)*")
# What has to stay above: a shebang, the encoding of a Python file.
FIRST = re.compile(r"\ufeff?(?:#!.*\n)?(?:#.*coding[:=].*\n)?")


class LicenseHeader(ActionTask):
    """Adds the licence header, or changes the one that is there; never writes a second one."""

    name = "license-header"
    title = "Write the licence header"
    kind = "source.licenseHeader"
    arguments = (
        Argument("license", "Which licence? (an SPDX expression)", default="Apache-2.0"),
        Argument("holder", "Who holds the copyright? (empty: do not say)", default=""),
    )
    verified = "only comments change"

    def applies(self, place: Place) -> bool | str:
        """Offer it where comments of one line exist."""
        language = place.snapshot.language
        return language is not None and bool(language.line_comment) and language.name != "json"

    def run(self, place: Place, job: Job) -> Change:
        """Return the edit of the header."""
        expression, holder = job.arguments["license"].strip(), " ".join(job.arguments["holder"].split())
        if not EXPRESSION.fullmatch(expression):
            raise WithheldError(f"{expression!r} is no SPDX expression, such as MIT or Apache-2.0.")
        text, mark = place.snapshot.text, place.snapshot.language.line_comment
        start = FIRST.match(text).end()
        old = re.compile(rf"(?:{re.escape(mark)}[ \t]*(?:{TAG}|{COPYRIGHT}).*(?:\r?\n|$))+").match(text, start)
        end = old.end() if old is not None else start
        kept = [line for line in text[start:end].splitlines() if COPYRIGHT in line] if not holder else []
        lines = [*kept, *([f"{mark} {COPYRIGHT} {holder}"] if holder else []), f"{mark} {TAG} {expression}"]
        gap = "\n" if old is None and text[start:].strip() and not text.startswith("\n", start) else ""
        new = "\n".join(lines) + "\n" + gap
        if new == text[start:end].replace("\r\n", "\n"):
            raise WithheldError("The file has this header already.")
        what = "Added" if old is None else "Changed"
        return Change((Edit(start, end, new),), note=f"{what} the licence header: {expression}.")
