"""TensorFlow.js graph models, written from an ONNX graph without TensorFlow."""

from kenali.export.tfjs.model import GraphModel, draw

__all__ = ["GraphModel", "draw"]
