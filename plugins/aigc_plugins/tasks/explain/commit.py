"""The task that writes a commit message: for a diff on a page, for the buffer that git opens as an edit of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import ActionTask, Change, Edit, Page, WithheldError, sampled
from aigc_plugins.index.ignore import Rules
from aigc_plugins.tasks.explain.diff import FileDiff, read_diff
from aigc_plugins.tasks.explain.message import checked_subject, exact_subject, message, plain_subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_plugins.api import Job, Place, Result
    from aigc_plugins.document import Snapshot

_BUFFERS = ("git-commit", "gitcommit")
_ATTEMPTS = 3
_MOST_LINES = 160  # of changes that the model is asked about: of more it would see too little
_HISTORY = 30
# Nothing of the repository's configuration may start a program.
_GIT = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_DIFF = ("diff", "--staged", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "-M")


class CommitMessageTask(ActionTask):
    """Writes the message for what is staged, or for a diff."""

    name = "commit-message"
    title = "Write a commit message"
    kind = "source.aigc.commit-message"
    gives = "page"
    model = True
    cost = "seconds"
    verified = "one subject of at most 72 characters, an order, about words and files of the diff"

    def applies(self, place: Place) -> bool | str:
        """Offer it on diffs, and on a message that is not begun yet."""
        snapshot = place.snapshot
        if snapshot.language_id == "diff":
            return bool(snapshot.text.strip())
        return snapshot.language_id in _BUFFERS and _is_empty(snapshot.text)

    def run(self, place: Place, job: Job) -> Result:
        """Read the diff, compose what can be composed, ask for the rest."""
        snapshot = place.snapshot
        if snapshot.language_id == "diff":
            files = read_diff(snapshot.text)
            return Page("Commit message", _message(files, (), job) + "\n", "plaintext")
        if not _is_empty(snapshot.text):
            raise WithheldError("The message is begun already. Empty it first.")
        root = _root(snapshot, job)
        diff = _git(job, root, *_DIFF)
        rules = Rules(root)
        files = [one for one in read_diff(diff) if rules.allows(one.path)]
        history = _history(job, root)
        end = len(snapshot.text) - len(snapshot.text.lstrip("\r\n"))
        text = _message(files, history, job) + "\n" + ("\n" if end < len(snapshot.text) else "")
        return Change((Edit(0, end, text),), note="A message for what is staged. Its names are names of the diff.")


def _message(files: Sequence[FileDiff], history: Sequence[str], job: Job) -> str:
    if not files:
        raise WithheldError("No change is staged that could be described (secret and ignored files are left out).")
    subject = exact_subject(files)
    if not subject:
        subject = subject_of(files, job) or plain_subject(files)
    return message(subject, files, history)


def subject_of(files: Sequence[FileDiff], job: Job, attempts: int = _ATTEMPTS) -> str:
    """Return a model's subject on some files' changes that may stand, '' where it has none."""
    if sum(len(one.added) + len(one.removed) for one in files) > _MOST_LINES:
        return ""
    changes = []
    for one in files:
        lines = [*(f"-{line}" for line in one.removed), *(f"+{line}" for line in one.added)]
        changes.append(f"{one.path}\n" + "\n".join(line[:160] for line in lines if line[1:].strip()))
    request = job.prompt("commit-message", {"changes": "\n".join(changes)})
    for attempt in range(attempts):
        job.report("The model writes a subject")
        answer = job.ask(sampled(request, attempt), until=lambda answer: "\n" in answer.lstrip())
        subject = checked_subject(answer, files)
        if subject:
            return subject
    return ""


def _is_empty(text: str) -> bool:
    """Tell whether a buffer for a message has nothing but blanks and comments before its first comment ends."""
    for line in text.splitlines():
        if line.startswith(("#", ";")):
            return True
        if line.strip():
            return False
    return True


def _root(snapshot: Snapshot, job: Job) -> Path:
    """Return the repository's folder: the one that the buffer lies in, else the workspace's."""
    path = snapshot.path
    folders = [folder for folder in path.parents if (folder / ".git").exists()] if path is not None else []
    folders += [root for root in job.roots if (root / ".git").exists()]
    if not folders:
        raise WithheldError("No repository is known for this message.")
    return folders[0]


def _git(job: Job, root: Path, *command: str) -> str:
    done = job.run((*_GIT, *command), cwd=root, timeout_s=20)
    if done.status != 0:
        reason = done.stderr.strip().partition("\n")[0] or "it did not end in time"
        raise WithheldError(f"git {command[0]} failed: {reason}")
    return done.stdout


def _history(job: Job, root: Path) -> list[str]:
    """Return the subjects of the last commits, none where there is no commit yet."""
    try:
        return _git(job, root, "log", f"-{_HISTORY}", "--format=%s").splitlines()
    except WithheldError:
        return []
