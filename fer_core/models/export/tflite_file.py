"""The pass as a TFLite file with built-in operations alone, so that every TFLite runtime runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import BundleError
from fer_core.base.quiet import quiet
from fer_core.models.bundle import Bundle
from fer_core.models.export.algebra import Tensor
from fer_core.models.export.graph import input_names, outputs

METADATA = "fer_lab"
"""Name of the file's metadata entry that holds the description as JSON."""


def write_tflite(bundle: Bundle, about: Mapping[str, Any], shapes: Mapping[str, Sequence[Any]], file: Path) -> None:
    """Write a bundle as a TFLite file whose metadata hold ``about``.

    ``shapes``: of every input and output, with ``"n"`` for the number of clips. The recurrence is written
    out frame by frame: a loop would need operations that plain TFLite runtimes do not have.

    Raises
    ------
    BundleError
        Where the converter refuses the graph.
    """
    with quiet():
        import tensorflow as tf

        algebra = _TensorFlow(tf)
        signature = [
            tf.TensorSpec([None if s == "n" else s for s in shapes[name]], tf.float32, name=name)
            for name in input_names(bundle)
        ]

        def run(*given: Tensor) -> dict[str, Tensor]:
            return outputs(algebra, bundle, dict(zip(input_names(bundle), given, strict=True)))

        module = tf.Module()
        module.run = tf.function(run, input_signature=signature, autograph=False)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([module.run.get_concrete_function()], module)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            content = converter.convert()
        except Exception as error:  # the converter has no exceptions of its own worth telling apart
            raise BundleError(
                f"TensorFlow's converter refuses the graph ({str(error).splitlines()[0]})",
                where=bundle.name,
                fix="export to ONNX instead",
            ) from error
    file.write_bytes(_described(bytes(content), about))


def _described(content: bytes, about: Mapping[str, Any]) -> bytes:
    """The same model with a description inside."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    entry.name, entry.buffer = METADATA, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    model.description = f"FER Lab {about['fer_lab']}: {about['name']}. {about['notice']}"
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


class _TensorFlow:
    """The `Algebra` of TensorFlow's tensors."""

    def __init__(self, tf: Any) -> None:
        self._tf = tf
        self.sigmoid, self.tanh, self.exp, self.log = tf.sigmoid, tf.tanh, tf.exp, tf.math.log
        self.largest, self.smallest, self.transpose = tf.maximum, tf.minimum, tf.transpose
        self.softmax = tf.nn.softmax

    def constant(self, values: npt.ArrayLike) -> Tensor:
        return self._tf.constant(np.asarray(values, dtype=np.float32))

    def take(self, x: Tensor, at: npt.NDArray[np.int64], axis: int) -> Tensor:
        return self._tf.gather(x, np.asarray(at, np.int32), axis=axis)

    def frame(self, x: Tensor, at: int, axis: int) -> Tensor:
        return x[(slice(None),) * axis + (at,)]

    def cut(self, x: Tensor, start: int, stop: int) -> Tensor:
        return x[..., start:stop]

    def join(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        return self._tf.concat(list(parts), axis)

    def reshape(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        return self._tf.reshape(x, list(shape))

    def mean(self, x: Tensor, axis: int, keep: bool = True) -> Tensor:
        return self._tf.reduce_mean(x, axis, keepdims=keep)

    def total(self, x: Tensor, axis: int) -> Tensor:
        return self._tf.reduce_sum(x, axis, keepdims=True)
