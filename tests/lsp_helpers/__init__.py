"""What the tests of the language server share: a client that speaks raw bytes, and fakes of the engine."""
