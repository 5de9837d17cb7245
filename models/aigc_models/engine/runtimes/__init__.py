"""Runtimes: what executes a model inside the engine. Each is reached through its `RuntimeSpec`, never by import."""
