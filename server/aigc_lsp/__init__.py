"""The aigc-lsp command and its language server: the only package that knows pygls and LSP types."""
