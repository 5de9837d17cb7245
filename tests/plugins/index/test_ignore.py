"""Which files are looked at: as git would, minus secrets and junk."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_plugins.index.ignore import Rules, is_secret_name

Write = Callable[..., Path]


def _files(root: Path) -> list[str]:
    return [path for path, _ in Rules(root).files()]


def test_nested_rules_hold_below_their_folder_and_the_nearest_wins(root: Path, write: Write) -> None:
    write(".gitignore", "*.gen.py\n/top.py\nout.d/\n")
    write("sub/.gitignore", "!kept.gen.py\nlocal.py\n")
    for path in ("a.gen.py", "top.py", "sub/top.py", "sub/kept.gen.py", "sub/local.py", "local.py", "out.d/x.py"):
        write(path)
    assert [path for path in _files(root) if path.endswith(".py")] == ["local.py", "sub/kept.gen.py", "sub/top.py"]


def test_aigcignore_hides_what_git_shows_and_shows_nothing_that_git_hides(root: Path, write: Write) -> None:
    write(".gitignore", "hidden.py\n")
    write(".aigcignore", "private/\n!hidden.py\n")
    for path in ("hidden.py", "private/a.py", "sub/private/b.py", "open.py"):
        write(path)
    rules = Rules(root)
    assert [path for path in ("hidden.py", "private/a.py", "sub/private/b.py", "open.py") if rules.allows(path)] == [
        "open.py"
    ]


def test_a_file_in_an_ignored_folder_cannot_be_taken_back(root: Path, write: Write) -> None:
    write(".gitignore", "closed/\n!closed/a.py\n")
    write("closed/a.py")
    assert not Rules(root).allows("closed/a.py")


def test_rules_above_the_root_up_to_the_repository_count_and_no_further(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("far.py\n")
    top = tmp_path / "repository"
    (top / ".git" / "info").mkdir(parents=True)
    (top / ".gitignore").write_text("/pkg/near.py\n")
    (top / ".git" / "info" / "exclude").write_text("excluded.py\n")
    root = top / "pkg"
    root.mkdir()
    for name in ("far.py", "near.py", "excluded.py", "seen.py"):
        (root / name).write_text("x = 1\n")
    assert _files(root) == ["far.py", "seen.py"]


def test_the_users_own_rules_count_in_a_repository(root: Path, write: Write) -> None:
    (root / ".git").mkdir()
    home = Path(os.environ["HOME"])
    home.mkdir()
    (home / "mine").write_text("notes.py\n")
    (home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/mine\n")
    write("notes.py")
    write("code.py")
    assert _files(root) == ["code.py"]


@pytest.mark.parametrize(
    "path",
    [".env", ".env.local", "prod.env", "id_rsa", "server.pem", "tls.key", ".npmrc", "secrets.yaml", "credentials.json",
     "aws_credentials", ".ssh/config.py", ".aws/x.py", "terraform.tfstate", "client_secret_1.json", ".ENV"],
)  # fmt: skip
def test_secrets_are_out_by_their_name_without_any_rule(root: Path, path: str) -> None:
    assert not Rules(root).allows(path)


@pytest.mark.parametrize("name", ["secrets.py", "credentials.ts", "environment.py", "keys.go", "password_reset.py"])
def test_code_about_secrets_is_code(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize("path", ["node_modules/a.js", "a/__pycache__/x.py", ".git/hooks/a.py", "lib/app.min.js"])
def test_junk_is_out(root: Path, write: Write, path: str) -> None:
    write(path)
    assert _files(root) == []


def test_a_virtual_environment_is_known_by_what_it_holds(root: Path, write: Write) -> None:
    write("env311/pyvenv.cfg", "")
    write("env311/lib/a.py")
    assert _files(root) == []


def test_build_outputs_are_out_unless_a_repository_has_its_own_say(root: Path, write: Write) -> None:
    write("build/a.py")
    assert _files(root) == []
    (root / ".git").mkdir()
    assert _files(root) == ["build/a.py"]


def test_no_link_is_followed(root: Path, write: Write, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("x = 1\n")
    write("a/b.py")
    (root / "a" / "loop").symlink_to(root)
    (root / "out").symlink_to(outside)
    (root / "c.py").symlink_to(outside / "secret.py")
    rules = Rules(root)
    assert _files(root) == ["a/b.py"]
    assert not rules.allows("out/secret.py")
    assert not rules.allows("a/loop/a/b.py")


def test_odd_names_are_fine_and_names_that_are_no_text_are_left_out(root: Path, write: Write) -> None:
    names = ["a b.py", "ünï.py", "new\nline.py", "quo'te\".py", "[x].py", "-rf.py", "*.py"]
    for name in names:
        write(name)
    (root / os.fsdecode(b"bad\xff.py")).write_text("x = 1\n")
    assert _files(root) == sorted(names)


def test_broken_rules_let_no_other_rule_off(root: Path, write: Write) -> None:
    write(".gitignore", b"\xff\xfe\n[\n!\nhidden.py\n")
    write("hidden.py")
    write("seen.py")
    assert [path for path in _files(root) if path.endswith(".py")] == ["seen.py"]


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
def test_git_agrees(root: Path, write: Write) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    write(".gitignore", "*\n!*/\n!*.py\n!.gitignore\n/docs/**/x.py\n\\#odd.py\ntrail.py   \na/**/z.py\n")
    write("a/.gitignore", "!z.py\nonly/\n")
    write("b/.gitignore", "*.py\n!q*.py\n")
    for path in ("m.py", "t.txt", "docs/x.py", "docs/a/b/x.py", "docs/y.py", "#odd.py", "trail.py", "a/z.py",
                 "a/b/z.py", "a/only/k.py", "b/p.py", "b/q1.py", "b/c/q2.py", "a/only.py"):  # fmt: skip
        write(path)
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--others", "--exclude-standard"],
        capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    assert sorted(_files(root)) == sorted(listed.strip("\0").split("\0"))
