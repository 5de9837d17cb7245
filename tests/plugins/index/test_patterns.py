"""Patterns of ignore files fit what git says they fit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aigc_plugins.index.ignore import Rules
from aigc_plugins.index.patterns import Patterns


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("a.py", "x/y/a.py", True),
        ("/a.py", "x/a.py", False),
        ("x/a.py", "y/x/a.py", False),
        ("**/x/a.py", "y/x/a.py", True),
        ("x/**/a.py", "x/a.py", True),
        ("x/**", "x", False),
        ("x/**", "x/y/z", True),
        ("*.p?", "x/b.py", True),
        ("x/*", "x/y/z", False),
        ("[a-c]1", "b1", True),
        ("[!a-c]1", "b1", False),
        ("[[:digit:]]x", "7x", True),
        ("[]]x", "]x", True),
        ("a[/]b", "a/b", False),
        ("\\!a", "!a", True),
        ("a\\ ", "a ", True),
        ("[a", "[a", False),
        ("a\\", "a\\", False),
        ("é*", "ét\né", True),
    ],
)
def test_patterns(pattern: str, path: str, fits: bool) -> None:
    assert (Patterns([pattern]).hides(path, folder=False) is True) is fits


_PART = st.sampled_from(["a", "b", "ab", "*", "?", "**", "*b", "[ab]", "[!a]", "a*"])
_PATTERN = st.builds(
    lambda no, lead, parts, end: no + lead + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(_PART, min_size=1, max_size=3),
    st.sampled_from(["", "", "/"]),
)
_PATHS = ["a", "b", "ab", "aa/a", "aa/b", "aa/ab", "bb/a/b", "bb/a/ab", "bb/b", "bb/ab/a/b", "cab/c", "cab/b"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for path in _PATHS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("")
    return folder


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
@given(st.lists(_PATTERN, min_size=1, max_size=5), st.lists(_PATTERN, max_size=2))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_git_agrees_on_random_rules(repository: Path, lines: list[str], nested: list[str]) -> None:
    (repository / ".gitignore").write_text("\n".join(lines))
    (repository / "bb" / ".gitignore").write_text("\n".join(nested))
    listed = subprocess.run(
        ["git", "-C", str(repository), "ls-files", "-z", "--others", "--exclude-standard"],
        capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    rules = Rules(repository)
    assert [path for path in _PATHS if rules.allows(path)] == [path for path in _PATHS if path in listed.split("\0")]
