"""The built-in plugins. Each is reached through its entry point, like anyone else's; nothing imports them by name."""
