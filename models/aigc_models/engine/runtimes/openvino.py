"""The CPU runtime: OpenVINO's paged attention, driven so that a keystroke recomputes only its own tokens.

openvino-genai's own pipeline reuses whole 32-token blocks and hides the logits. Owning the block table makes reuse
exact to the token, and owning the logits makes token healing and log probabilities possible.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from aigc_models.engine.convert import load_converted
from aigc_models.engine.paged_cache import BlockTable, PagedCache
from aigc_models.engine.runtimes.base import LoadOptions, Logits, Progress, Slot
from aigc_models.types import AigcError

log = logging.getLogger(__name__)

_SAMPLED = "sampled_tokens_indices"
# The CPU plugin's paged attention works on blocks of 32 tokens.
_BLOCK = 32


class OpenVinoRuntime:
    """Run a converted model on the CPU with a paged KV cache in 16-bit floats."""

    name = "openvino"
    rewinds = True  # what a block holds behind a slot's tokens is written over

    def __init__(self, options: LoadOptions, progress: Progress) -> None:
        if options.path is None:
            raise AigcError(f"{options.model_id} has no file to load.")
        converted = load_converted(options.path, progress)
        progress(0.3, "loading OpenVINO")
        import openvino as ov

        self._ov = ov
        self.architecture: str | None = converted.facts.architecture
        self.chat_template = converted.facts.chat_template
        self.device = "CPU"
        core = ov.Core()
        progress(0.4, "reading the weights")
        model = core.read_model(str(converted.model))
        properties = _properties(options, model)
        _make_paged(model)
        progress(0.5, "compiling for this processor")
        # Compiling holds no interpreter lock, so the tokenizer is read meanwhile: a quarter of a second less to wait.
        with ThreadPoolExecutor(1) as pool:
            vocabulary = pool.submit(converted.vocabulary)
            self._compiled = core.compile_model(model, "CPU", properties)
            self.vocabulary = vocabulary.result()
        del model
        self._request = self._compiled.create_infer_request()
        self._caches = self._allocate(options)
        self._cache = PagedCache(self._blocks, _BLOCK, self._copy_block)
        self.context_length = min(converted.facts.context_length, options.max_context, self._blocks * _BLOCK)

    def open(self, tokens: Sequence[int], capacity: int) -> Slot:
        """Reserve blocks for `capacity` tokens; see `Runtime.open`."""
        table, cached = self._cache.open(tokens, capacity)
        return Slot(list(tokens[:cached]), capacity, table)

    def share(self, slot: Slot) -> None:
        """Put the blocks into the tree while they are still in use; see `Runtime.share`."""
        assert isinstance(slot.state, BlockTable)  # noqa: S101 - set by open()
        self._cache.share(slot.state, slot.tokens)

    def close(self, slot: Slot) -> None:
        """Give the blocks back to the prefix cache."""
        assert isinstance(slot.state, BlockTable)  # noqa: S101 - set by open()
        self._cache.close(slot.state, slot.tokens)

    def forward(self, batch: Sequence[tuple[Slot, Sequence[int]]], rows: Sequence[int] | None = None) -> Logits:
        """Run one step; see `Runtime.forward`."""
        past = np.array([len(slot.tokens) for slot, _ in batch], dtype=np.int32)
        lengths = np.array([len(chunk) for _, chunk in batch], dtype=np.int32)
        begins = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
        needed = -(-(past + lengths) // _BLOCK)
        tables = [slot.state.blocks[:count] for (slot, _), count in zip(batch, needed, strict=True)]  # type: ignore[attr-defined]
        inputs = {
            "input_ids": np.concatenate([np.asarray(chunk, dtype=np.int64) for _, chunk in batch]),
            "position_ids": np.concatenate([np.arange(p, p + n) for p, n in zip(past, lengths, strict=True)]).astype(
                np.int64
            ),
            "past_lens": past,
            "subsequence_begins": begins,
            "block_indices": np.concatenate(tables).astype(np.int32),
            "block_indices_begins": np.concatenate(([0], np.cumsum(needed))).astype(np.int32),
            "max_context_len": np.array(int((past + lengths).max()), dtype=np.int32),
            _SAMPLED: _last(begins[1:], rows),
        }
        self._request.infer(inputs, share_inputs=True)
        for slot, chunk in batch:
            slot.tokens += chunk
        logits = self._request.get_output_tensor(0).data.reshape(-1, self._request.get_output_tensor(0).shape[-1])
        # The tensor is overwritten by the next step, and sequences look at it only within this one.
        return np.asarray(logits, dtype=np.float32)

    def unload(self) -> None:
        """Drop the compiled model and the cache."""
        self._caches = []
        self._request = self._compiled = None

    def _allocate(self, options: LoadOptions) -> list[Any]:
        """Make the cache tensors, as many blocks as `kv_cache_bytes` holds, and bind them to the model's inputs."""
        ports = [port for port in self._compiled.inputs if "_cache." in port.get_any_name()]
        shapes = [[dim.get_length() for dim in list(port.get_partial_shape())[1:]] for port in ports]
        widths = [port.get_element_type().size for port in ports]
        block_bytes = sum(int(np.prod(shape)) * width for shape, width in zip(shapes, widths, strict=True))
        self._blocks = max(options.kv_cache_bytes // block_bytes, 4)
        tensors = []
        for port, shape in zip(ports, shapes, strict=True):
            tensor = self._ov.Tensor(port.get_element_type(), self._ov.Shape([self._blocks, *shape]))
            self._request.set_tensor(port.get_any_name(), tensor)
            tensors.append(tensor)
        return tensors

    def _copy_block(self, source: int, target: int) -> None:
        for tensor in self._caches:
            data = tensor.data
            data[target] = data[source]

    def warm_up(self) -> None:
        """Run both kinds of step once: the first of each compiles kernels, a quarter of a second in all."""
        for length in (64, 1):
            slot = self.open([0] * (length + 1), length + 1)
            self.forward([(slot, [0] * length)])
            slot.tokens.clear()  # nothing to remember
            self.close(slot)


def _last(ends: Any, rows: Sequence[int] | None) -> Any:
    """Return the indices of the last `rows[i]` tokens before each end, of one each without `rows`."""
    if rows is None:
        return (ends - 1).astype(np.int64)
    return np.concatenate([np.arange(end - count, end) for end, count in zip(ends, rows, strict=True)]).astype(np.int64)


def _properties(options: LoadOptions, model: Any) -> dict[str, str]:
    # 16-bit floats in the KV cache rather than the plugin's default of 8-bit integers with a scale per block: a block
    # that is continued after a cursor movement would be re-quantized, and warm answers would differ from cold ones.
    properties = {"INFERENCE_PRECISION_HINT": "f32", "KV_CACHE_PRECISION": "f16", "PERFORMANCE_HINT": "LATENCY"}
    # The editor, the server and the service's own thread want these cores too; threads that may move meet them less.
    properties["ENABLE_CPU_PINNING"] = "NO"
    # The plugin would quantize activations on the fly wherever weights have whole zero points. Where only the head has
    # them that is harmless, for it sees one row a token, cached prompt or not, and it saves a tenth of the time. In
    # the layers it would make answers depend on how the prompt was cut into steps.
    if not _only_head_has_whole_zero_points(model):
        properties["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = "0"
    if options.threads:
        properties["INFERENCE_NUM_THREADS"] = str(options.threads)
    # OpenVINO's own properties, which are in capitals, pass through as they are.
    return properties | {name: value for name, value in options.params.items() if name.isupper()}


def _only_head_has_whole_zero_points(model: Any) -> bool:
    products = [node for node in model.get_ops() if node.get_type_name() == "MatMul"]
    whole = [product for product in products if _zero_point_type(product) not in (None, "f16", "f32")]
    return len(whole) == 1


def _zero_point_type(product: Any) -> str | None:
    """Return the type of the zero points of a product's compressed weights, None where they are not compressed."""
    node = product.input_value(1).get_node()
    while node.get_type_name() in ("Convert", "Reshape"):
        node = node.input_value(0).get_node()
    if node.get_type_name() != "Multiply":
        return None
    codes = node.input_value(0).get_node()
    if codes.get_type_name() != "Subtract":
        return "none"  # symmetric weights: quantized on the fly as well
    zeros = codes.input_value(1).get_node()
    while zeros.get_type_name() == "Convert":
        zeros = zeros.input_value(0).get_node()
    return str(zeros.get_output_element_type(0).to_string())


def _make_paged(model: Any) -> None:
    """Turn a stateful model into one with paged attention whose head runs only on the tokens that are sampled."""
    import openvino as ov
    import openvino.opset13 as ops
    from openvino._offline_transformations import paged_attention_transformation

    paged_attention_transformation(model)
    head = model.get_results()[0].input_value(0).get_node()
    while head.get_type_name() != "MatMul":
        head = head.input_value(0).get_node()
    indices = ops.parameter(ov.PartialShape([-1]), ov.Type.i64, name=_SAMPLED)
    indices.output(0).set_names({_SAMPLED})
    gathered = ops.gather(head.input_value(0), indices, ops.constant(np.int64(0)))
    head.input(0).replace_source_output(gathered.output(0))
    model.add_parameters([indices])
    model.validate_nodes_and_infer_types()


def create(options: LoadOptions, progress: Progress) -> OpenVinoRuntime:
    """Load a model (a runtime plugin's factory).

    Raises:
        AigcError: the model cannot be converted or loaded; the text says why.
    """
    return OpenVinoRuntime(options, progress)
