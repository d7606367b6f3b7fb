"""Bundles for other runtimes: TensorFlow.js, a web page, ONNX."""

from kenali.export.run import export
from kenali.export.values import PRECISIONS, TARGETS, Export, Exportable, Precision, Rounding, Target

__all__ = ["PRECISIONS", "TARGETS", "Export", "Exportable", "Precision", "Rounding", "Target", "export"]
