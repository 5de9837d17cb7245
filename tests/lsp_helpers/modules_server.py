"""The real server over stdio with one more request, `test/modules`: the names of all modules that are loaded."""

from __future__ import annotations

import os
import sys

from aigc_lsp.__main__ import claim_stdio


def main() -> None:
    source, sink = claim_stdio()
    from aigc_lsp.lsp import run, stdio
    from aigc_lsp.lsp.server import default_server

    def create():
        server = default_server()
        server.feature("test/modules")(lambda _: sorted(sys.modules))
        return server

    os._exit(run.run_to_end(stdio.serve_stdio(source, sink, create=create)))


if __name__ == "__main__":
    main()
