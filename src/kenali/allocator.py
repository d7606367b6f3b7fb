"""Memory for large buffers, kept between uses."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h


def keep_large_buffers(up_to: int = 1 << 30) -> None:
    """Have glibc keep freed buffers of up to `up_to` bytes, instead of handing them to the kernel and having them zeroed anew.

    Made training on a CPU 1.05 to 1.6 times as fast (`benchmarks/train_step.py`), and spares a decoder 70 page faults a photo;
    does nothing under another C library.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, up_to)
        mallopt(_M_TRIM_THRESHOLD, up_to)
