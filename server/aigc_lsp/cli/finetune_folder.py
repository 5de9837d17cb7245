"""The folder of a run while a command works in it: one command at a time, room on the disk, what it holds already."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aigc_finetune.layout import RunFolder

_MODULES = (
    "torch", "transformers", "peft", "accelerate", "safetensors", "numpy", "gguf", "datasketch", "detect_secrets",
    "optuna", "tensorboard", "matplotlib",
)  # fmt: skip
_BEFORE_CORPUS = frozenset((".lock", "recipe.toml"))  # what a run's folder may hold before anything was collected
_LEAST_FREE = 256 << 20  # bytes that stay free on the disk


def need_packages(*names: str) -> None:
    """Say what to install where packages of the extra are absent; a broken one fails with its own error.

    Raises:
        AigcError: some are absent.
    """
    from importlib.util import find_spec

    os.environ.setdefault("TQDM_DISABLE", "1")  # no bars of theirs among our lines; read when one of them is imported
    missing = [name.replace("_", "-") for name in names or _MODULES if find_spec(name) is None]
    if missing:
        raise AigcError(
            f'Fine-tuning needs {", ".join(missing)}, which this Python lacks. Run `pip install "aigc-lsp[finetune]"`.'
        )


def is_main_process() -> bool:
    """Tell whether this is the process that writes: of several that `torchrun` started, the first."""
    return os.environ.get("RANK", "0") == "0"


def is_alone() -> bool:
    """Tell whether this is the only process of its run."""
    return os.environ.get("WORLD_SIZE", "1") == "1"


def need_data(run: RunFolder) -> None:
    """Check that a run's data is encoded.

    Raises:
        AigcError: it is not.
    """
    if not (run.data / "train" / "manifest.json").is_file():
        raise AigcError(f"{run.root} holds no data. Run `aigc-lsp finetune encode` with it first, in one process.")


@contextmanager
def locked(run: RunFolder) -> Iterator[None]:
    """Hold a run's folder, made where it is not there and for this user's eyes, for this command alone.

    Raises:
        AigcError: another command works in it, or it cannot be a run's folder.
    """
    import filelock

    if not is_main_process():
        yield
        return
    _make_private(run.root)
    lock = filelock.FileLock(run.root / ".lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise AigcError(
            f"Another command is at work in {run.root}. Wait for its end, or take another folder: --name or --run."
        ) from None
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise AigcError(
            f"The disk that holds {run.root} is full. Make room, and the same command goes on; or put the run "
            "elsewhere: --run FOLDER."
        ) from error
    finally:
        lock.release()


def need_room(run: RunFolder, wanted: int) -> None:
    """Check that `wanted` bytes fit on the run's disk.

    Raises:
        AigcError: they do not.
    """
    from aigc_models.store.files import human_size

    folder = _existing(run.root)
    free = shutil.disk_usage(folder).free
    if free < wanted + _LEAST_FREE:
        raise AigcError(
            f"The run needs about {human_size(wanted)} in {run.root}, and {human_size(free)} are free. "
            "Make room, or put it elsewhere: --run FOLDER."
        )


def is_trained(run: RunFolder) -> bool:
    """Tell whether a run's folder holds checkpoints or a result."""
    folders = (run.checkpoints, run.adapter, run.model)
    return any(any(folder.iterdir()) for folder in folders if folder.is_dir())


def begin(run: RunFolder, *, resume: bool, restart: bool) -> None:
    """See to it that training may begin in a folder; `restart` removes what an earlier one left.

    Raises:
        AigcError: it holds an earlier training, and it was not said what becomes of that.
    """
    from aigc_finetune.pipeline import forget_training

    if resume or not is_trained(run) or not is_main_process():
        return
    if not restart:
        raise AigcError(
            f"{run.root} holds a run already. Go on with it: --resume. Throw it away: --restart. Keep it: --name NAME."
        )
    forget_training(run)


def _make_private(folder: Path) -> None:
    """Make a run's folder with mode 0700, and the folder of all runs; one elsewhere that is there keeps its mode.

    Raises:
        AigcError: it cannot be made, or is a folder of something else.
    """
    from aigc_lsp.cli.finetune_options import runs_folder

    home = runs_folder()
    try:
        if folder.is_relative_to(home):
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            home.chmod(0o700)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise AigcError(
            f"{folder} cannot be a run's folder: {error.strerror}. Name another one with --run, or leave it out."
        ) from error
    if "corpus" not in held and held - _BEFORE_CORPUS:
        raise AigcError(f"{folder} holds other files and no run. Name an empty or a new folder with --run.")


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
