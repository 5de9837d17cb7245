"""Drives VS Code in a browser: a home of its own, the process, the extension, and a window as a person sees it."""
