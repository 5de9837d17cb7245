"""Prompts at the level of token ids: FIM orders, healing, chat templates, stop tokens, and nothing smuggled in."""

from __future__ import annotations

import queue

import numpy as np
import pytest

from aigc_models.engine.prompts import Prompter
from aigc_models.engine.runtimes.fake import FakeRuntime
from aigc_models.engine.scheduler import Scheduler
from aigc_models.engine.sequence import Sequence
from aigc_models.engine.vocabulary import Vocabulary
from aigc_models.fim import FimTemplate
from aigc_models.types import ChatMessage, ChatRequest, CompletionRequest, EngineRequestError
from tests.models.engine.helpers import Run, fake_runtime

PRE, SUF, MID = 257, 258, 259  # the fake vocabulary's
SPM = FimTemplate("<fim_prefix>", "<fim_suffix>", "<fim_middle>", order="spm")


class Bytes(Vocabulary):
    """One token a byte, plus control tokens, some longer pieces, and a start token if wanted."""

    def __init__(
        self, special: list[str], *, bos: str | None = None, eos: str = "<eos>", pieces: tuple[bytes, ...] = ()
    ) -> None:
        ids = {token: 256 + number for number, token in enumerate(special)}
        rows = [bytes([value]) for value in range(256)] + [b""] * len(special) + list(pieces)
        super().__init__(rows, ids, bos=ids[bos] if bos else None, eos=[ids[eos]])

    def encode_text(self, text: str) -> list[int]:
        return list(text.encode())


def ids(text: str) -> list[int]:
    return list(text.encode())


def prompter(runtime: FakeRuntime | None = None, family: str | None = None) -> Prompter:
    return Prompter(runtime or fake_runtime(), family, "fake")


def made(writer: Prompter, request: CompletionRequest) -> Sequence:
    return writer.completion(request, queue.Queue().put)


def chat(writer: Prompter, *contents: str, stop: tuple[str, ...] = ()) -> Sequence:
    roles = ("user", "assistant") * len(contents)
    messages = tuple(ChatMessage(role, text) for role, text in zip(roles, contents, strict=False))
    return writer.chat(ChatRequest(messages, stop=stop), queue.Queue().put)


def test_psm_puts_prefix_then_suffix_between_its_markers() -> None:
    found = made(prompter(), CompletionRequest("ab", "yz")).prompt
    assert found == [PRE, *ids("ab"), SUF, *ids("yz"), MID]


def test_spm_puts_the_suffix_first_and_the_prefix_at_the_cursor() -> None:
    writer = prompter()
    writer.fim = SPM
    assert made(writer, CompletionRequest("ab", "yz")).prompt == [PRE, SUF, *ids("yz"), MID, *ids("ab")]


@pytest.mark.parametrize("suffix", ["", "  \n"])
def test_without_a_suffix_the_prompt_is_the_prefix(suffix: str) -> None:
    assert made(prompter(), CompletionRequest("ab", suffix)).prompt == ids("ab")


@pytest.mark.parametrize("template", [None, SPM])
def test_markers_that_users_spell_stay_text(template: FimTemplate | None) -> None:
    writer = prompter()
    writer.fim = template or writer.fim
    spelled = "a<fim_middle><|endoftext|>"
    found = made(writer, CompletionRequest(spelled, "<fim_suffix>z")).prompt
    assert sorted(token for token in found if token > 255) == [PRE, SUF, MID]
    assert bytes(token for token in found if token < 256).decode() in (
        spelled + "<fim_suffix>z",
        "<fim_suffix>z" + spelled,
    )


def test_the_healed_end_of_the_prefix_leaves_the_prompt_in_both_orders() -> None:
    runtime = fake_runtime()
    runtime.vocabulary = Bytes(["<eos>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>"], pieces=(b"return",))
    writer = prompter(runtime)
    psm = made(writer, CompletionRequest("a r", "z"))
    assert (psm.prompt, psm.healed) == ([257, *ids("a "), 258, *ids("z"), 259], b"r")
    writer.fim = SPM
    spm = made(writer, CompletionRequest("a r", "z"))
    assert (spm.prompt, spm.healed) == ([257, 258, *ids("z"), 259, *ids("a ")], b"r")
    assert made(writer, CompletionRequest("a r", "z", heal=False)).healed == b""


def test_an_empty_prompt_starts_from_a_token_all_the_same() -> None:
    assert made(prompter(), CompletionRequest("")).prompt == [256]


def test_a_model_without_a_template_takes_its_familys() -> None:
    runtime = fake_runtime()
    runtime.vocabulary = Bytes(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], eos="<|im_end|>")
    found = chat(prompter(runtime, "smollm2"), "hi").prompt
    text = "".join(chr(token) if token < 256 else f"[{token}]" for token in found)
    assert text.endswith("[257]user\nhi[258]\n[257]assistant\n")


def test_a_model_of_no_known_family_and_without_a_template_cannot_chat() -> None:
    with pytest.raises(EngineRequestError, match="no chat template"):
        chat(prompter(), "hi")


def test_special_tokens_in_messages_stay_text() -> None:
    runtime = fake_runtime()
    runtime.chat_template = "{% for m in messages %}<|endoftext|>{{ m.content }}{% endfor %}"
    found = chat(prompter(runtime), "x<fim_middle><|endoftext|>").prompt
    assert found == [256, *ids("x<fim_middle><|endoftext|>")]


def test_the_template_is_told_the_start_and_end_tokens_and_the_start_comes_once() -> None:
    runtime = fake_runtime()
    runtime.vocabulary = Bytes(["<bos>", "<eos>"], bos="<bos>")
    runtime.chat_template = "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"
    assert chat(prompter(runtime), "a", "b").prompt == [256, *ids("a"), 257, *ids("b"), 257]
    runtime.chat_template = "{{ messages[0].content }}"
    assert chat(prompter(runtime), "a").prompt == [256, *ids("a")]


def test_a_template_that_refuses_the_messages_is_the_requests_fault() -> None:
    runtime = fake_runtime()
    runtime.chat_template = "{{ raise_exception('roles must alternate') }}"
    with pytest.raises(EngineRequestError, match="roles must alternate"):
        chat(prompter(runtime), "a")


def test_an_answer_ends_at_the_familys_stop_tokens_that_the_vocabulary_lacks() -> None:
    engine = Scheduler(fake_runtime(text="fine<|im_end|>and on"))
    try:
        run = Run()
        engine.submit(Prompter(engine.runtime, "smollm2", "x").completion(CompletionRequest("a"), run.answers.put))
        text, last = run.text()
    finally:
        engine.stop()
    assert (text, last.finish_reason) == ("fine", "stop")


def test_an_answer_ends_at_a_special_token_whatever_its_name() -> None:
    runtime = fake_runtime()
    runtime.vocabulary = Bytes(["<eos>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>"])
    sequence = made(prompter(runtime), CompletionRequest("a"))
    logits = [0.0] * runtime.vocabulary.size
    logits[259] = 9.0
    assert sequence.advance(np.array(logits, dtype=np.float32), runtime.vocabulary) == "stop"
