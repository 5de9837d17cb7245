"""Reads one JSON-RPC message and says what is wrong with it. It knows no method and no LSP type."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800
CONTENT_MODIFIED = -32801
REQUEST_FAILED = -32803

MessageId = int | str


class RpcError(Exception):
    """A fault that the sender is told of: a JSON-RPC code, a text, and the id of the message where it could be read."""

    def __init__(self, code: int, message: str, message_id: MessageId | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.message_id = message_id


@dataclass(frozen=True, slots=True)
class Request:
    """A call that must be answered."""

    id: MessageId
    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Notification:
    """A call without an answer."""

    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Response:
    """The other side's answer to a call of ours; `data` is the message as it came."""

    id: MessageId | None
    data: dict[str, Any]


def parse(body: bytes | str) -> Request | Notification | Response:
    """Read a message body.

    Raises:
        RpcError: -32700 for bytes that are not UTF-8 or not JSON, -32600 for JSON that is no message of ours (a batch
            too, which LSP does not have), -32602 for params that are neither an object nor a list.
    """
    try:
        data = json.loads(body.decode() if isinstance(body, bytes) else body)
    except (ValueError, RecursionError) as error:
        raise RpcError(PARSE_ERROR, f"not JSON in UTF-8: {type(error).__name__}") from None
    if not isinstance(data, dict):
        raise RpcError(INVALID_REQUEST, "a message is one JSON object")
    raw_id = data.get("id")
    known_id = raw_id if isinstance(raw_id, (int, str)) and not isinstance(raw_id, bool) else None
    if data.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, 'a message has "jsonrpc": "2.0"', known_id)
    if "method" not in data:
        if "id" in data and ("result" in data or "error" in data):
            return Response(known_id, data)
        raise RpcError(INVALID_REQUEST, "neither a request nor a response", known_id)
    method = data["method"]
    if not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, "a method is a string", known_id)
    if "id" in data and known_id is None:
        raise RpcError(INVALID_REQUEST, "a request id is an integer or a string")
    params = data.get("params")
    if params is not None and not isinstance(params, (dict, list)):
        if known_id is None:
            return Notification(method, None)
        raise RpcError(INVALID_PARAMS, "params are an object or a list", known_id)
    return Notification(method, params) if known_id is None else Request(known_id, method, params)
