"""Texts to read for editors that show files only: each is written into the user's cache, where old ones are removed."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_models.paths import cache_dir

if TYPE_CHECKING:
    from aigc_plugins.api import Page

_KEPT_S = 24 * 3600
_SUFFIXES = {"markdown": ".md", "plaintext": ".txt"}


def write(page: Page) -> Path:
    """Write a page and return its file."""
    folder = cache_dir() / "pages"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.iterdir():
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > _KEPT_S:
                old.unlink()
    name = re.sub(r"[^\w.-]+", "-", page.title).strip("-.")[:60] or "page"
    path = folder / f"{name}-{time.time_ns() // 1_000_000}{_suffix(page.language_id)}"
    path.write_text(page.text, encoding="utf-8")
    return path


def _suffix(language_id: str) -> str:
    from aigc_plugins.syntax import language_for

    language = language_for(language_id, Path())
    known = language.extensions[0] if language is not None and language.extensions else ".txt"
    return _SUFFIXES.get(language_id, known)
