"""Writes a synthetic workspace for bench/index.py: modules that define, import and call. Always the same."""

from __future__ import annotations

import json
import random
from pathlib import Path

_NOUNS_TEXT = """
account batch cache channel client config cursor document event field filter frame graph group handler index
invoice item job key ledger limit list lock log message model node order packet page parser path plan policy
pool profile query queue range record region report request response result route row rule schema score session
shape signal slot source stage state stream table target task template token trace tree user value vector view
window worker
"""
_NOUNS = _NOUNS_TEXT.split()
_VERBS_TEXT = """
add apply build check clear close collect compare compute convert copy count create decode delete drain encode
enqueue ensure expand fetch filter find flush format get group handle import index insert join list load lookup
make map merge move normalize open pack parse poll prepare publish push query read rebuild reduce refresh
register release remove render replace reset resolve restore retry rotate run save scan schedule select send
serialize set sort split start stop store submit sum swap sync take trim update validate visit walk watch write
"""
_VERBS = _VERBS_TEXT.split()
_LANGUAGES = ["py", "py", "py", "ts", "ts", "tsx", "go", "go", "java", "rs", "json"]


class Author:
    """Writes files of one workspace."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def name(self) -> tuple[str, str, str]:
        """Return a verb and two nouns."""
        return self._chance.choice(_VERBS), self._chance.choice(_NOUNS), self._chance.choice(_NOUNS)

    def file(self, extension: str, number: int) -> str:
        """Return a file of about 120 to 300 lines."""
        size = self._chance.randrange(6, 16)
        return str(getattr(self, f"_{extension}")(size, number))

    def _py(self, size: int, number: int) -> str:
        _, noun, other = self.name()
        out = [f'"""The {noun} part {number} of the {other} service."""', "", "from __future__ import annotations", ""]
        out += [f"from app.{noun}_{number % 97} import {other.title()}{noun.title()}", "import logging", ""]
        out += [f"MAX_{noun.upper()} = {number}", "", "", f"class {noun.title()}{other.title()}{number}:"]
        out += [f'    """Keeps each {noun} of a {other}."""', ""]
        for _ in range(size):
            verb, a, b = self.name()
            out += [f"    def {verb}_{a}_{b}(self, {a}_id: int, {b}: str = '') -> int:"]
            out += [f'        """Return what comes of the {a} when its {b} is {verb}ed."""']
            out += self._body("        ", a, b, "self.")
            out += [""]
        for _ in range(size // 2):
            verb, a, b = self.name()
            out += ["", f"def {verb}_{a}({a}: dict, {b}_limit: int = {number}) -> list:"]
            out += self._body("    ", a, b, "")
            out += [""]
        return "\n".join(out) + "\n"

    def _body(self, indent: str, a: str, b: str, owner: str) -> list[str]:
        verb, c, d = self.name()
        return [
            f"{indent}# The {a} may have been {verb}ed by another {d} before.",
            f"{indent}{c} = {owner}{verb}_{c}({a!r}, limit={self._chance.randrange(100)})",
            f"{indent}if {c} is None or not {c}.{d}:",
            f'{indent}    logging.debug("no {c} for the {b}")',
            f"{indent}    return 0",
            f"{indent}total = sum({d}.{b} for {d} in {c}.{d}s if {d}.{a} > {self._chance.randrange(9)})",
            f"{indent}return total + len({c}.{d}s)",
        ]

    def _ts(self, size: int, number: int) -> str:
        _, noun, other = self.name()
        kind = f"{noun.title()}{other.title()}"
        out = [f'import {{ {kind}Store }} from "./{noun}-{number % 97}";', "", f"export interface {kind}Options {{"]
        out += [f"  {noun}Id: number;", f"  {other}?: string;", "}", "", f"export class {kind}{number} {{"]
        for _ in range(size):
            verb, a, b = self.name()
            out += [f"  async {verb}{a.title()}{b.title()}({a}Id: number, {b}: string): Promise<number> {{"]
            out += self._braces("    ", a, b, "this.")
            out += ["  }", ""]
        out += ["}", ""]
        for _ in range(size // 2):
            verb, a, b = self.name()
            out += [f"export const {verb}{a.title()} = ({a}: {kind}Options, {b} = {number}): number => {{"]
            out += self._braces("  ", a, b, "")
            out += ["};", ""]
        return "\n".join(out)

    _tsx = _ts

    def _braces(self, indent: str, a: str, b: str, owner: str) -> list[str]:
        verb, c, d = self.name()
        return [
            f"{indent}// The {a} may have been {verb}ed by another {d} before.",
            f'{indent}const {c} = {owner}{verb}{c.title()}("{a}", {self._chance.randrange(100)});',
            f"{indent}if (!{c} || {c}.{d}.length === 0) {{",
            f'{indent}  console.debug("no {c} for the {b}");',
            f"{indent}  return 0;",
            f"{indent}}}",
            f"{indent}return {c}.{d}.reduce((sum, {d}) => sum + {d}.{b}, {self._chance.randrange(9)});",
        ]

    def _go(self, size: int, number: int) -> str:
        _, noun, other = self.name()
        kind = f"{noun.title()}{other.title()}{number}"
        out = [
            f"package {noun}",
            "",
            'import "fmt"',
            "",
            f"type {kind} struct {{",
            f"\t{other} map[string]int",
            "}",
            "",
        ]
        for _ in range(size + size // 2):
            verb, a, b = self.name()
            _, c, d = self.name()
            out += [f"// {verb.title()}{a.title()} tells the {b} of each {a}."]
            out += [f"func (s *{kind}) {verb.title()}{a.title()}{b.title()}({c} int, {d} string) (int, error) {{"]
            out += [f'\tvalue, ok := s.{other}["{a}"]', "\tif !ok {", f'\t\treturn 0, fmt.Errorf("no {a} for %s", {d})']
            out += [
                "\t}",
                f"\tfor {c} < {self._chance.randrange(99)} {{",
                f"\t\tvalue += {c}",
                "\t}",
                "\treturn value, nil",
            ]
            out += ["}", ""]
        return "\n".join(out)

    def _java(self, size: int, number: int) -> str:
        _, noun, other = self.name()
        out = [f"package com.example.{noun};", "", "import java.util.List;", ""]
        out += [
            f"public class {noun.title()}{other.title()}{number} {{",
            f"    private final int {other}Limit = {number};",
            "",
        ]
        for _ in range(size + size // 2):
            verb, a, b = self.name()
            _, c, d = self.name()
            out += ["    /**", f"     * Returns the {a} that {b} stands for.", "     */"]
            out += [f"    public int {verb}{a.title()}{b.title()}(List<String> {c}, int {d}) {{"]
            out += [f"        int {b}Total = {d};", f"        for (String {a} : {c}) {{"]
            out += [
                f'            if ({a}.equals("{b}")) {{',
                f"                {b}Total += {other}Limit;",
                "            }",
            ]
            out += ["        }", f"        return {b}Total;", "    }", ""]
        return "\n".join([*out, "}", ""])

    def _rs(self, size: int, number: int) -> str:
        _, noun, other = self.name()
        kind = f"{noun.title()}{other.title()}{number}"
        out = [
            f"use crate::{other};",
            "",
            f"pub struct {kind} {{",
            f"    {other}: Vec<u32>,",
            "}",
            "",
            f"impl {kind} {{",
        ]
        for _ in range(size + size // 2):
            verb, a, b = self.name()
            out += [
                f"    /// Tells the {b} of each {a}.",
                f"    pub fn {verb}_{a}_{b}(&self, {b}: u32) -> Option<u32> {{",
            ]
            out += [f"        let {a} = self.{other}.iter().find(|one| **one > {b})?;"]
            out += [f"        if *{a} > {self._chance.randrange(99)} {{", "            return None;", "        }"]
            out += [f"        Some({a} + {b})", "    }", ""]
        return "\n".join([*out, "}", ""])

    def _json(self, size: int, number: int) -> str:
        rows = [dict(zip(("verb", "noun", "other"), self.name(), strict=True), id=at) for at in range(size * 5)]
        return json.dumps({"version": number, "rows": rows}, indent=2) + "\n"


def write_workspace(root: Path, lines: int, seed: int = 1) -> int:
    """Write files until they have `lines` lines together, and return how many lines it were."""
    author, chance, written, number = Author(seed), random.Random(seed), 0, 0
    (root / ".git").mkdir(parents=True)
    (root / ".gitignore").write_text("build/\n*.log\n")
    while written < lines:
        extension = chance.choice(_LANGUAGES)
        text = author.file(extension, number)
        file = (
            root
            / f"package{number % 50}"
            / f"part{number // 50 % 10}"
            / f"{chance.choice(_NOUNS)}_{number}.{extension}"
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        written += text.count("\n")
        number += 1
    return written
