"""The formats and ways that are measured, and what they are called."""

from __future__ import annotations

FORMATS = {
    "numpy": "FER Lab (numpy)",
    "call": "Keras, model called",
    "predict": "Keras, Model.predict",
    "onnx": "ONNX (onnxruntime)",
    "tflite": "TFLite",
}
"""What classifies → words."""

PROCESSES = {"numpy": ("numpy",), "keras": ("call", "predict"), "onnx": ("onnx",), "tflite": ("tflite",)}
"""Which formats share a process, because they share a library."""

LIBRARIES = {"numpy": "FER Lab", "keras": "Keras", "onnx": "ONNX", "tflite": "TFLite"}
"""What is loaded, or lies on disk → words."""

TRAINING = {"ours": "FER Lab, all at once", "plain": "Keras, Model.fit"}
"""Ways of training → words."""

MANY, ONE = "many", "one"
"""A classifier for each emotion; a single one, which costs what a network shared by all emotions costs."""

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Clips classified at once."""
