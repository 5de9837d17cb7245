"""The built-in tasks that a user starts. Each is reached through its entry point only."""
