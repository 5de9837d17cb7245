"""Which files of a workspace may be looked at at all: ignore rules, junk, secrets by their name. It reads no source.

`.gitignore` (nested, those above the root up to the repository's top too), `.git/info/exclude`, the user's own
`core.excludesFile`, and `.aigcignore` with the same syntax. No `git` is run. What git has under version control
although a rule ignores it stays out.
"""

from __future__ import annotations

import fnmatch
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aigc_plugins.index.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterator

IGNORE_FILES = (".gitignore", ".aigcignore")
_LARGEST = 1 << 20  # bytes of a file with rules that are read
_JUNK_TEXT = """
.git .hg .svn .jj node_modules bower_components jspm_packages __pycache__ __pypackages__ .eggs site-packages
.tox .nox .venv venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache .gradle .idea .vs .next .nuxt
.svelte-kit .parcel-cache .terraform .yarn .pnpm-store htmlcov .coverage DerivedData
"""
_JUNK = frozenset(_JUNK_TEXT.split())
# Names that are sources elsewhere: out only where no repository says what is built.
_OUTPUTS = frozenset(("build", "dist", "out", "target", "bin", "obj", "coverage"))
_MARKS = ("pyvenv.cfg", "CACHEDIR.TAG")  # a folder that holds one of these is made, not written
_MADE = re.compile(
    r"\.min\.|[.-]bundle\.js$|\.map$|\.pb\.go$|_pb2(_grpc)?\.pyi?$|\.g\.dart$|\.d\.ts\.map$"
    r"|^(package-lock|npm-shrinkwrap|composer\.lock|pnpm-lock|tsconfig\.tsbuildinfo)\b",
    re.IGNORECASE,
)
_PRIVATE_TEXT = """
.env .env.* *.env .envrc .env-* *.pem *.key *.p12 *.pfx *.jks *.keystore *.ppk *.kdbx *.kdb *.gpg *.asc
id_rsa* id_dsa* id_ecdsa* id_ed25519* .netrc _netrc .npmrc .yarnrc .pypirc .pgpass .my.cnf .htpasswd
.git-credentials .dockercfg .dockerconfigjson .boto .s3cfg kubeconfig *.kubeconfig *.tfstate *.tfstate.*
*.tfvars *.tfvars.json *.ovpn .vault_pass* .vault-token *service-account*.json *service_account*.json
*serviceaccount*.json client_secret*.json google-services.json application_default_credentials.json
.terraformrc credentials.tfrc.json .bash_history .zsh_history .python_history .psql_history .ssh .gnupg .aws
.azure .kube .docker local.settings.json
"""
_PRIVATE = tuple(_PRIVATE_TEXT.split())
# What is code by these names may stay; data may not.
_SECRET_DATA = re.compile(
    r"^\.?(?:.*[._-])?(?:secrets?|credentials?|passwords?|passwd|tokens?|api[_-]?keys?)"
    r"(?:\.(?:json[c5]?|ya?ml|toml|ini|cfg|conf|config|txt|csv|xml|properties|plist|env|enc|db|sqlite3?|local|bak))*$"
)
_SECRET = re.compile("|".join(fnmatch.translate(name) for name in _PRIVATE))


@lru_cache(maxsize=65536)
def is_secret_name(name: str) -> bool:
    """Tell whether a file or folder holds secrets, by its name alone."""
    lowered = name.lower()
    return _SECRET.match(lowered) is not None or _SECRET_DATA.match(lowered) is not None


class _Level(NamedTuple):
    """The rules of one folder, and how many characters of a path lead to it; `above` leads from there to the root."""

    skip: int
    above: str
    patterns: Patterns


