"""A bundle as one self-contained file for other runtimes: ONNX and TFLite, checked against ours."""
