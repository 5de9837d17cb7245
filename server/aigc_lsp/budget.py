"""Turns the settings' tokens into characters of text: learns from the engine how long the model's tokens are.

The one place that knows both. Texts are cut by characters, since only the engine has the tokenizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_lsp.settings import CompletionSettings
    from aigc_plugins.api import Budget

# Where nothing is known yet: code has 3 to 4 characters a token in the vocabularies of today's code models.
_START = 3.0
_STEP = 0.25
_LEAST, _MOST = 1.5, 6.0
# A prompt shorter than this says little.
_TELLING_TOKENS = 64
_MEMORY = 0.9  # how much of what was seen counts beside a new prompt
# A change of the estimate moves the prompt's start, and with it out of the engine's cache: only for a clear difference.
_CLEAR = 0.12
_FEWEST = 4


class TokenLengths:
    """Characters in a token of one model, an estimate that moves seldom and in steps."""

    def __init__(self) -> None:
        self.chars_per_token = _START
        self._seen = 0
        self._mean = 0.0

    def learn(self, chars: int, tokens: int) -> None:
        """Take note of a prompt of `chars` characters that the engine counted as `tokens` tokens."""
        if tokens < _TELLING_TOKENS or chars <= 0:
            return
        found = min(max(chars / tokens, _LEAST), _MOST)
        self._mean = found if not self._seen else _MEMORY * self._mean + (1 - _MEMORY) * found
        self._seen += 1
        if self._seen >= _FEWEST and abs(self._mean / self.chars_per_token - 1) > _CLEAR:
            self.chars_per_token = max(int(self._mean / _STEP) * _STEP, _LEAST)  # rather too little text than too much

    def budget(self, settings: CompletionSettings) -> Budget:
        """Return the budget that the settings give a prompt and its answer."""
        from aigc_plugins.api import Budget

        return Budget(
            prefix_tokens=settings.prefix_tokens,
            suffix_tokens=settings.suffix_tokens,
            max_tokens=settings.max_tokens,
            chars_per_token=self.chars_per_token,
        )
