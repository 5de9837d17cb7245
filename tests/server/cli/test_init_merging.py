"""Merging settings into files of any form: nothing that was there is lost, all that was wanted is there."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_lsp.cli import editor_settings
from aigc_lsp.cli.editor_settings import changes, jsonc, merge_json, merge_toml

NAMES = st.sampled_from(["a", "b", 'c"d', "e // f", "ü"])
VALUES = st.recursive(
    st.sampled_from([None, True, 1, -2.5, "x", "{ /* no */ }", "\n"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=3)
SPACE = st.sampled_from(["", "", " ", "\n", "\n  ", "\t", " /* } , */ ", ' // ] "\n', "\r\n"])


def written(draw: st.DrawFn, value: Any) -> str:
    """Return a value as text with comments, trailing commas and space wherever they may stand."""

    def space() -> str:
        return draw(SPACE)

    if not isinstance(value, (dict, list)):
        return json.dumps(value)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}{space()}:{space()}{written(draw, one)}" for name, one in value.items()]
    else:
        parts = [written(draw, one) for one in value]
    comma = "," if parts and draw(st.booleans()) else ""
    inside = f"{space()},{space()}".join(parts)
    return f"{opening}{space()}{inside}{space()}{comma}{space()}{closing}"


@st.composite
def texts(draw: st.DrawFn) -> tuple[Any, str]:
    value = draw(OBJECTS)
    return value, draw(SPACE) + written(draw, value) + draw(SPACE)


class InTheWayError(Exception):
    """A value is there already, with another one wanted."""


def same(one: Any, other: Any) -> bool:
    """Compare as JSON does: `true` is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def together(there: Any, wanted: Any) -> Any:
    """Return both objects in one."""
    if not (isinstance(there, dict) and isinstance(wanted, dict)):
        if not same(there, wanted):
            raise InTheWayError
        return there
    return there | {name: together(there[name], one) if name in there else one for name, one in wanted.items()}


def is_kept(old: str, new: str) -> bool:
    """Tell whether all of `old` is in `new`, in its order."""
    rest = iter(new)
    return all(character in rest for character in old)


@given(texts(), OBJECTS)
def test_json_is_merged_or_a_conflict_is_named(there: tuple[Any, str], wanted: dict[str, Any]) -> None:
    value, text = there
    tree = jsonc.parse(text)
    assert tree is not None
    assert tree.value == value
    try:
        expected = together(value, wanted)
    except InTheWayError:
        with pytest.raises(changes.ConflictError):
            merge_json.merge(text, json.dumps(wanted))
        return
    merged = merge_json.merge(text, json.dumps(wanted))
    after = jsonc.parse(merged)
    assert after is not None
    assert same(after.value, expected)
    assert is_kept(text, merged)
    assert merge_json.merge(merged, json.dumps(wanted)) == merged


HELIX = editor_settings.find("helix")
LISTS = st.sampled_from(
    [
        "",
        "language-servers = []\n",
        'language-servers = ["x"]\n',
        "language-servers = [ 'x', ] # ] \"\n",
        'language-servers = [\n  "x", # the ] first\n  { name = "y", only-features = ["format"] },\n]\n',
        'language-servers = [\n  "x"\n  # none after this\n]\n',
        'language-servers = ["x", "aigc"]\n',
    ]
)
LANGUAGES = st.lists(
    st.tuples(st.sampled_from(["python", "go", "rust", "zig"]), LISTS, st.sampled_from(["", 'scope = "[["\n'])),
    max_size=3,
    unique_by=lambda one: one[0],
)


@given(LANGUAGES, st.sampled_from(["", "# mine\n", '[language-server.x]\ncommand = "x"\n']), st.booleans())
def test_toml_is_merged(languages: list[tuple[str, str, str]], before: str, windows: bool) -> None:
    assert HELIX is not None
    text = before + "".join(f'\n[[language]]\nname = "{name}"\n{other}{servers}' for name, servers, other in languages)
    text = text.replace("\n", "\r\n") if windows else text
    old, wanted = tomllib.loads(text), editor_settings.settings(HELIX, ["aigc-lsp"])
    merged = merge_toml.merge(text, wanted)
    data = tomllib.loads(merged)
    assert is_kept(text, merged)
    assert merge_toml.merge(merged, wanted) == merged
    after = {one["name"]: one for one in data["language"]}
    for one in old.get("language", []):
        kept = [name for name in after[one["name"]].get("language-servers", []) if name != "aigc"]
        assert "language-servers" not in one or kept == [name for name in one["language-servers"] if name != "aigc"]
    ours = {one["name"] for one in tomllib.loads(wanted)["language"]}
    assert all("aigc" in after[name]["language-servers"] for name in ours)
