"""The real server on the real transport, with a fake engine inside: run as `python -m lsp_helpers.fake_server`.

Options are `name=value`: `answer`, `delay` (seconds a character), `pollute=1` (a plugin that prints to descriptor 1),
`stuck` (seconds that the task takes to prepare), `state` (of the engine), `flood=N` (bytes of a `test/flood` answer).
`stats=1` (suggestions are recorded), `test/counters` is a request for the counters.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import asdict

from aigc_lsp.__main__ import claim_stdio


def main() -> None:
    options = dict(word.partition("=")[::2] for word in sys.argv[1:])
    source, sink = claim_stdio()
    from aigc_lsp.lsp import run, stdio
    from aigc_lsp.lsp.log import start_logging
    from aigc_lsp.lsp.server import create_server
    from lsp_helpers.fakes import Counters, FakeClient, FakeLink, FakeTask, fake_loaders

    handler = start_logging("warning")
    counters = Counters()
    answer = options.get("answer", "return 1")
    client = FakeClient(counters, lambda _: answer, float(options.get("delay", "0")))
    link = FakeLink(client, options.get("state", "ready"))

    def pollute() -> None:
        os.write(1, b"printed by a C library\n")
        sys.stdout.write("printed by a plugin\n")
        sys.stdout.flush()

    def before() -> None:
        if "pollute" in options:
            pollute()
        time.sleep(float(options.get("stuck", "0")))

    task = FakeTask(before)

    def create():
        stats = {} if "stats" in options else None
        server = create_server(*fake_loaders(link, task, stats=stats, debounce_ms=0))
        server.feature("test/counters")(lambda _: asdict(counters))
        server.feature("test/flood")(lambda _: "x" * int(options.get("flood", "1000")))
        return server

    stdio_code = run.run_to_end(stdio.serve_stdio(source, sink, create=create))
    handler.drain(0.2)
    os._exit(stdio_code)


if __name__ == "__main__":
    main()
