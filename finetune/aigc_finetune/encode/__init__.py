"""From samples to memory-mapped shards of token ids, and back."""
