"""JSON-RPC and the LSP life cycle on top of pygls: which messages are answered how. What a feature does is elsewhere.

pygls' own reader, life cycle, cancellation and error pop-ups are replaced; its features, outgoing requests and
typed notifications are used as they are.
"""

from __future__ import annotations

import contextvars
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from aigc_lsp.lsp import envelope
from aigc_lsp.lsp.envelope import Notification, Request, Response, RpcError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from aigc_lsp.lsp.outbox import Outbox
    from aigc_lsp.lsp.server import AigcServer

logger = logging.getLogger(__name__)

_IN_FLIGHT_LIMIT = 4096
_Reader = Callable[[Any], Any]


@dataclass(eq=False)
class _Call:
    """A request of the client in flight."""

    id: envelope.MessageId
    future: Future[Any] | None = None
    answered: bool = False


class AigcProtocol(LanguageServerProtocol):
    """The protocol of one session."""

    _server: AigcServer

    def __init__(self, server: AigcServer, converter: Any) -> None:
        self.readers: dict[str, _Reader] = {}
        self.outbox: Outbox | None = None
        self._initialized = False
        self._running: dict[envelope.MessageId, _Call] = {}
        super().__init__(server, converter)

    def _register_builtin_features(self) -> None:
        self.fm.add_builtin_feature(types.INITIALIZE, self._initialize)
        self.fm.add_builtin_feature(types.SHUTDOWN, self._shut_down)
        self.fm.add_builtin_feature(types.EXIT, lambda _: self._server.finish(0 if self._shutdown else 1))

    @property
    def was_shut_down(self) -> bool:
        """Tell whether the client has asked to shut down."""
        return self._shutdown

    # Receiving

    def receive(self, body: bytes | str) -> None:
        """Handle one message body. Never raises; runs on the event loop's thread."""
        try:
            message = envelope.parse(body)
        except RpcError as error:
            logger.warning("Bad message: %s", error.message)
            self._reply_error(error.message_id, error)
            return
        # Each handler runs in a context of its own.
        contextvars.copy_context().run(self._dispatch, message)

    def reject(self, reason: str) -> None:
        """Answer a stretch of input that is no message."""
        logger.warning("Bad input: %s", reason)
        self._reply_error(None, RpcError(envelope.INVALID_REQUEST, reason))

    def _dispatch(self, message: Request | Notification | Response) -> None:
        try:
            if isinstance(message, Request):
                self._request(message)
            elif isinstance(message, Notification):
                self._notification(message)
            else:
                self._response(message)
        except RpcError as error:
            self._reply_error(message.id if isinstance(message, Request) else None, error)
        except Exception as error:
            logger.exception("Failed to handle a message")
            if isinstance(message, Request):
                self._reply_error(message.id, RpcError(envelope.INTERNAL_ERROR, f"{type(error).__name__}: {error}"))

    def _request(self, request: Request) -> None:
        if self._shutdown:
            raise RpcError(envelope.INVALID_REQUEST, "the server was shut down")
        if request.method == types.INITIALIZE:
            if self._initialized:
                raise RpcError(envelope.INVALID_REQUEST, "the server was initialized before")
        elif not self._initialized:
            raise RpcError(envelope.NOT_INITIALIZED, "the first request is initialize")
        if request.id in self._running:
            raise RpcError(envelope.INVALID_REQUEST, f"a request with id {request.id!r} is in flight")
        if len(self._running) >= _IN_FLIGHT_LIMIT:
            raise RpcError(envelope.INTERNAL_ERROR, "too many requests in flight")
        handler = self._handler(request.method, answered=True)
        params = self._read(request.method, request.params, request.id)
        call = _Call(request.id)
        self._running[request.id] = call
        self._ctx_msg_id.set(request.id)
        # pygls keeps our requests and the client's in one table: an object of ours is no id from outside.
        self._execute_handler(call, handler, partial(self._answer, call), (params,))  # type: ignore[arg-type]
        call.future = self._request_futures.get(call)  # type: ignore[call-overload]

    def _notification(self, notification: Notification) -> None:
        method = notification.method
        if method == types.CANCEL_REQUEST:
            params = notification.params
            self.cancel(params.get("id") if isinstance(params, dict) else None)
            return
        if method != types.EXIT and (self._shutdown or not self._initialized):
            logger.info("Ignored %s outside of the session", method)
            return
        try:
            handler = self._handler(method, answered=False)
            params = self._read(method, notification.params, None)
        except RpcError as error:
            known = error.code != envelope.METHOD_NOT_FOUND
            logger.log(logging.WARNING if known else logging.DEBUG, "Ignored %s: %s", method, error.message)
            self._server.broken_notification(method, notification.params)
            return
        key: Any = object()
        self._execute_handler(key, handler, partial(self._notified, method, key), (params,))

    def _response(self, response: Response) -> None:
        waiting = None if response.id is None else self._request_futures.get(response.id)
        if waiting is None or response.id is None:
            logger.info("Ignored a response to nothing: %r", response.id)
            return
        if waiting.done():  # it came too late: who asked has given up
            self._request_futures.pop(response.id)
            return
        try:
            message = self.structure_message(response.data)
        except JsonRpcException:
            self._request_futures.pop(response.id)
            waiting.set_exception(RpcError(envelope.INVALID_REQUEST, "a malformed response"))
            return
        self._handle_response(response.id, getattr(message, "result", None), getattr(message, "error", None))

    def _handler(self, method: str, *, answered: bool) -> Callable[[Any], Any]:
        """Return what handles a request (`answered`) or a notification; LSP says which of the two a method is."""
        is_request = self.get_result_type(method) is not None
        handler = self.fm.builtin_features.get(method) or self.fm.features.get(method)
        if handler is None or (self.get_message_type(method) and is_request != answered and method != types.EXIT):
            raise RpcError(envelope.METHOD_NOT_FOUND, f"method not found: {method}")
        return handler  # type: ignore[no-any-return]

    def structured(self, data: Any, kind: type[Any]) -> Any:
        """Return JSON as a type of lsprotocol."""
        return self._converter.structure(data, kind)

    def _read(self, method: str, params: Any, request_id: envelope.MessageId | None) -> Any:
        """Give the params their type: by our own reader where there is one, else by lsprotocol."""
        reader = self.readers.get(method)
        if reader is not None:
            return reader(params)
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
        if request_id is not None:
            message["id"] = request_id
        kind = self.get_message_type(method)
        if kind is None:
            return params
        try:
            return self._converter.structure(message, kind).params
        except Exception as error:
            raise RpcError(envelope.INVALID_PARAMS, f"invalid params: {error}") from None

    # Answering

    def cancel(self, message_id: Any) -> None:
        """Answer the request with -32800 now, and end its work."""
        if not isinstance(message_id, (int, str)) or message_id not in self._running:
            return
        call = self._running.pop(message_id)
        call.answered = True
        self._reply_error(message_id, RpcError(envelope.REQUEST_CANCELLED, "cancelled"))
        if call.future is not None:
            call.future.cancel()

    def _answer(self, call: _Call, future: Future[Any]) -> None:
        self._request_futures.pop(call, None)  # type: ignore[call-overload]
        if call.answered:  # by `cancel`; nobody waits for what came of it
            if not future.cancelled() and future.exception() is not None:
                logger.debug("A cancelled request failed", exc_info=future.exception())
            return
        call.answered = True
        self._running.pop(call.id, None)
        message_id = call.id
        if future.cancelled():
            self._reply_error(message_id, RpcError(envelope.REQUEST_CANCELLED, "cancelled"))
            return
        error = future.exception()
        if error is None:
            self._send_response(message_id, future.result())
        elif isinstance(error, RpcError):
            self._reply_error(message_id, error)
        else:
            logger.error("A request failed", exc_info=error)
            self._reply_error(message_id, RpcError(envelope.INTERNAL_ERROR, f"{type(error).__name__}: {error}"))

    def _notified(self, method: str, key: Any, future: Future[Any]) -> None:
        self._request_futures.pop(key, None)
        if not future.cancelled() and (error := future.exception()) is not None:
            logger.error("%s failed", method, exc_info=error)

    def _reply_error(self, message_id: envelope.MessageId | None, error: RpcError) -> None:
        self._send_data({"jsonrpc": "2.0", "id": message_id, "error": {"code": error.code, "message": error.message}})

    def _send_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        data = {"jsonrpc": "2.0", "id": msg_id, **({"result": result} if error is None else {"error": error})}
        self._send_data(data)

    def _send_data(self, data: Any) -> None:
        if self.outbox is None:
            logger.error("No transport to send to")
            return
        try:
            # All non-ASCII characters are escaped: a lone surrogate has no bytes in UTF-8.
            body = json.dumps(data, default=self._serialize_message, separators=(",", ":")).encode("ascii")
        except (TypeError, ValueError):
            logger.exception("Cannot send a message")
            return
        self.outbox.send(body, droppable=isinstance(data, types.ProgressNotification))

    # The life cycle

    def _initialize(self, params: Any) -> dict[str, Any]:
        self._initialized = True
        return self._server.initialize(params)

    def _shut_down(self, _: Any) -> None:
        self._shutdown = True
        for message_id in [key for key in self._running if key != self.msg_id]:
            self.cancel(message_id)
        self._server.shut_down()
