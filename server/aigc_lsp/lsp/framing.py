"""Cuts a byte stream into message bodies and survives what is not one. It does no input or output and no JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BODY = 64 * 1024 * 1024
MAX_HEADER = 8 * 1024
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,20})[ \t]*(?=\r?\n)", re.IGNORECASE)
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_HTTP = re.compile(rb"\s*[A-Z]{3,10} \S+ HTTP/\d")
# A header split over two reads must still be found when the scan goes on: keep as much as one could need.
_KEEP = 64


@dataclass(frozen=True, slots=True)
class FrameError:
    """A stretch of input that is no message. `http` tells that it looked like an HTTP request."""

    reason: str
    http: bool = False


class Framer:
    """Collects bytes and yields bodies and errors, in order.

    After an error it scans for the next `Content-Length` header, so one bad message costs only itself.
    """

    def __init__(self, max_body: int = MAX_BODY) -> None:
        self._buffer = bytearray()
        self._max_body = max_body
        self._needed: int | None = None
        self._scanning = False

    @property
    def partial(self) -> bool:
        """Tell whether the input so far ends inside a message."""
        return bool(self._buffer) or self._needed is not None

    def feed(self, data: bytes) -> Iterator[bytes | FrameError]:
        """Take `data` and yield what is complete: bodies as bytes, faults as `FrameError`."""
        self._buffer += data
        while True:
            if self._needed is not None:
                if len(self._buffer) < self._needed:
                    return
                body = bytes(self._buffer[: self._needed])
                del self._buffer[: self._needed]
                self._needed = None
                yield body
            if self._scanning and not self._scan():
                return
            found = self._header()
            if found is None:
                return
            if isinstance(found, FrameError):
                yield found
            else:
                self._needed = found

    def _scan(self) -> bool:
        match = _LENGTH.search(self._buffer)
        if match is None:
            del self._buffer[:-_KEEP]
            return False
        del self._buffer[: match.start()]
        self._scanning = False
        return True

    def _header(self) -> int | FrameError | None:
        """Return the length of the body that follows, an error, or None where more input is needed."""
        end = _END_OF_HEADER.search(self._buffer, 0, MAX_HEADER)
        if end is None:
            if len(self._buffer) < MAX_HEADER:
                return None
            return self._fault(len(self._buffer) - _KEEP, "a header of more than 8 KiB")
        block = bytes(self._buffer[: end.end()])
        lengths = _LENGTH.findall(block)
        if not lengths:
            return self._fault(end.end(), "a header without Content-Length", http=bool(_HTTP.match(block)))
        if _HTTP.match(block):
            return self._fault(end.end(), "an HTTP request", http=True)
        length = int(lengths[-1])
        if length > self._max_body:
            return self._fault(end.end(), f"a message of {length} bytes; the limit is {self._max_body}")
        del self._buffer[: end.end()]
        return length

    def _fault(self, consumed: int, reason: str, *, http: bool = False) -> FrameError:
        del self._buffer[:consumed]
        self._scanning = True
        return FrameError(reason, http)


def frame(body: bytes) -> bytes:
    """Return `body` with its header in front."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
