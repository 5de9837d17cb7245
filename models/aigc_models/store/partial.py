"""What pip had fetched of a wheel when a pull was interrupted, and fetching the rest of it.

pip chose the address and began; this only goes on where it stopped. Whatever stands in the way (no ranges, credentials
that pip knows and we do not, a changed file) drops the part, and pip starts over. Checksums are the caller's business.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import ssl
import urllib.request
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from aigc_models.store.files import CHUNK, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMEOUT_S = 60.0


class Partial:
    """The part of one wheel that lies in a staging folder."""

    def __init__(self, staging: Path) -> None:
        self._data = staging / "download.part"
        self._note = staging / "download.json"

    def adopt(self, growing: Path, url: str) -> None:
        """Keep what pip is writing to `growing` from `url`, whatever becomes of pip: a second name for the file."""
        if self._note.exists() or urlsplit(url).scheme not in ("http", "https"):
            return
        with contextlib.suppress(OSError):  # gone already, or no hard links here: then there is nothing to resume
            self._data.unlink(missing_ok=True)
            os.link(growing, self._data)
            write_atomically(self._note, json.dumps({"url": url}))

    def drop(self) -> None:
        """Forget the part."""
        self._note.unlink(missing_ok=True)
        self._data.unlink(missing_ok=True)

    def finish(self, advance: Callable[[int, int], None]) -> Path | None:
        """Fetch the rest and return the whole wheel; None where that cannot be done, and the part is dropped.

        `advance` gets the bytes that are here and the total. An interruption keeps what came until then.
        """
        try:
            url = json.loads(self._note.read_text("utf-8"))["url"]
            have = self._data.stat().st_size
            name = PurePosixPath(urlsplit(url).path).name
            if not have or not name.endswith(".whl"):
                raise ValueError(url)
            self._append(url, have, advance)
        except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
            self.drop()
            return None
        whole = self._data.with_name(name)
        self._data.replace(whole)
        self._note.unlink()
        return whole

    def _append(self, url: str, have: int, advance: Callable[[int, int], None]) -> None:
        address = urldefrag(url).url
        if urlsplit(address).scheme not in ("http", "https"):
            raise ValueError(address)
        request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"})  # noqa: S310 - checked above
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S, context=_trust()) as answer:  # noqa: S310
            unit, _, span = answer.headers.get("Content-Range", "").partition(" ")
            start, total = span.partition("-")[0], span.rpartition("/")[2]
            if answer.status != 206 or unit != "bytes" or int(start) != have:
                raise ValueError(f"no range: {answer.status}")
            with self._data.open("ab") as file:
                while block := answer.read(CHUNK):
                    file.write(block)
                    have += len(block)
                    advance(have, int(total))
                file.flush()
                os.fsync(file.fileno())
            if have != int(total):
                raise ValueError(f"{have} of {total} bytes")


def _trust() -> ssl.SSLContext:
    """Return the certificates that pip's and requests' variables name, else the system's."""
    named = os.environ.get("PIP_CERT") or os.environ.get("REQUESTS_CA_BUNDLE")
    return ssl.create_default_context(cafile=named if named and Path(named).is_file() else None)
