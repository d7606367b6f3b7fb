"""An export on disk: what it is, by its files, and whether they are the files that were written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kenali.bundle.manifest import MANIFEST_NAME, Calibration, Thresholds
from kenali.errors import KenaliError
from kenali.export.values import Precision, Target
from kenali.files import sha256_of
from kenali.types import Preprocessing


class ExportManifest(BaseModel):
    """What replaying needs of an export's `kenali.json`; checksums are of the bundle's manifest and of the weights' file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1]
    name: str
    class_names: tuple[str, ...] = Field(min_length=1)
    preprocessing: Preprocessing
    calibration: Calibration
    thresholds: Thresholds
    precision: Precision
    bundle_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    weights_sha256: str = Field(pattern="^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class Exported:
    """An export whose weights passed their checksum. `model` is the folder that holds the model's files."""

    path: Path
    target: Target
    model: Path
    manifest: ExportManifest

    @property
    def weights(self) -> Path:
        """The file whose checksum the manifest holds: `model.onnx` or `weights.bin`."""
        return self.model / ("model.onnx" if self.target == "onnx" else "weights.bin")


def open_export(path: Path) -> Exported:
    """Read an export's manifest and check its weights. Raises KenaliError with the first thing that is wrong."""
    if not path.is_dir():
        raise KenaliError(f"there is no export at {path}")
    model = path / "model" if (path / "model" / MANIFEST_NAME).is_file() else path
    target = _target(path, model)
    try:
        manifest = ExportManifest.model_validate_json((model / MANIFEST_NAME).read_bytes())
    except OSError:
        raise KenaliError(f"{path} is no export of Kenali's: it has no {MANIFEST_NAME}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise KenaliError(f"{model / MANIFEST_NAME} is damaged: {where}: {first['msg']}") from None
    exported = Exported(path, target, model, manifest)
    if not exported.weights.is_file():
        raise KenaliError(f"{path} lacks {exported.weights.name}; export it again")
    if sha256_of(exported.weights) != manifest.weights_sha256:
        raise KenaliError(f"{exported.weights.name} in {path} is not the file that was exported (its checksum differs)")
    return exported


def _target(path: Path, model: Path) -> Target:
    if model != path:
        return "web"
    if (path / "model.json").is_file():
        return "tfjs"
    if (path / "model.onnx").is_file():
        return "onnx"
    raise KenaliError(f"{path} is no export of Kenali's: it has neither model.json nor model.onnx")
