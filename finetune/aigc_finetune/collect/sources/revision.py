"""A git repository at a revision: the blobs of a commit, read without a checkout."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from aigc_finetune.collect.sources import git
from aigc_finetune.collect.sources.base import Commits, Entry, Listing, Origin, Rejected, SourceError
from aigc_finetune.collect.sources.history import commit_times
from aigc_plugins.index.ignore import Rules, is_secret_name

_RULES = ".aigcignore"  # what git tracks is not ignored by .gitignore, so only our own rules count
_LARGEST_RULES = 1 << 20  # bytes


class RevisionSource:
    """The files of `folder`'s repository at `revision`."""

    def __init__(self, folder: Path, revision: str, label: str) -> None:
        if not folder.is_dir():
            raise SourceError(f"{folder} is no folder: check `collect.sources` in the recipe.")
        self.folder = folder
        self.label = label
        # `--end-of-options`: a revision is never read as an option.
        self.commit = git.run(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
        self._blobs = git.BlobReader(folder)
        self._names: dict[str, str] = {}

    @property
    def origin(self) -> Origin:
        """Where it is from: the commit."""
        return Origin("git", self.commit)

    def fingerprint(self) -> str:
        """Return the commit."""
        return self.commit

    def listing(self) -> Listing:
        """Return the files of the commit, without those that `.aigcignore` files in it leave out."""
        return self._listed

    @cached_property
    def _listed(self) -> Listing:
        found = Listing([])
        files: list[Entry] = []
        text = git.run(self.folder, "ls-tree", "-r", "-l", "-z", "--full-tree", self.commit)
        for line in filter(None, text.split("\0")):
            facts, _, path = line.partition("\t")
            mode, kind, name, size = facts.split()
            if kind != "blob" or mode == "120000":
                found.rejected.append(Rejected(path, self.label, "link", "a link or a submodule"))
            elif not path.isprintable() or any(part in ("", ".", "..", ".git") for part in path.split("/")):
                shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                found.rejected.append(Rejected(shown, self.label, "name", "a name that is not taken"))
            else:
                self._names[path] = name
                files.append(Entry(path, int(size)))
        self._judge(files, found)
        return found

    def _judge(self, files: list[Entry], found: Listing) -> None:
        """Sort files into taken and rejected, by rules read from the commit as if they lay in a working tree."""
        with tempfile.TemporaryDirectory(prefix="aigc-rules-") as name:
            root = Path(name)
            (root / ".git").mkdir()  # so that folders called `build` or `dist` count as sources, which git says
            for entry in files:
                if PurePosixPath(entry.path).name == _RULES and entry.size <= _LARGEST_RULES:
                    place = root / entry.path
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(self.read(entry.path))
            rules = Rules(root)
            for entry in files:
                if rules.allows(entry.path):
                    found.entries.append(entry)
                elif any(map(is_secret_name, entry.path.split("/"))):
                    found.rejected.append(
                        Rejected(entry.path, self.label, "secret-name", "its name is that of secrets")
                    )
                else:
                    found.rejected.append(Rejected(entry.path, self.label, "ignored", "made by a tool, or .aigcignore"))

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        return self._blobs.read(self._names[path])

    def commits(self) -> Mapping[str, Commits]:
        """Return when its files were committed."""
        return commit_times(self.folder, self.commit, below=False)

    def close(self) -> None:
        """End git."""
        self._blobs.close()
