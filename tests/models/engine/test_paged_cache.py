"""The block table: reuse exact to the token, sharing, eviction, and no block ever lost or used twice."""

from __future__ import annotations

import random

import pytest

from aigc_models.engine.paged_cache import BlockTable, PagedCache
from aigc_models.engine.runtimes.base import OutOfCacheError


class Memory:
    """Stands for the tensors: what each block holds, so that a copy or a reuse can be checked token by token."""

    def __init__(self, blocks: int, size: int) -> None:
        self.size = size
        self.stored: dict[int, list[int]] = {block: [] for block in range(blocks)}
        self.cache = PagedCache(blocks, size, self.copy)

    def copy(self, source: int, target: int) -> None:
        self.stored[target] = list(self.stored[source])

    def run(self, tokens: list[int], capacity: int | None = None) -> tuple[BlockTable, int]:
        """Open a sequence, check what it reuses, and store the rest."""
        table, cached = self.cache.open(tokens, capacity or len(tokens))
        for position, token in enumerate(tokens):
            block = table.blocks[position // self.size]
            slot = position % self.size
            if position < cached:
                assert self.stored[block][slot] == token
            else:
                self.stored[block][slot:] = [token]
        return table, cached


def test_the_same_prompt_is_reused_up_to_its_last_token() -> None:
    memory = Memory(8, 4)
    table, cached = memory.run([1, 2, 3, 4, 5, 6])
    assert cached == 0
    memory.cache.close(table, [1, 2, 3, 4, 5, 6])
    _, cached = memory.run([1, 2, 3, 4, 5, 6])
    assert cached == 5


def test_a_partly_matching_block_is_reused_to_the_token() -> None:
    memory = Memory(8, 4)
    table, _ = memory.run([1, 2, 3, 4, 5, 6, 7])
    memory.cache.close(table, [1, 2, 3, 4, 5, 6, 7])
    _, cached = memory.run([1, 2, 3, 4, 5, 6, 9, 9])
    assert cached == 6
    _, cached = memory.run([1, 2, 8, 8, 8])
    assert cached == 2


def test_two_running_sequences_share_full_blocks_and_nothing_else() -> None:
    memory = Memory(8, 4)
    table, _ = memory.run([1, 2, 3, 4, 5])
    memory.cache.close(table, [1, 2, 3, 4, 5])
    first, _ = memory.run([1, 2, 3, 4, 5, 6])
    second, _ = memory.run([1, 2, 3, 4, 5, 7])
    assert first.blocks[0] == second.blocks[0]
    assert not set(first.blocks[1:]) & set(second.blocks[1:])


def test_what_a_running_sequence_shares_is_found_before_it_ends() -> None:
    memory = Memory(12, 4)
    prompt = [1, 2, 3, 4, 5, 6]
    first, _ = memory.run(prompt, 12)
    assert memory.run([*prompt, 7])[1] == 0
    memory.cache.share(first, prompt)
    second, cached = memory.run([*prompt, 7])
    assert cached == 6
    assert first.blocks[0] == second.blocks[0]
    assert first.blocks[1] != second.blocks[1]
    # The first one writes on, into its own block; what it wrote is found when it ends.
    memory.stored[first.blocks[1]] += [8, 9]
    memory.cache.close(first, [*prompt, 8, 9])
    assert memory.run([*prompt, 8, 9, 9])[1] == 8


def test_two_that_computed_the_same_keep_one_copy() -> None:
    memory = Memory(4, 4)
    prompt = [1, 2, 3, 4, 5]
    tables = [memory.run(prompt)[0] for _ in range(2)]
    for table in tables:
        memory.cache.share(table, prompt)
    assert tables[0].blocks[0] == tables[1].blocks[0]
    memory.run([9, 9])  # the other copy is free again
    for table in tables:
        memory.cache.close(table, prompt)


def test_the_least_recently_used_block_goes_first() -> None:
    memory = Memory(2, 4)
    for tokens in ([1, 1, 1], [2, 2, 2]):
        table, _ = memory.run(tokens)
        memory.cache.close(table, tokens)
    table, _ = memory.run([3, 3, 3])  # evicts the ones
    memory.cache.close(table, [3, 3, 3])
    _, cached = memory.run([2, 2, 2])
    assert cached == 2


def test_a_full_cache_says_so_and_loses_no_block() -> None:
    memory = Memory(2, 4)
    table, _ = memory.run([1, 2, 3, 4])
    with pytest.raises(OutOfCacheError):
        memory.cache.open([9] * 12, 12)
    memory.cache.close(table, [1, 2, 3, 4])
    table, _ = memory.run([5] * 8)
    assert len(set(table.blocks)) == 2


def test_random_traffic_never_reuses_wrong_tokens_or_shares_a_private_block() -> None:
    chance = random.Random(7)
    memory = Memory(24, 4)
    running: list[tuple[BlockTable, list[int]]] = []
    for _ in range(3000):
        if running and (len(running) >= 4 or chance.random() < 0.5):
            table, tokens = running.pop(chance.randrange(len(running)))
            stored = tokens[: chance.randint(0, len(tokens))] if chance.random() < 0.3 else tokens
            memory.cache.close(table, stored)
        else:
            tokens = [chance.randint(0, 1) for _ in range(chance.randint(1, 20))]
            table, _ = memory.run(tokens)
            running.append((table, tokens))
            for _ in range(chance.randint(0, 2)):
                memory.cache.share(
                    table, tokens[: chance.randint(len(table.shared) * 4, max(len(tokens), len(table.shared) * 4))]
                )
        private = [block for table, _ in running for block in table.blocks[len(table.shared) :]]
        assert len(private) == len(set(private))
    for table, tokens in running:
        memory.cache.close(table, tokens)
    everything, _ = memory.cache.open([5] * 96, 96)
    assert sorted(everything.blocks) == list(range(24))
