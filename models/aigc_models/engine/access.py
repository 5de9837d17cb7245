"""Who may talk to the engine: a token on every route over TCP, and only requests that name this host."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class AccessControl:
    """ASGI middleware. `token` None lets everybody in: the Unix socket's folder is its lock.

    `hosts` are the values of the Host header that are taken, ports left aside; it keeps out pages whose name was
    re-bound to this machine (DNS rebinding). Requests of browsers, which carry an Origin, are refused.
    """

    def __init__(self, app: ASGIApp, token: str | None = None, hosts: frozenset[str] | None = None) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode() if token else None
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401 or 403."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = _without_port(headers.get("host", ""))
        if (self._hosts is not None and host not in self._hosts) or "origin" in headers:
            await _refuse(403, "This host or origin is not allowed.", scope, receive, send)
        elif self._expected and not hmac.compare_digest(headers.get("authorization", "").encode(), self._expected):
            await _refuse(401, "Send the engine's token as 'Authorization: Bearer …'.", scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _without_port(host: str) -> str:
    """Return the name or address in a Host header; IPv6 addresses stand in brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


async def _refuse(status: int, message: str, scope: Scope, receive: Receive, send: Send) -> None:
    kind = "authentication_error" if status == 401 else "permission_error"
    # The body of such a request is not read: without closing, the connection would take it all the same.
    headers = {"connection": "close"}
    await JSONResponse({"error": {"message": message, "type": kind}}, status, headers)(scope, receive, send)
