"""Requests and answers as JSON, as OpenAI's API and our own engine have them. It sends nothing."""

from __future__ import annotations

from typing import Any

from aigc_models.client.foreign import ForeignPrompt
from aigc_models.types import ChatRequest, CompletionChunk, CompletionRequest, Usage


def sampling(request: CompletionRequest | ChatRequest, model: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stream": True,
    }
    optional = {
        "model": model,
        "top_k": request.top_k or None,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    return {**body, **{name: value for name, value in optional.items() if value is not None}}


def completion_body(
    request: CompletionRequest, model: str | None, prompt: ForeignPrompt | None, *, fallback: bool = False
) -> dict[str, Any]:
    body = sampling(request, model)
    if prompt is not None:  # log probabilities are not asked for: many servers refuse, or are slow then
        return {**body, "prompt": prompt.text, "stop": [*request.stop, *prompt.stop][:16]}
    body |= {"fallback": True} if fallback else {}
    return {**body, **native_prompt(request), "heal": request.heal, "logprobs": 1 if request.logprobs else None}


def native_prompt(request: CompletionRequest) -> dict[str, Any]:
    prompt: dict[str, Any] = {"prompt": request.prefix, "suffix": request.suffix}
    if request.context:
        files = [{"path": file.path, "text": file.text} for file in request.context]
        prompt |= {"context": files, "comment": request.comment, "path": request.path}
    return prompt


def chunk_of(event: dict[str, Any], text: str) -> CompletionChunk:
    choice = event["choices"][0]
    usage = event.get("usage")
    spent = None
    if usage:
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        spent = Usage(usage["prompt_tokens"], cached, usage["completion_tokens"])
    logprobs = (choice.get("logprobs") or {}).get("token_logprobs") or ()
    return CompletionChunk(text, choice.get("finish_reason"), tuple(logprobs), spent)
