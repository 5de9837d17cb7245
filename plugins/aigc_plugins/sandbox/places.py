"""Which files a program needs to start at all: the system's libraries, and what its interpreter consists of."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store")
# Of /etc only what programs start with: the rest may hold secrets.
_SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "alternatives", "ssl/openssl.cnf")
_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
_PYTHON = re.compile(r"^python3\.\d+$")


def found(program: str) -> Path | None:
    """Return where a program is, None where it is not installed."""
    if os.sep in program:
        return Path(program) if os.access(program, os.X_OK) else None
    path = shutil.which(program, path=os.pathsep.join((str(Path(sys.executable).parent), *_PATH)))
    return Path(path) if path else None


def search_path(program: Path) -> str:
    """Return the PATH for a program: its own folder, and the system's."""
    return os.pathsep.join(dict.fromkeys((str(program.parent), *_PATH)))


def needed(program: Path, readable: Iterable[Path]) -> list[str]:
    """Return all paths that may be read while `program` runs: links are listed beside what they point at."""
    folders = [*_SYSTEM, *(f"/etc/{name}" for name in _SETTINGS)]
    folders += [str(folder) for folder in interpreter_folders(program)]
    paths: dict[str, None] = {}
    for path in (*folders, *_links(program), *(str(Path(one).absolute()) for one in readable)):
        for one in (*_links(Path(path)), path, os.path.realpath(path)):
            paths[one] = None
    return outermost(path for path in paths if path != "/")


def outermost(paths: Iterable[str]) -> list[str]:
    """Return the paths that exist and lie in no other one of them."""
    there = dict.fromkeys(path for path in paths if os.path.lexists(path))
    folders = {path for path in there if not os.path.islink(path)}  # noqa: PTH114
    return [path for path in there if folders.isdisjoint(map(str, Path(path).parents))]


def interpreter_folders(program: Path) -> list[Path]:
    """Return the folders of a Python interpreter, its virtual environment included; none for other programs.

    What an environment says of itself is not believed: the folder of the interpreter must look like one.
    """
    if program.absolute() == Path(sys.executable).absolute():
        return [folder for folder in (Path(sys.prefix), Path(sys.base_prefix)) if _harmless(folder)]
    real = program.resolve()
    if not _PYTHON.match(real.name):
        return []
    base = real.parent.parent
    found = [base] if (base / "lib" / real.name / "os.py").is_file() else []
    environment = program.absolute().parent.parent
    if (environment / "pyvenv.cfg").is_file():
        found.append(environment)
    return [folder for folder in found if _harmless(folder)]


def _harmless(folder: Path) -> bool:
    """Tell whether a folder is no user's home, and holds none."""
    home = Path.home()
    return folder != home and folder not in home.parents


def _links(path: Path) -> Iterator[str]:
    """Yield a path and what it links to, step by step, as long as these are links."""
    seen: set[str] = set()
    text = str(path.absolute())
    while text not in seen and os.path.islink(text):  # noqa: PTH114
        seen.add(text)
        yield text
        text = os.path.normpath(os.path.join(os.path.dirname(text), os.readlink(text)))  # noqa: PTH115, PTH118, PTH120
