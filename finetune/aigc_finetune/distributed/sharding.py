"""Weights that are split among processes (FSDP2): how they are split, gathered, and put back.

Each block of the decoder is a unit: its weights are gathered when it computes, its gradients are summed and split
again. What lies outside of blocks (embedding, head, last norm) and adapters are whole in each process; their gradients
are summed by `World.sum_gradients`. After Zhao et al. 2023, "PyTorch FSDP", in torch's per-parameter form.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch.distributed.tensor import DTensor, distribute_tensor

from aigc_models.types import AigcError


def is_split(tensor: Any) -> bool:
    """Say whether a tensor is a part of one that is split among processes."""
    return isinstance(tensor, DTensor)


def shard(causal: Any, method: str, precision: str, device: torch.device, processes: int) -> None:
    """Split the weights of a causal model's blocks among all processes; every process must call it.

    Raises:
        AigcError: the model's weights are in 4 bits, or it has no list of blocks.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

    if method == "qlora":
        raise AigcError('Weights in 4 bits are not split: set train.parallel = "data", or train.method = "lora".')
    decoder = causal.get_decoder()
    layers = getattr(decoder, "layers", None)
    if layers is None:
        raise AigcError(f'{type(causal).__name__} has no list of blocks to split: set train.parallel = "data".')
    mesh = init_device_mesh(device.type, (processes,))
    inside = {one for layer in layers for one in layer.parameters()}
    whole = {one for one in causal.parameters() if one not in inside}
    if method != "full":
        whole |= {one for one in inside if one.requires_grad}
    half = method == "full" and precision == "bf16"
    # Weights stay in fp32 and are gathered in bf16; gradients are summed in fp32.
    policy = MixedPrecisionPolicy(torch.bfloat16, torch.float32, cast_forward_inputs=False) if half else None
    options = {"mesh": mesh, "ignored_params": whole, **({"mp_policy": policy} if policy else {})}
    for module in (*layers, decoder):
        fully_shard(module, **options)
    for module in (*layers, decoder):
        # The loss is divided by all targets of a step already: gradients are summed, not averaged.
        module.set_gradient_divide_factor(1.0)
        module.set_force_sum_reduction_for_comms(True)  # gloo multiplies nothing by itself


def gather(tensors: Mapping[str, torch.Tensor], keep: bool) -> dict[str, torch.Tensor]:
    """Return whole tensors, in the CPU's memory where they were split; every process must call it with the same names.

    One tensor is gathered at a time; a process that does not `keep` them returns nothing.
    """
    found: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        whole = tensor.detach()
        if isinstance(whole, DTensor):
            whole = whole.full_tensor()
            whole = whole.cpu() if keep else whole
        if keep:
            found[name] = whole
    return found


def like(target: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    """Return a whole tensor as `target` is: split among the same processes, or as it is."""
    if not isinstance(target, DTensor):
        return whole
    return distribute_tensor(whole.to(target.device, target.dtype), target.device_mesh, target.placements)


def scatter_states(optimizer: torch.optim.Optimizer, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return an optimizer's states, by `parameter/key`, split as their parameters are."""
    parameters = [one for group in optimizer.param_groups for one in group["params"]]
    found: dict[str, torch.Tensor] = {}
    for path, tensor in tensors.items():
        parameter = parameters[int(path.partition("/")[0])]
        found[path] = like(parameter, tensor) if tensor.shape == parameter.shape else tensor
    return found


def clip(parameters: Iterable[torch.nn.Parameter], limit: float) -> float:
    """Scale all gradients down to the norm `limit` (0: leave them) and return the norm before, over all processes."""
    held = [one for one in parameters if one.grad is not None]
    kinds = [[one for one in held if is_split(one.grad)], [one for one in held if not is_split(one.grad)]]
    square = 0.0
    for same in kinds:
        if same:
            norm = torch.nn.utils.get_total_norm([one.grad for one in same if one.grad is not None])
            square += float(norm.full_tensor() if isinstance(norm, DTensor) else norm) ** 2
    total = math.sqrt(square)
    if limit:
        for same in kinds:
            if same:
                torch.nn.utils.clip_grads_with_norm_(same, limit, torch.tensor(total, device=same[0].device))
    return total
