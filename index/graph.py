"""A torch module as an ONNX graph: exported, and with its matrices in 8 bits."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import ModelError

if TYPE_CHECKING:
    import torch


def to_graph(
    module: torch.nn.Module, example: Sequence[torch.Tensor], inputs: Sequence[str], outputs: Sequence[str]
) -> Any:
    """A module in torch's ONNX program, for batches of 1 to 4,096 texts of 2 to 512 tokens.

    Args:
        module: In its state for use.
        example: What it is called with, each of (texts, tokens, …).
        inputs: Names of those.
        outputs: Names of what it returns.

    Raises:
        ModelError: torch exported nothing.
    """
    import torch

    shape = {0: torch.export.Dim("batch", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=512)}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            tuple(example),
            dynamo=True,
            verbose=False,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=(shape,) * len(example),
        )
    if program is None:
        raise ModelError("torch exported no model; check that onnx and onnxscript fit this torch (constraints.txt).")
    return program


def in_8_bits(graph: Any) -> None:
    """Keeps each matrix of a graph as 8-bit integers with a scale for each column, made floats again as it loads.

    A quarter of the size, and what is computed stays in floats: the same on every machine, which 8-bit products aren't.
    """
    from onnx import helper, numpy_helper

    for initializer in list(graph.initializer):
        matrix = numpy_helper.to_array(initializer)
        if matrix.ndim != 2 or matrix.dtype != np.float32:
            continue
        scale = np.maximum(np.abs(matrix).max(axis=0), 1e-9) / 127
        whole = np.rint(matrix / scale).astype(np.int8)
        name = initializer.name
        graph.initializer.remove(initializer)
        kept = {f"{name}_8": whole, f"{name}_s": scale.astype(np.float32)}
        graph.initializer.extend([numpy_helper.from_array(array, key) for key, array in kept.items()])
        graph.node.insert(0, helper.make_node("DequantizeLinear", list(kept), [name], axis=1))
