"""Built-in plugin: the runtimes that come with the engine. It only names them: the engine imports the chosen one."""

from __future__ import annotations

from aigc_models.types import RuntimeSpec
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_runtimes() -> list[RuntimeSpec]:
    """Offer OpenVINO, transformers and the deterministic fake."""
    return [
        RuntimeSpec(
            name="openvino",
            summary="OpenVINO GenAI on the CPU, reads GGUF, keeps a prefix cache",
            target="aigc_models.engine.runtimes.openvino:create",
            requires=("openvino", "openvino_genai", "tokenizers"),
            formats=("gguf",),
            priority=20,
        ),
        RuntimeSpec(
            name="transformers",
            summary="PyTorch through transformers, on a GPU or any other torch device",
            target="aigc_models.engine.runtimes.transformers:create",
            requires=("torch", "transformers"),
            formats=("gguf", "safetensors"),
            priority=10,
        ),
        RuntimeSpec(
            name="fake",
            summary="a deterministic stand-in without weights, for tests and demonstrations",
            target="aigc_models.engine.runtimes.fake:create",
            formats=("fake",),
        ),
    ]
