"""Which converter draws which ONNX operator; one that is not here cannot be exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kenali.export.graph import Node
from kenali.export.tfjs.arranging import concatenate, cut, gather, pad, reshape, softmax, split, transpose
from kenali.export.tfjs.builder import Builder
from kenali.export.tfjs.convolution import convolution
from kenali.export.tfjs.elementwise import binary, clip, elu, gelu, hard_sigmoid, hard_swish, leaky_relu, reciprocal, unary
from kenali.export.tfjs.linear import linear, product
from kenali.export.tfjs.pooling import average_pool, global_pool, max_pool
from kenali.export.tfjs.reductions import reduction, top_k

CONVERTERS: Mapping[str, Callable[[Builder, Node], None]] = {
    "Abs": unary("Abs"),
    "Add": binary("AddV2"),
    "AveragePool": average_pool,
    "Clip": clip,
    "Concat": concatenate,
    "Conv": convolution,
    "Div": binary("RealDiv"),
    "Elu": elu,
    "Erf": unary("Erf"),
    "Exp": unary("Exp"),
    "Flatten": reshape,
    "Gather": gather,
    "Gelu": gelu,
    "Gemm": linear,
    "GlobalAveragePool": global_pool("Mean"),
    "GlobalMaxPool": global_pool("Max"),
    "HardSigmoid": hard_sigmoid,
    "HardSwish": hard_swish,
    "Identity": unary("Identity"),
    "LeakyRelu": leaky_relu,
    "Log": unary("Log"),
    "MatMul": product,
    "Max": binary("Maximum"),
    "MaxPool": max_pool,
    "Min": binary("Minimum"),
    "Mul": binary("Mul"),
    "Neg": unary("Neg"),
    "PRelu": binary("Prelu"),
    "Pad": pad,
    "Pow": binary("Pow"),
    "Reciprocal": reciprocal,
    "ReduceL2": reduction("Sum", before="Square", after="Sqrt"),
    "ReduceMax": reduction("Max"),
    "ReduceMean": reduction("Mean"),
    "ReduceMin": reduction("Min"),
    "ReduceSum": reduction("Sum"),
    "Relu": unary("Relu"),
    "Reshape": reshape,
    "Sigmoid": unary("Sigmoid"),
    "Slice": cut,
    "Softmax": softmax,
    "Softplus": unary("Softplus"),
    "Split": split,
    "Sqrt": unary("Sqrt"),
    "Squeeze": reshape,
    "Sub": binary("Sub"),
    "Tanh": unary("Tanh"),
    "TopK": top_k,
    "Transpose": transpose,
    "Unsqueeze": reshape,
}