class Rules:
    """The rules of one workspace folder, read when they are first needed and then kept."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        top = next((folder for folder in (self.root, *self.root.parents) if (folder / ".git").exists()), None)
        self._repository = top is not None
        self._git: dict[str, tuple[_Level, ...]] = {}
        self._own: dict[str, tuple[_Level, ...]] = {}
        self._folders: dict[str, bool] = {}
        self._first(top)

    def allows(self, path: str) -> bool:
        """Tell whether the file `path` (relative, with `/`) may be looked at, whether it is there or not."""
        folder, _, name = path.rpartition("/")
        if path.startswith("/") or "\0" in path or name in ("", ".", ".."):
            return False
        if is_secret_name(name) or _MADE.search(name) or not self.allows_folder(folder):
            return False
        return not self._ignored(folder, path)

    def allows_folder(self, path: str) -> bool:
        """Tell whether a folder (relative, '' is the root) may be entered."""
        known = self._folders.get(path)
        if known is None:
            known = self._folders[path] = self._judge_folder(path)
        return known

    def files(self) -> Iterator[tuple[str, os.stat_result]]:
        """Yield each file that may be looked at, with its status; folders and files by name, no link followed.

        What cannot be read, or vanishes meanwhile, is left out. Raises FileNotFoundError where the root is gone.
        """
        if not self.root.is_dir():
            raise FileNotFoundError(f"{self.root} is no folder")
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(self.root / folder) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError:
                continue
            below = []
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if not _is_text(path):
                    continue  # a name that is no Unicode cannot be told to an editor
                try:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(path)
                    elif entry.is_file(follow_symlinks=False) and self.allows(path):
                        yield path, entry.stat(follow_symlinks=False)
                except OSError:
                    continue
            waiting += [path for path in reversed(below) if self.allows_folder(path)]

    def _judge_folder(self, path: str) -> bool:
        if not path:
            return True
        parent, _, name = path.rpartition("/")
        if name in (".", "..", "") or name in _JUNK or is_secret_name(name) or name.endswith(".egg-info"):
            return False
        if (name in _OUTPUTS and not self._repository) or not self.allows_folder(parent):
            return False
        here = self.root / path
        if any((here / mark).exists() for mark in _MARKS) or here.is_symlink():
            return False
        return not self._ignored(parent, path, folder=True)

    def _ignored(self, parent: str, path: str, *, folder: bool = False) -> bool:
        chains = (self._chain(self._git, parent), self._chain(self._own, parent))
        return any(_hidden(chain, path, folder) for chain in chains)

    def _chain(self, chains: dict[str, tuple[_Level, ...]], folder: str) -> tuple[_Level, ...]:
        """Return the rules that hold in a folder, the nearest first."""
        known = chains.get(folder)
        if known is None:
            name = IGNORE_FILES[0] if chains is self._git else IGNORE_FILES[1]
            found = _read(self.root / folder / name)
            above = self._chain(chains, folder.rpartition("/")[0])
            known = chains[folder] = above if found is None else (_Level(len(folder) + 1, "", found), *above)
        return known

    def _first(self, top: Path | None) -> None:
        """Read the rules of the root and above."""
        git: list[_Level] = []
        own: list[_Level] = []
        folders = [self.root, *self.root.parents]
        for folder in folders if top is None else folders[: folders.index(top) + 1]:
            above = "" if folder == self.root else self.root.relative_to(folder).as_posix() + "/"
            for name, levels in zip(IGNORE_FILES, (git, own), strict=True):
                if (top is not None or folder == self.root) and (found := _read(folder / name)) is not None:
                    levels.append(_Level(0, above, found))
        if top is not None:
            above = "" if top == self.root else self.root.relative_to(top).as_posix() + "/"
            wider = (_read(top / ".git" / "info" / "exclude"), _read(_users_own()))
            git += [_Level(0, above, found) for found in wider if found is not None]
        self._git[""], self._own[""] = tuple(git), tuple(own)
        # The root itself may lie in what the repository ignores; who opened it wants it all the same.


def _hidden(chain: tuple[_Level, ...], path: str, folder: bool) -> bool:
    for level in chain:
        found = level.patterns.hides(level.above + path[level.skip :], folder=folder)
        if found is not None:
            return found
    return False


def _read(path: Path) -> Patterns | None:
    """Return the patterns in a file, None where there is no such file, or none in it."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("utf-8", "replace").removeprefix("\ufeff")
    except OSError:
        return None
    return _patterns(text) or None


@lru_cache(maxsize=512)
def _patterns(text: str) -> Patterns:
    return Patterns(text.split("\n"))


def _users_own() -> Path:
    """Return git's `core.excludesFile`, read from the user's configuration without running git."""
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "git"
    for path in (Path.home() / ".gitconfig", base / "config"):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found = re.search(r"^\s*excludesfile\s*=\s*\"?([^\"\n]+?)\"?\s*$", text, re.IGNORECASE | re.MULTILINE)
        if found:
            return Path(found[1]).expanduser()
    return base / "ignore"


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
