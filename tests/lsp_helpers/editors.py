"""How editors introduce themselves: `initialize` params as each one sends them, cut down to what servers look at."""

from __future__ import annotations

import os
from typing import Any

FOLDER = {"uri": "file:///work", "name": "work"}
_WORKSPACE_FULL = {
    "applyEdit": True,
    "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]},
    "configuration": True,
    "didChangeConfiguration": {"dynamicRegistration": True},
    "didChangeWatchedFiles": {"dynamicRegistration": True, "relativePatternSupport": True},
    "executeCommand": {"dynamicRegistration": True},
    "workspaceFolders": True,
}
_COMPLETION = {
    "dynamicRegistration": True,
    "contextSupport": True,
    "completionItem": {
        "snippetSupport": True,
        "documentationFormat": ["markdown", "plaintext"],
        "insertReplaceSupport": True,
        "resolveSupport": {"properties": ["documentation", "detail", "additionalTextEdits"]},
        "insertTextModeSupport": {"valueSet": [1, 2]},
    },
    "completionList": {"itemDefaults": ["commitCharacters", "editRange", "insertTextFormat", "data"]},
}
_SYNC = {"dynamicRegistration": True, "willSave": True, "willSaveWaitUntil": True, "didSave": True}


def vscode(languageclient: int) -> dict[str, Any]:
    """Return what vscode-languageclient 9 or 10 sends in VS Code."""
    workspace: dict[str, Any] = {**_WORKSPACE_FULL, "semanticTokens": {"refreshSupport": True}}
    completion: dict[str, Any] = dict(_COMPLETION)
    if languageclient >= 10:
        workspace["textDocumentContent"] = {"dynamicRegistration": True}
        workspace["workspaceEdit"] = {
            **_WORKSPACE_FULL["workspaceEdit"],  # type: ignore[dict-item]
            "metadataSupport": True,
            "snippetEditSupport": True,
        }
        completion["completionList"] = {**_COMPLETION["completionList"], "applyKindSupport": True}  # type: ignore[dict-item]
    return {
        "processId": os.getpid(),
        "clientInfo": {"name": "Visual Studio Code", "version": "1.104.1"},
        "locale": "en",
        "rootPath": "/work",
        "rootUri": "file:///work",
        "capabilities": {
            "workspace": workspace,
            "textDocument": {
                "synchronization": _SYNC,
                "completion": completion,
                "inlineCompletion": {"dynamicRegistration": True},
                "publishDiagnostics": {"relatedInformation": True, "versionSupport": False},
            },
            "window": {"showMessage": {"messageActionItem": {"additionalPropertiesSupport": True}},
                       "showDocument": {"support": True}, "workDoneProgress": True},
            "general": {
                "staleRequestSupport": {"cancel": True, "retryOnContentModified": ["textDocument/semanticTokens/full"]},
                "regularExpressions": {"engine": "ECMAScript", "version": "ES2020"},
                "positionEncodings": ["utf-16"],
            },
            "notebookDocument": {"synchronization": {"dynamicRegistration": True, "executionSummarySupport": True}},
        },
        "initializationOptions": {"completion": {"maxTokens": 48}},
        "trace": "off",
        "workspaceFolders": [FOLDER],
    }  # fmt: skip


def neovim(minor: int) -> dict[str, Any]:
    """Return what Neovim 0.11 or 0.12 sends."""
    text_document: dict[str, Any] = {
        "synchronization": {"dynamicRegistration": False, "willSave": True, "willSaveWaitUntil": True, "didSave": True},
        "completion": {
            "dynamicRegistration": False,
            "contextSupport": True,
            "completionItem": {
                "snippetSupport": True,
                "commitCharactersSupport": False,
                "tagSupport": {"valueSet": [1]},
            },
            "completionList": {"itemDefaults": ["editRange", "insertTextFormat", "insertTextMode", "data"]},
        },
    }
    if minor >= 12:
        text_document["inlineCompletion"] = {"dynamicRegistration": False}
    return {
        "processId": os.getpid(),
        "clientInfo": {"name": "Neovim", "version": f"0.{minor}.0"},
        "rootPath": "/work",
        "rootUri": "file:///work",
        "workspaceFolders": [FOLDER],
        "trace": "off",
        "capabilities": {
            "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]},
            "textDocument": text_document,
            "workspace": {
                "applyEdit": True,
                "configuration": True,
                "didChangeConfiguration": {"dynamicRegistration": False},
                "workspaceFolders": True,
            },
            "window": {"showMessage": {"messageActionItem": {}}, "showDocument": {"support": True},
                       "workDoneProgress": True},
        },
    }  # fmt: skip


def helix() -> dict[str, Any]:
    """Return what Helix sends."""
    return {
        "processId": os.getpid(),
        "clientInfo": {"name": "helix", "version": "25.07"},
        "rootPath": "/work",
        "rootUri": "file:///work",
        "initializationOptions": {},
        "workspaceFolders": [FOLDER],
        "capabilities": {
            "workspace": {
                "configuration": True,
                "didChangeConfiguration": {"dynamicRegistration": False},
                "workspaceFolders": True,
                "applyEdit": True,
                "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]},
                "executeCommand": {"dynamicRegistration": False},
            },
            "textDocument": {
                "codeAction": {
                    "isPreferredSupport": True,
                    "disabledSupport": True,
                    "dataSupport": True,
                    "resolveSupport": {"properties": ["edit", "command"]},
                },
                "completion": {
                    "completionItem": {"snippetSupport": True, "insertReplaceSupport": True, "deprecatedSupport": True},
                    "completionItemKind": {},
                },
            },
            "window": {"workDoneProgress": True, "showDocument": {"support": True}},
            "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
        },
    }


def lsp_mode() -> dict[str, Any]:
    """Return what Emacs' lsp-mode sends: no position encodings, JSON nulls, a trace that is off."""
    return {
        "processId": os.getpid(),
        "rootPath": "/work",
        "clientInfo": {"name": "emacs", "version": "GNU Emacs 30.1"},
        "rootUri": "file:///work",
        "capabilities": {
            "general": {"positionEncodings": ["utf-32", "utf-16"]},
            "workspace": {
                "configuration": True,
                "applyEdit": True,
                "executeCommand": {"dynamicRegistration": False},
                "didChangeWatchedFiles": {"dynamicRegistration": True},
                "workspaceFolders": True,
            },
            "textDocument": {
                "synchronization": {"willSave": True, "didSave": True, "willSaveWaitUntil": True},
                "completion": {"completionItem": {"snippetSupport": True}, "contextSupport": True},
                "inlineCompletion": {"dynamicRegistration": True},
            },
            "window": {"workDoneProgress": True, "showDocument": {"support": True}},
        },
        "initializationOptions": None,
        "workDoneToken": "1",
        "workspaceFolders": [FOLDER],
    }
