"""Bookkeeping of a paged KV cache with prefix sharing. It knows block numbers and tokens, never the tensors.

A tree of blocks, as in vLLM's PagedAttention (Kwon et al. 2023) and SGLang's radix cache (Zheng et al. 2024), with one
difference that keystrokes need: a partly matching block is copied and continued, so reuse is exact to the token
instead of rounded down to whole blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from aigc_models.engine.runtimes.base import OutOfCacheError


@dataclass(eq=False, slots=True)
class _Node:
    """A cached block: the tokens in it, its place in the tree, who uses it."""

    tokens: tuple[int, ...]
    block: int
    parent: _Node | None
    children: list[_Node] = field(default_factory=list)
    users: int = 0
    used_at: int = 0


@dataclass(eq=False, slots=True)
class BlockTable:
    """The blocks of one sequence, in order; the first `len(shared)` belong to the tree.

    `tail` stands in the tree for the block behind these while the sequence runs: others may copy what it had then.
    """

    blocks: list[int]
    shared: list[_Node]
    tail: _Node | None = None


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    length = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        length += 1
    return length


class PagedCache:
    """Hand out blocks to sequences and remember what ended ones stored.

    `copy_block(source, target)` is called to continue a partly matching block in a fresh one.
    """

    def __init__(self, blocks: int, block_size: int, copy_block: Callable[[int, int], None]) -> None:
        self.block_size = block_size
        self.capacity = blocks
        self._copy = copy_block
        self._free = list(range(blocks - 1, -1, -1))
        self._root = _Node((), -1, None)
        self._clock = count(1)

    def open(self, tokens: Sequence[int], capacity: int) -> tuple[BlockTable, int]:
        """Return a table with room for `capacity` tokens, and how many leading tokens of `tokens` it already holds.

        At least the last token is left to compute, for its logits are needed.

        Raises:
            OutOfCacheError: too many blocks are in use by other sequences.
        """
        size = self.block_size
        usable = tokens[: len(tokens) - 1]
        path: list[_Node] = []
        node, matched = self._root, 0
        while (child := self._full_child(node, usable[matched : matched + size])) is not None:
            path.append(child)
            node, matched = child, matched + size
        for shared in path:
            shared.users += 1
            shared.used_at = next(self._clock)
        partial, extra = self._best_partial(node, usable[matched : matched + size])
        if partial is not None:
            partial.users += 1  # not to be evicted while room is made for its copy
        table = BlockTable([shared.block for shared in path], path)
        try:
            for _ in range(-(-capacity // size) - len(path)):
                table.blocks.append(self._take())
        except OutOfCacheError:
            self._abandon(table)
            raise
        finally:
            if partial is not None:
                partial.users -= 1
        if partial is not None and len(table.blocks) > len(path):
            self._copy(partial.block, table.blocks[len(path)])
            partial.used_at = next(self._clock)
            matched += extra
        return table, matched

    def share(self, table: BlockTable, tokens: Sequence[int]) -> None:
        """Let others find what a running sequence has stored, `tokens`, before it ends."""
        size = self.block_size
        self._withdraw(table)
        parent = table.shared[-1] if table.shared else self._root
        for index in range(len(table.shared), len(tokens) // size):
            stored = tuple(tokens[index * size : (index + 1) * size])
            node = self._full_child(parent, stored)
            if node is None:
                node = _Node(stored, table.blocks[index], parent)
                parent.children.append(node)
            elif node.block != table.blocks[index]:  # another sequence stored the same: one copy will do
                self._free.append(table.blocks[index])
                table.blocks[index] = node.block
            node.users += 1
            node.used_at = next(self._clock)
            table.shared.append(node)
            parent = node
        rest = tuple(tokens[len(table.shared) * size :])
        if rest:
            table.tail = _Node(rest, table.blocks[len(table.shared)], parent, users=1, used_at=next(self._clock))
            parent.children.append(table.tail)

    def _withdraw(self, table: BlockTable) -> None:
        if table.tail is not None and table.tail.parent is not None:
            table.tail.parent.children.remove(table.tail)
            table.tail = None

    def close(self, table: BlockTable, tokens: Sequence[int]) -> None:
        """End a sequence that stored `tokens`: keep its blocks for reuse, free those it never filled."""
        size = self.block_size
        self._withdraw(table)
        for node in table.shared:
            node.users -= 1
        parent = table.shared[-1] if table.shared else self._root
        for index in range(len(table.shared), len(table.blocks)):
            stored = tuple(tokens[index * size : (index + 1) * size])
            kept = self._keep(parent, stored, table.blocks[index]) if stored else None
            if kept is None:
                self._free.append(table.blocks[index])
            elif len(stored) == size:
                parent = kept
            if kept is not None and kept.block != table.blocks[index]:
                self._free.append(table.blocks[index])
        table.blocks.clear()
        table.shared.clear()

    def _full_child(self, node: _Node, tokens: Sequence[int]) -> _Node | None:
        if len(tokens) < self.block_size:
            return None
        wanted = tuple(tokens)
        return next((child for child in node.children if child.tokens == wanted), None)

    def _best_partial(self, node: _Node, tokens: Sequence[int]) -> tuple[_Node | None, int]:
        best, length = None, 0
        for child in node.children:
            common = _common(child.tokens, tokens)
            if common > length:
                best, length = child, common
        return best, length

    def _keep(self, parent: _Node, tokens: tuple[int, ...], block: int) -> _Node | None:
        """Put a block into the tree; return the node that holds its tokens, which may be an older one."""
        now = next(self._clock)
        for child in parent.children:
            if child.tokens[: len(tokens)] == tokens:
                child.used_at = now
                return child if len(child.tokens) == len(tokens) else None
        for child in [c for c in parent.children if not c.users and not c.children]:
            if tokens[: len(child.tokens)] == child.tokens:  # the new block says all that this one did, and more
                self._drop(child)
        node = _Node(tokens, block, parent, used_at=now)
        parent.children.append(node)
        return node

    def _take(self) -> int:
        if not self._free:
            self._evict()
        return self._free.pop()

    def _evict(self) -> None:
        """Free the least recently used block that nobody uses and nothing depends on."""
        oldest: _Node | None = None
        stack = list(self._root.children)
        while stack:
            node = stack.pop()
            stack += node.children
            if not node.users and not node.children and (oldest is None or node.used_at < oldest.used_at):
                oldest = node
        if oldest is None:
            raise OutOfCacheError(f"all {self.capacity} blocks of the KV cache are in use")
        self._drop(oldest)

    def _drop(self, node: _Node) -> None:
        assert node.parent is not None  # noqa: S101 - only the root has none, and it is never dropped
        node.parent.children.remove(node)
        self._free.append(node.block)

    def _abandon(self, table: BlockTable) -> None:
        for node in table.shared:
            node.users -= 1
        self._free += table.blocks[len(table.shared) :]
