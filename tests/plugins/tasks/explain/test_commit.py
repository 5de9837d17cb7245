"""Diffs and commit messages: what a program says of a diff, and what of a model's subject may stand."""

from __future__ import annotations

import subprocess

import pytest

from aigc_plugins.api import Page, WithheldError
from aigc_plugins.tasks.explain.commit import CommitMessageTask
from aigc_plugins.tasks.explain.diff import read_diff
from aigc_plugins.tasks.explain.message import checked_subject, exact_subject, message, plain_subject
from aigc_plugins.tasks.explain.summarise import SummariseTask
from task_helpers import FakeJob, applied, place


def diff(path, removed=(), added=(), *, head="", extra="", old=None):
    body = "".join(f"-{line}\n" for line in removed) + "".join(f"+{line}\n" for line in added)
    hunk = f"@@ -1,{len(removed)} +1,{len(added)} @@ {head}\n{body}" if body else ""
    return f"diff --git a/{old or path} b/{path}\n{extra}--- a/{old or path}\n+++ b/{path}\n{hunk}"


FIX = diff("shop/cart.py", ["    return price"], ["    return price * count"], head="def total(price, count):")
NEW = diff("shop/tax.py", [], ["def tax(price):", "    return price * 0.2"], extra="new file mode 100644\n")
MOVE = "diff --git a/a/x.py b/b/x.py\nsimilarity index 100%\nrename from a/x.py\nrename to b/x.py\n"


def test_a_diff_is_read_file_by_file():
    fix, new, move = read_diff(FIX + NEW + MOVE)
    assert (fix.path, fix.status, fix.touched, fix.defined) == ("shop/cart.py", "changed", ["total"], [])
    assert (new.path, new.status, new.defined) == ("shop/tax.py", "added", ["tax"])
    assert (move.old_path, move.path, move.status) == ("a/x.py", "b/x.py", "renamed")
    assert fix.removed == ["    return price"]


def test_lines_of_a_hunk_that_look_like_heads_are_lines():
    one = read_diff(diff("a.sql", ["-- comment", "++ x"], ["diff --git"]))[0]
    assert one.removed == ["-- comment", "++ x"]
    assert one.added == ["diff --git"]


def test_a_diff_without_git_is_read_too():
    (one,) = read_diff("--- a.py\t2020\n+++ b.py\t2020\n@@ -1 +1 @@\n-x = 1\n+x = 2\n")
    assert (one.added, one.removed) == (["x = 2"], ["x = 1"])


def test_files_for_secrets_are_left_out():
    text = diff(".env", [], ["KEY=abc"]) + diff("secrets/a.txt", [], ["x"]) + diff("id_rsa", [], ["y"]) + FIX
    assert [one.path for one in read_diff(text)] == ["shop/cart.py"]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (NEW, "Add tax.py"),
        (diff("a.py", ["x = 1"], [], extra="deleted file mode 100644\n"), "Remove a.py"),
        (MOVE, "Move x.py to b"),
        (MOVE.replace("b/x.py", "a/y.py"), "Rename x.py to y.py"),
        (diff("a.py", [], ["def new(x):", "    return x"]), "Add new"),
        (diff("a.py", ["def old(x):", "    return x"], []), "Remove old from a.py"),
        (diff("a.py", ["def old(x):", "    return old(x)"], ["def new(x):", "    return new(x)"]), "Rename old to new"),
        (diff("tests/test_a.py", [], ["def test_b():", "    assert b()"]), "Test test_b"),
        (diff("tests/test_a.py", [], ["def test_b():"]) + diff("tests/test_c.py", ["x"], ["y"]), "Test b"),
        (diff("docs/a.md", ["x"], ["y"]) + diff("README.md", ["x"], ["y"]), "Document changes in a.md and README.md"),
        (diff("requirements.txt", ["httpx==0.27"], ["httpx==0.28"]), "Bump httpx from 0.27 to 0.28"),
        (diff("package.json", ['  "vite": "^5.1.0",'], ['  "vite": "^5.2.0",']), "Bump vite from 5.1.0 to 5.2.0"),
        (diff("requirements.txt", ["httpx==0.27"], ["httpx==0.28", "rich==1"]), ""),
        (FIX, ""),
        (diff("a.py", [], ["def new(x):"]) + diff("tests/test_a.py", [], ["def test_new():"]), "Add new"),
    ],
)
def test_what_the_diff_alone_says(text, subject):
    assert exact_subject(read_diff(text)) == subject


