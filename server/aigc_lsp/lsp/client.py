"""What the editor on the other side is and can do, read from its raw `initialize` params. It decides no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from aigc_lsp.lsp.params import invalid, mapping, string

if TYPE_CHECKING:
    from aigc_plugins.text import Encoding

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
_VSCODE_FAMILY = ("visual studio code", "code - oss", "code-server", "vscodium", "cursor", "windsurf")
# Editors that wait for a pause before they ask: a second wait on our side would only add latency.
_DEBOUNCING = (*_VSCODE_FAMILY, "neovim", "zed")
# It holds still while a code action is resolved, and writes to its log alone why a request came to nothing.
_BLOCKING = ("helix",)
# Fields that vscode-languageclient 10 sends and 9 does not: they tell which numbers its trigger kinds are.
_LSP_318 = (
    ("workspace", "textDocumentContent"),
    ("workspace", "workspaceEdit", "metadataSupport"),
    ("workspace", "workspaceEdit", "snippetEditSupport"),
    ("textDocument", "codeAction", "documentationSupport"),
    ("textDocument", "completion", "completionList", "applyKindSupport"),
    ("textDocument", "codeLens", "resolveSupport"),
    ("textDocument", "diagnostic", "markupMessageSupport"),
)

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Client:
    """The editor, as its `initialize` request described it. `extras` are those of docs/protocol.md that it knows."""

    name: str
    version: str
    process_id: int | None
    folders: tuple[str, ...]
    encoding: Encoding
    inline_completion: bool
    work_done_progress: bool
    configuration: bool
    register_configuration: bool
    watches_files: bool
    debounces: bool
    zero_based_triggers: bool
    versioned_edits: bool
    annotates: bool
    file_operations: frozenset[str]
    resolves_edits: bool
    resolves_commands: bool
    hides_errors: bool
    shows_documents: bool
    refreshes_lenses: bool
    extras: frozenset[str]
    trusted: bool
    options: Any


def read(params: Any) -> Client:
    """Read the params of `initialize`.

    Raises:
        RpcError: -32602, naming what is wrong. Unknown or odd capabilities are no fault.
    """
    data = mapping(params, "params")
    raw_capabilities = data.get("capabilities")
    capabilities = mapping(raw_capabilities, "capabilities") if raw_capabilities is not None else {}
    info = data.get("clientInfo")
    info = mapping(info, "clientInfo") if info is not None else {}
    pid = data.get("processId")
    if pid is not None and (not isinstance(pid, int) or isinstance(pid, bool)):
        raise invalid("processId is an integer or null")
    name = string(info.get("name", ""), "clientInfo.name")
    lowered = name.lower()
    extras = _get(capabilities, "experimental", "aigc")
    trust, options = _trust(data.get("initializationOptions"))
    return Client(
        name=name,
        version=str(info.get("version") or ""),
        process_id=pid,
        folders=_folders(data),
        encoding=_encoding(capabilities),
        inline_completion=_get(capabilities, "textDocument", "inlineCompletion") is not None,
        work_done_progress=_get(capabilities, "window", "workDoneProgress") is True,
        configuration=_get(capabilities, "workspace", "configuration") is True,
        register_configuration=_get(capabilities, "workspace", "didChangeConfiguration", "dynamicRegistration") is True,
        watches_files=_get(capabilities, "workspace", "didChangeWatchedFiles", "dynamicRegistration") is True,
        debounces=lowered.startswith(_DEBOUNCING),
        zero_based_triggers=lowered.startswith(_VSCODE_FAMILY)
        and all(_get(capabilities, *path) is None for path in _LSP_318),
        versioned_edits=_get(capabilities, "workspace", "workspaceEdit", "documentChanges") is True,
        annotates=isinstance(_get(capabilities, "workspace", "workspaceEdit", "changeAnnotationSupport"), dict),
        file_operations=_strings(_get(capabilities, "workspace", "workspaceEdit", "resourceOperations")),
        resolves_edits=_resolves(capabilities, "edit") and not lowered.startswith(_BLOCKING),
        resolves_commands=_resolves(capabilities, "command"),
        hides_errors=lowered.startswith(_BLOCKING),
        shows_documents=_get(capabilities, "window", "showDocument", "support") is True,
        refreshes_lenses=_get(capabilities, "workspace", "codeLens", "refreshSupport") is True,
        extras=frozenset(key for key, value in extras.items() if value is True) if isinstance(extras, dict) else _NONE,
        trusted=trust,
        options=options,
    )


def _trust(options: Any) -> tuple[bool, Any]:
    """Take what the editor says of its trust in the workspace out of `initializationOptions`, which hold settings."""
    if not isinstance(options, dict) or "workspaceTrust" not in options:
        return True, options
    rest = {key: value for key, value in options.items() if key != "workspaceTrust"}
    return options["workspaceTrust"] == "trusted", rest


def _strings(value: Any) -> frozenset[str]:
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else _NONE


def _resolves(capabilities: dict[str, Any], property_: str) -> bool:
    """Tell whether the editor asks for a property of a code action when the user chose it, and keeps its `data`."""
    support = _get(capabilities, "textDocument", "codeAction")
    named = _strings(_get(support, "resolveSupport", "properties"))
    return _get(support, "dataSupport") is True and property_ in named


def _get(data: Any, *path: str) -> Any:
    for key in path:
        if not isinstance(data, dict):
            return None
        data = data.get(key)
    return data


def _encoding(capabilities: dict[str, Any]) -> Encoding:
    offered = _get(capabilities, "general", "positionEncodings")
    for wanted in offered if isinstance(offered, list) else ():
        for encoding in ENCODINGS:
            if encoding == wanted:
                return encoding
    return "utf-16"


def _folders(data: dict[str, Any]) -> tuple[str, ...]:
    """Return the workspace folders as file system paths; what is no file URI is left out."""
    entries = data.get("workspaceFolders")
    uris = [folder.get("uri") for folder in entries if isinstance(folder, dict)] if isinstance(entries, list) else []
    if not uris:
        uris = [data.get("rootUri")]
    paths = [path for uri in uris if isinstance(uri, str) and (path := file_path(uri))]
    root = data.get("rootPath")
    return tuple(paths) or ((root,) if isinstance(root, str) and root else ())


def file_path(uri: str) -> str | None:
    """Return the path that a `file:` URI names, or None for any other URI."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    return unquote(parts.path) or None


class Triggers:
    """Tells invoked from automatic requests, whatever numbers the client uses for them.

    LSP 3.18 says 1 invoked, 2 automatic; vscode-languageclient 9 sends 0 and 1. A 0 or a 2 settles it; until one was
    seen, the client's capabilities do.
    """

    def __init__(self, *, zero_based: bool) -> None:
        self._zero_based = zero_based

    def automatic(self, kind: int | None) -> bool:
        """Tell whether a request with trigger `kind` came by itself while the user typed."""
        if kind == 0:
            self._zero_based = True
        elif kind == 2:
            self._zero_based = False
        if kind is None:
            return True
        return kind == (1 if self._zero_based else 2)
