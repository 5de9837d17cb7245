"""`python -m aigc_plugins.index`: the indexing process of a language server. People use `aigc-lsp index`."""

import sys

from aigc_plugins.index.service import serve

if __name__ == "__main__":
    sys.exit(serve())
