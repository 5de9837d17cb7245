"""A language server that does what a scenario file says, and writes down all that it receives. Run as a process.

`python stub_server.py FOLDER`: FOLDER/scenario.json is read anew for each message, FOLDER/received.jsonl gets them;
FOLDER/pid holds the process id.
Keys of a scenario, all optional:

- `capabilities`: added to those of `initialize`; `encoding`: the position encoding
- `completions`: [{text, replace}]: each is suggested where the line, from its indent to the cursor, begins like it;
  `replace` characters right of the cursor are replaced
- `answer_after`: seconds until a suggestion is answered; `die_on`: the method at which the process ends
- `status`: params of `didChangeStatus`, sent after `initialized` and with each `stub.status` command
- `results`: {command: result}; `actions`: code actions; `menu`: labels of the completion menu
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
_WIDTH = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_UNIT = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


class Stub:
    """One session."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.writing = threading.Lock()
        self.cancelled: set[Any] = set()

    @property
    def scenario(self) -> dict[str, Any]:
        file = FOLDER / "scenario.json"
        return json.loads(file.read_text()) if file.exists() else {}

    @property
    def encoding(self) -> str:
        return self.scenario.get("encoding", "utf-8")

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self.writing:
            sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            sys.stdout.buffer.flush()

    def serve(self) -> None:
        (FOLDER / "pid").write_text(str(os.getpid()))
        with (FOLDER / "received.jsonl").open("a") as log:
            while (message := self.read()) is not None:
                log.write(json.dumps(message) + "\n")
                log.flush()
                if "method" in message:
                    self.handle(message["method"], message.get("params") or {}, message.get("id"))

    def read(self) -> dict[str, Any] | None:
        length = 0
        while line := sys.stdin.buffer.readline():
            if line == b"\r\n":
                return json.loads(sys.stdin.buffer.read(length))
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return None

    def handle(self, method: str, params: dict[str, Any], id_: Any) -> None:
        if self.scenario.get("die_on") == method:
            os._exit(3)
        if method == "exit":
            os._exit(0)
        if method == "$/cancelRequest":
            self.cancelled.add(params["id"])
        elif method in ("initialized",):
            self.tell_status()
        elif method == "textDocument/didOpen":
            self.texts[params["textDocument"]["uri"]] = params["textDocument"]["text"]
        elif method == "textDocument/didChange":
            self.texts[params["textDocument"]["uri"]] = params["contentChanges"][-1]["text"]
        elif method == "textDocument/inlineCompletion":
            threading.Timer(self.scenario.get("answer_after", 0), self.suggest, (params, id_)).start()
        elif id_ is not None:
            self.send({"id": id_, "result": self.result(method, params)})

    def tell_status(self) -> None:
        if "status" in self.scenario:
            self.send({"method": "didChangeStatus", "params": self.scenario["status"]})

    def result(self, method: str, params: dict[str, Any]) -> Any:
        if method == "initialize":
            return {"capabilities": self.capabilities(), "serverInfo": {"name": "stub", "version": "1"}}
        if method == "workspace/executeCommand":
            if params["command"] == "stub.status":
                self.tell_status()
            return self.scenario.get("results", {}).get(params["command"])
        if method == "textDocument/codeAction":
            return self.scenario.get("actions", [])
        if method == "textDocument/completion":
            return [{"label": label} for label in self.scenario.get("menu", [])]
        return None

    def capabilities(self) -> dict[str, Any]:
        return {
            "positionEncoding": self.encoding,
            "textDocumentSync": {"openClose": True, "change": 1},
            "executeCommandProvider": {"commands": [*self.scenario.get("results", {}), "aigc.accepted", "stub.status"]},
            **self.scenario.get("capabilities", {}),
        }

    def suggest(self, params: dict[str, Any], id_: Any) -> None:
        if id_ in self.cancelled:
            self.send({"id": id_, "error": {"code": -32800, "message": "cancelled"}})
            return
        text, position = self.texts[params["textDocument"]["uri"]], params["position"]
        line = text.split("\n")[position["line"]].rstrip("\r")
        codec, unit = _WIDTH[self.encoding], _UNIT[self.encoding]
        typed = line.encode(codec)[: position["character"] * unit].decode(codec).lstrip()
        items = []
        for number, one in enumerate(self.scenario.get("completions", [])):
            if not typed or not one["text"].startswith(typed) or one["text"] == typed:
                continue
            right = line[len(line) - len(line.lstrip()) + len(typed) :][: one.get("replace", 0)]
            end = position["character"] + len(right.encode(codec)) // unit
            items.append(
                {
                    "insertText": one["text"][len(typed) :],
                    "range": {"start": position, "end": {"line": position["line"], "character": end}},
                    "command": {
                        "title": "accepted",
                        "command": "aigc.accepted",
                        "arguments": [{"uri": params["textDocument"]["uri"], "id": number}],
                    },
                }
            )
        self.send({"id": id_, "result": {"items": items}})


if __name__ == "__main__":
    Stub().serve()
