"""Fetching from a Hugging Face hub through huggingface_hub, which resumes, checks and keeps its own shared cache.

It asks only for weights and text files that can be loaded safely, never for pickles or code.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_models.store.types import ModelMissingError, Progress, PullError, PullProgress

if TYPE_CHECKING:
    from aigc_models.store.uris import Source

ALLOWED = (
    "*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json", "tokenizer.json",
    "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "merges.txt", "chat_template.jinja", "LICENSE*", "README.md",
)  # fmt: skip


def fetch(source: Source, progress: Progress) -> tuple[Path, bool]:
    """Return where the file or folder lies in the hub's cache, and whether this call had to download it.

    Raises:
        PullError: huggingface_hub is absent, the hub is out of reach or refuses, or the repository has no such file.
    """
    hub, errors = _hub()
    cached = find(source)
    if cached is not None:
        return cached, False
    repo = source.repo
    try:
        return _download(hub, source, progress), True
    except errors.GatedRepoError as error:
        raise PullError(
            f"{repo} asks you to accept its terms first: do so on its page, run `hf auth login`, then pull again."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise PullError(f"The hub has no model {repo} that you may see. Check the name, or `hf auth login`.") from error
    except errors.EntryNotFoundError as error:
        raise PullError(f"{repo} has no file {source.member!r}. Check the name on the model's page.") from error
    except errors.RevisionNotFoundError as error:
        raise PullError(f"{repo} has no revision {source.revision!r}.") from error
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as error:
        raise PullError(_offline(repo)) from error
    except (errors.HfHubHTTPError, ConnectionError, TimeoutError) as error:
        raise PullError(f"{_offline(repo)} (The hub said: {str(error).splitlines()[0]})") from error
    except OSError:
        raise
    except Exception as error:
        if type(error).__module__.split(".")[0] in ("httpx", "httpx2", "httpcore", "requests", "urllib3"):
            raise PullError(_offline(repo)) from error
        raise


def find(source: Source) -> Path | None:
    """Return where the hub's cache already holds all of it; no network is used."""
    hub, errors = _hub()
    try:
        if source.member:
            return Path(
                hub.hf_hub_download(source.repo, source.member, revision=source.revision, local_files_only=True)
            )
        folder = Path(
            hub.snapshot_download(
                source.repo, revision=source.revision, allow_patterns=list(ALLOWED), local_files_only=True
            )
        )
    except (errors.LocalEntryNotFoundError, FileNotFoundError):
        return None
    return folder if any(folder.glob("*.safetensors")) else None


def delete(path: Path) -> None:
    """Delete from the hub's cache the revision that `path` belongs to, where nothing else of it is in use."""
    hub, _ = _hub()
    info = hub.scan_cache_dir()
    for repo in info.repos:
        for revision in repo.revisions:
            if path.is_relative_to(revision.snapshot_path):
                info.delete_revisions(revision.commit_hash).execute()
                return


def _hub() -> tuple[Any, Any]:
    try:
        return importlib.import_module("huggingface_hub"), importlib.import_module("huggingface_hub.errors")
    except ModuleNotFoundError as error:
        if error.name != "huggingface_hub":
            raise
        raise PullError(
            "Models from a hub need the huggingface_hub package: `pip install 'aigc-lsp[local]'`, then pull again."
        ) from error


def _download(hub: Any, source: Source, progress: Progress) -> Path:
    if source.member:
        if not source.member.endswith(".gguf"):
            raise PullError(f"{source.member} is no GGUF file; name one, or leave the file out to fetch safetensors.")
        progress(PullProgress("downloading", 0, source.download))
        bar = _bar(progress)
        return Path(hub.hf_hub_download(source.repo, source.member, revision=source.revision, tqdm_class=bar))
    files = hub.HfApi().model_info(source.repo, revision=source.revision).siblings or []
    names = [one.rfilename for one in files]
    if not any(name.endswith(".safetensors") for name in names):
        ggufs = [name for name in names if name.endswith(".gguf")]
        hint = f" Name one of its files: hf:{source.repo}/{ggufs[0]}" if ggufs else ""
        raise ModelMissingError(f"{source.repo} has no safetensors weights.{hint}")
    progress(PullProgress("downloading", 0, source.download))
    bar = _bar(progress)
    return Path(
        hub.snapshot_download(source.repo, revision=source.revision, allow_patterns=list(ALLOWED), tqdm_class=bar)
    )


def _bar(progress: Progress) -> Any:
    """Return a tqdm class that draws nothing and adds up the bytes of all files that are under way."""
    tqdm: Any = importlib.import_module("tqdm.auto").tqdm
    sums = {"done": 0, "total": 0}

    class Silent(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.counts_bytes = kwargs.get("unit") == "B"
            kwargs["disable"] = True
            super().__init__(*args, **kwargs)
            if self.counts_bytes:
                sums["total"] += int(kwargs.get("total") or 0)
                sums["done"] += int(kwargs.get("initial") or 0)

        def update(self, n: float | None = 1) -> None:
            if self.counts_bytes:
                sums["done"] += int(n or 0)
                progress(PullProgress("downloading", sums["done"], sums["total"] or None))

    return Silent


def _offline(repo: str) -> str:
    return (
        f"{repo} is not in the hub's cache and the hub is out of reach. Try again with a network "
        "(HF_HUB_OFFLINE unset, HF_ENDPOINT for a mirror); or copy the model here and name its folder or .gguf file."
    )
