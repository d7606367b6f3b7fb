"""Detect, align, judge and embed: from a photo to the faces that can be recognised in it."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from kenali.faces.align import aligned
from kenali.faces.detect import Detector
from kenali.faces.embed import Embedder
from kenali.faces.quality import quality
from kenali.faces.specs import FaceSpecs
from kenali.faces.values import Chip, Face, Quality
from kenali.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SeenFace:
    """A face with all that recognising needs: its aligned `chip`, its `quality`, its `embedding` float32 (d,) of length one."""

    face: Face
    chip: Chip
    quality: Quality
    embedding: FloatArray


class FaceReader:
    """Reads the faces in photos. Each stage can be used alone: `detector`, `aligned`, `quality`, `embedder`."""

    def __init__(self, specs: FaceSpecs | None = None) -> None:
        """Opens both networks; raises KenaliError where they are not set up."""
        specs = specs or FaceSpecs()
        self.detector = Detector(specs.detector_graph, specs.detector)
        self.embedder = Embedder(specs.embedder_graph, specs.embedder)

    def __call__(self, photo: Image.Image, most: int | None = None) -> list[SeenFace]:
        """The faces of an upright RGB photo, the surest first, `most` of them at most."""
        faces = self.detector(photo)[:most]
        if not faces:
            return []
        chips = [aligned(photo, face.landmarks, self.embedder.template, self.embedder.side) for face in faces]
        return [
            SeenFace(face, chip, quality(face, chip), embedding)
            for face, chip, embedding in zip(faces, chips, self.embedder(chips), strict=True)
        ]
