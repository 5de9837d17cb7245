"""The engine: it loads a model, runs it, and serves it over HTTP. Heavy: only the engine's process imports this."""
