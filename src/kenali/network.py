"""A network under ONNX Runtime: pixels in, named outputs out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kenali.errors import KenaliError
from kenali.types import FloatArray, Pixels

_GPU_BATCH = 32
_CUDA = "CUDAExecutionProvider"


def has_cuda() -> bool:
    """Whether the ONNX Runtime that is installed can use a CUDA GPU."""
    import onnxruntime

    return _CUDA in onnxruntime.get_available_providers()


class Network:
    """An ONNX graph whose one input is float32 (n, 3, h, w), RGB 0-255.

    Runs on CUDA where onnxruntime-gpu finds it, else on the CPU with one thread a call: callers run several calls at
    once, which uses the cores better than splitting each. `batch_size` is how many photos a call should bring; on a CPU
    one is as fast as many, and every photo's outputs are the same whatever its neighbours.
    """

    def __init__(self, model: Path | bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        wanted = [_CUDA] if has_cuda() else []
        source = model if isinstance(model, bytes) else str(model)
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=[*wanted, "CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises a dozen classes of its own
            raise KenaliError(f"ONNX Runtime cannot load the network ({error})") from None
        self._input = self._session.get_inputs()[0].name
        self.outputs = tuple(output.name for output in self._session.get_outputs())
        self.answers = tuple(name for name in ("logits", "novelty") if name in self.outputs)  # not the maps, which are large
        self.batch_size = _GPU_BATCH if self._session.get_providers()[0] == _CUDA else 1

    def __call__(self, pixels: Pixels, *names: str) -> dict[str, FloatArray]:
        """The outputs called `names`, or all of them, for uint8 pixels (n, h, w, 3)."""
        wanted = names or self.outputs
        planes = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), dtype=np.float32)
        return self.on_planes(planes, *wanted)

    def on_planes(self, planes: FloatArray, *names: str) -> dict[str, FloatArray]:
        """The same for float32 (n, channels, h, w), scaled as the graph expects them."""
        wanted = names or self.outputs
        return dict(zip(wanted, self._session.run(wanted, {self._input: planes}), strict=True))


def softmax(logits: FloatArray, temperature: float = 1.0) -> FloatArray:
    """Probabilities over the last axis: softmax(logits / temperature), float32."""
    scaled = logits.astype(np.float64) / temperature
    exponent = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    probs: FloatArray = (exponent / exponent.sum(axis=-1, keepdims=True)).astype(np.float32)
    return probs
