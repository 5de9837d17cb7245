"""The language server: transports, protocol, documents and features. What to suggest is decided in `aigc_plugins`."""
