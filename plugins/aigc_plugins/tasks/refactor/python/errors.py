"""Why a refactoring is not offered."""


class RefusedError(Exception):
    """The text says why, for the user."""
