"""A repository at a revision, read without a checkout and without running anything of the repository's."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_finetune.collect.sources import open_source
from aigc_finetune.collect.sources.base import SourceError
from tests.finetune.clean.secrets import keys
from tests.finetune.collect.helpers import Built, commit, git, module, recipe, write

TIME = 1_700_000_000


def test_the_files_of_a_revision_are_taken_not_those_of_the_working_tree(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    first = commit(root, {"a.py": module(1), "build/b.py": module(2), "ü ä.py": module(3)}, TIME)
    git(root, "tag", "v1")
    commit(root, {"a.py": module(4), "new.py": module(5)}, TIME + 1)
    write(root, {"a.py": module(6)})
    built = Built(recipe(f"git:{root}@v1", split="none"), tmp_path / "run")
    assert {path: file.text for path, file in built.files.items()} == {
        "a.py": module(1), "build/b.py": module(2), "ü ä.py": module(3),
    }  # fmt: skip
    assert [(one.label, one.kind, one.identity) for one in built.report.sources] == [("git:repo@v1", "git", first)]
    head = Built(recipe(f"git:{root}", split="none"), tmp_path / "head")
    assert head.files["a.py"].text == module(4)


def test_a_bare_repository_and_its_history(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    for at in range(10):
        commit(root, {f"sub/m{at}.py": module(at)}, TIME + at)
    git(tmp_path, "clone", "-q", "--bare", "repo", "bare.git")
    built = Built(recipe(f"git:{tmp_path / 'bare.git'}@main", split="time"), tmp_path / "run")
    assert built.report.split == "time"
    assert {file.path: file.time for file in built.eval} == {"sub/m8.py": TIME + 8, "sub/m9.py": TIME + 9}


def test_ignore_rules_and_secret_names_hold_for_revisions_too(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    files = {
        ".aigcignore": "private/\n*.gen.py\n", "sub/.aigcignore": "inner.py\n", "private/a.py": module(1),
        "x.gen.py": module(2),
        "sub/inner.py": module(3), "sub/ok.py": module(4), ".env": "A=1\n", "node_modules/m/a.js": "let x = 1;\n",
        ".gitignore": "tracked.py\n",
    }  # fmt: skip
    commit(root, files, TIME)
    write(root, {"tracked.py": module(5)})
    git(root, "add", "-f", "tracked.py")
    git(root, "commit", "-q", "-m", "tracked all the same", time=TIME)
    (root / "link.py").symlink_to("sub/ok.py")
    commit(root, {}, TIME + 1)
    built = Built(recipe(f"git:{root}@main", split="none"), tmp_path / "run")
    assert sorted(built.files) == ["sub/ok.py", "tracked.py"]
    assert built.reasons == {
        ".aigcignore": "language", ".gitignore": "language", "sub/.aigcignore": "language", "private/a.py": "ignored",
        "x.gen.py": "ignored", "sub/inner.py": "ignored", ".env": "secret-name", "node_modules/m/a.js": "ignored",
        "link.py": "link",
    }  # fmt: skip


def test_secrets_of_a_revision_are_redacted(tmp_path: Path) -> None:
    key = keys()["stripe-key"]
    commit(tmp_path / "repo", {"a.py": f'k = "{key}"\n'}, TIME)
    built = Built(recipe(f"git:{tmp_path / 'repo'}@main"), tmp_path / "run")
    assert key not in built.train[0].text


@pytest.mark.parametrize("revision", ["nosuch", "--output=pwned", "HEAD:a.py"])
def test_a_wrong_revision_is_told(tmp_path: Path, revision: str) -> None:
    commit(tmp_path / "repo", {"a.py": module(1)}, TIME)
    with pytest.raises(SourceError, match="git cannot read"):
        open_source(f"git:{tmp_path / 'repo'}@{revision}")
    assert not list(tmp_path.rglob("pwned*"))


def test_a_folder_without_a_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="git cannot read"):
        open_source(f"git:{write(tmp_path / 'plain', {'a.py': module(1)})}@main")


def test_nothing_that_a_repository_configures_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "repo"
    for at in range(10):
        commit(root, {f"m{at}.py": module(at), ".gitattributes": "*.py diff=evil filter=evil\n"}, TIME + at)
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for name in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "diff.external", "diff.evil.textconv",
        "diff.evil.command", "filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "gpg.program",
        "pager.log",
        "credential.helper", "core.askPass", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        git(root, "config", name, str(trap))
    git(root, "config", "log.showSignature", "true")
    git(root, "config", "core.hooksPath", str(tmp_path))
    for name in ("post-index-change", "reference-transaction", "post-checkout"):
        (tmp_path / name).symlink_to(trap)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(trap))
    monkeypatch.setenv("GIT_PAGER", str(trap))
    for number, source in enumerate((root, f"git:{root}@main")):
        assert Built(recipe(source, split="time"), tmp_path / f"run{number}").report.split == "time"
    assert not (tmp_path / "sprung").exists()
