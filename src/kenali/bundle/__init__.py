"""The bundle: the one contract between training, servers and browsers."""

from kenali.bundle.manifest import Calibration, Manifest
from kenali.bundle.store import Bundle, open_bundle, seal, writable_bundle

__all__ = ["Bundle", "Calibration", "Manifest", "open_bundle", "seal", "writable_bundle"]