def test_a_model_writes_the_subject_where_understanding_is_needed():
    job = FakeJob(" Multiply the price by the count\n\nChange:\n")
    page = CommitMessageTask().run(place(FIX, "diff", uri="file:///project/a.diff"), job)
    assert page == Page("Commit message", "Change total in cart.py\n", "plaintext")
    job = FakeJob(" Fix total for a count of items\n")
    assert CommitMessageTask().run(place(FIX, "diff"), job).text == "Fix total for a count of items\n"
    assert "+    return price * count" in job.asked[0].prefix


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\n\n",
        "Fix",
        "Fixed the total",
        "The total is fixed",
        "Fix the total in basket.py",
        "Fix total: ... existing code ...",
        "Fix the [total]",
        "Fix <script>total</script>",
        "Fix total, see https://evil.example",
        "Make everything better for everyone",
        "Fix total " + "and more " * 20,
        "Fix total price count with weather forecasts tomorrow morning everywhere",
    ],
)
def test_a_subject_that_may_not_stand_is_replaced_by_where_the_change_is(answer):
    assert checked_subject(answer, read_diff(FIX)) == ""
    assert CommitMessageTask().run(place(FIX, "diff"), FakeJob(answer)).text == "Change total in cart.py\n"


def test_several_files_get_a_line_each():
    files = read_diff(FIX + NEW)
    text = message(plain_subject(files), files, [])
    assert text == "Update 2 files in shop\n\n- shop/cart.py: change total\n- shop/tax.py: new file"


def test_the_style_of_the_history_is_kept():
    files = read_diff(NEW)
    assert message("Add tax.py", files, ["feat: a", "fix(x): b", "Other"]) == "feat: add tax.py"
    assert message("Add tax.py", files, ["add this", "fix that", "Other"]) == "add tax.py"
    assert message("Add tax.py", files, ["Add this", "Fix that"]) == "Add tax.py"
    assert message("Test b", read_diff(diff("tests/test_a.py", ["x"], ["y"])), ["docs: a"]) == "test: test b"
    assert len(message("Add " + "tax " * 40, files, ["feat: a"])) <= 72


@pytest.fixture
def repository(tmp_path):
    def git(*command):
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / ".aigcignore").write_text("hidden.py\n")
    git("add", ".")
    git("commit", "-q", "-m", "feat: a")
    (tmp_path / "tax.py").write_text("def tax(price):\n    return price\n")
    (tmp_path / "hidden.py").write_text("SECRET_PLAN = 1\n")
    (tmp_path / ".env").write_text("KEY=abcdef\n")
    git("add", "tax.py", "hidden.py", ".env")
    return tmp_path


BUFFER = "\n# Please enter the commit message for your changes.\n# On branch main\n"


def test_the_buffer_of_git_gets_the_message_at_its_top(repository):
    here = place(BUFFER, "git-commit", uri=(repository / ".git" / "COMMIT_EDITMSG").as_uri(), at="|")
    job = FakeJob(roots=[repository])
    assert CommitMessageTask().applies(here)
    result = CommitMessageTask().run(here, job)
    assert applied(here, result) == "feat: add tax.py\n" + BUFFER
    assert not job.asked


def test_a_message_that_is_begun_is_left_alone(repository):
    here = place("My words\n" + BUFFER, "git-commit", uri=(repository / ".git" / "COMMIT_EDITMSG").as_uri())
    assert not CommitMessageTask().applies(here)
    with pytest.raises(WithheldError, match="begun"):
        CommitMessageTask().run(here, FakeJob(roots=[repository]))


def test_where_nothing_is_staged_it_says_so(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    here = place(BUFFER, "gitcommit", uri=(tmp_path / ".git" / "COMMIT_EDITMSG").as_uri())
    with pytest.raises(WithheldError, match="No change is staged"):
        CommitMessageTask().run(here, FakeJob(roots=[tmp_path]))
    here = place(BUFFER, "gitcommit", uri="file:///nowhere/.git/COMMIT_EDITMSG")
    with pytest.raises(WithheldError, match="No repository"):
        CommitMessageTask().run(here, FakeJob())


def test_nothing_of_the_repository_is_run(repository):
    canary = repository / "canary"
    script = repository / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    script.chmod(0o755)
    for key in ("diff.external", "core.fsmonitor", "diff.x.textconv", "diff.x.command", "core.pager"):
        subprocess.run(["git", "config", key, str(script)], cwd=repository, check=True)
    (repository / ".gitattributes").write_text("*.py diff=x\n")
    here = place(BUFFER, "git-commit", uri=(repository / ".git" / "COMMIT_EDITMSG").as_uri(), at="|")
    CommitMessageTask().run(here, FakeJob(roots=[repository]))
    assert not canary.exists()


def test_the_summary_of_a_diff_lists_its_files():
    job = FakeJob(" Fix total for a count of items\n")
    page = SummariseTask().run(place(FIX + NEW + MOVE, "diff", uri="file:///project/a.diff"), job).text
    assert page.startswith("# Diff of 3 files\n\n3 lines added, 1 removed.\n")
    assert "## `shop/cart.py`\n\n- Changed: 1 line added, 1 removed\n- Changes `total`\n" in page
    assert "Fix total for a count of items *(by the model)*" in page
    assert "- Renamed from `a/x.py`: 0 lines added, 0 removed\n" in page
    with pytest.raises(WithheldError):
        SummariseTask().run(place("no diff", "diff"), FakeJob())
