"""What the stages hand to each other. Data only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from aigc_models.fim import Segment

Split = Literal["train", "eval"]
# Told while a stage works: the stage's name, a fraction of it that is done (None: unknown), a text for the user.
Progress = Callable[[str, float | None, str], None]


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A cleaned file. `path` is relative to its source, with `/`; `time` is its last commit in Unix seconds.

    `licence` is an SPDX id or empty. `sha256` is that of `text` in UTF-8.
    """

    path: str
    source: str
    language: str
    text: str
    sha256: str
    licence: str = ""
    time: int | None = None


def read_corpus(folder: Path, split: Split) -> Iterator[CorpusFile]:
    """Yield the files of one split of a corpus folder, one at a time."""
    path = folder / f"{split}.jsonl"
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield CorpusFile(**json.loads(line))


def corpus_line(file: CorpusFile) -> str:
    """Return a file as the line that `read_corpus` reads."""
    return json.dumps(asdict(file), ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sample; `trained` says whether its tokens count in the loss.

    `role` marks the two parts between which the cursor stands: the prefix is cut back to a token boundary, as the
    engine does before it generates, and the middle's tokens begin with what was cut off.
    """

    segment: Segment
    trained: bool = True
    role: Literal["", "prefix", "middle"] = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One training sample before tokenization. `kind` names how it was made (`plain`, `psm-node`, `spm-line` …).

    `whole` is the text that its parts stand for in reading order: for a FIM sample prefix + middle + suffix. The parts
    do not hold the token that ends a sample; the encoder adds it where the sample is `complete` (a piece of a file that
    goes on has no end).
    """

    kind: str
    path: str
    parts: tuple[Part, ...]
    whole: str
    complete: bool = True
