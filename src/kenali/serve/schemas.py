"""What goes over the wire, as pydantic models: the server answers with them, and `kenali.Client` reads them.

Readers ignore fields they do not know, so that later servers may add some. Needs pydantic only.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, SerializeAsAny

Share = Annotated[float, Field(ge=0, le=1)]
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
BundleId = Annotated[str, Field(pattern="^[0-9a-f]{12}$", description="First 12 hex digits of the SHA-256 of `kenali.json`.")]


class Wire(BaseModel):
    """A frozen message."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PhotoProblem(Wire):
    """Why one photo cannot be used. `reason` is a stable code, `detail` a sentence."""

    photo: str
    status: int = Field(ge=400, le=599, description="The status that a request with this photo alone would get.")
    reason: str
    detail: str


class Problem(Wire):
    """An error as RFC 9457 has it, with a stable `reason`; `retry_after` (seconds) where trying again makes sense."""

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str | None = Field(default=None, description="The path that was asked for.")
    reason: str
    retry_after: float | None = Field(default=None, ge=0)
    errors: tuple[SerializeAsAny[PhotoProblem], ...] | None = Field(
        default=None, description="One for each photo, where there are several."
    )


class Guess(Wire):
    """A class and its calibrated probability."""

    label: str
    probability: Share


class Explanation(Wire):
    """A PNG, base64, of where the evidence for `label` lies: the photo, and beside it the heat map."""

    label: str
    png: Base64Bytes


class Prediction(Wire):
    """What the model says of one photo.

    `label` is a class, or `unknown` with the `reason`; `confidence` is the probability of the likeliest class either way.
    `set` holds the classes that cannot be excluded, likeliest first, where the bundle has prediction sets.
    """

    id: str = Field(description="Names this prediction, in feedback for instance.")
    photo: str = Field(description="The file's name as sent, or its number in the request.")
    label: str
    reason: Literal["novel", "ambiguous"] | None = None
    confidence: Share
    top: tuple[Guess, ...]
    novelty: float | None = Field(default=None, description="From 0 to 2, larger for stranger photos.")
    set: tuple[str, ...] | None = None
    explanation: Explanation | None = None
    kept: bool = Field(default=False, description="Whether the photo was stored, as its sender allowed.")

    @property
    def unknown(self) -> bool:
        return self.reason is not None


class Refusal(Wire):
    """A photo among several that could not be used."""

    photo: str
    error: PhotoProblem


class PredictionList(Wire):
    """The answer to `predict`: one entry a photo, in the order they were sent."""

    model: ModelName = Field(description="The model that answered: of an A/B split, the variant.")
    bundle: BundleId
    predictions: tuple[Prediction | Refusal, ...]


class JsonPhoto(BaseModel):
    """A photo inside a JSON request: the bytes of its file, base64."""

    model_config = ConfigDict(extra="forbid", val_json_bytes="base64")

    name: str = Field(default="", max_length=255)
    data: bytes = Field(json_schema_extra={"format": "base64", "contentEncoding": "base64"})


class JsonPhotos(BaseModel):
    """The JSON request of `predict`."""

    model_config = ConfigDict(extra="forbid")

    photos: list[JsonPhoto] = Field(min_length=1)


class ModelSummary(Wire):
    """A served model, in a list."""

    name: ModelName
    bundle: BundleId
    class_names: tuple[str, ...]
    loaded_at: float = Field(description="Seconds since 1970.")
    problem: str | None = Field(default=None, description="Why a changed bundle was not loaded; the earlier one goes on.")


class Variant(Wire):
    """One side of an A/B split and its share of the requests."""

    model: ModelName
    share: Share


class SplitSummary(Wire):
    """A name that stands for several models, among which requests are drawn."""

    name: ModelName
    variants: tuple[Variant, ...]


class ModelList(Wire):
    """All that can be asked."""

    models: tuple[ModelSummary, ...]
    splits: tuple[SplitSummary, ...] = ()


class PreprocessingSummary(Wire):
    """How a photo becomes what the network sees; `image_size` is (height, width)."""

    image_size: tuple[int, int]
    resize: Literal["crop", "squash", "letterbox"]
    crop_pct: float
    interpolation: Literal["bilinear", "bicubic"]
    channels: Literal[1, 3]


class CalibrationSummary(Wire):
    """Probabilities are softmax(logits / temperature)."""

    method: str
    temperature: float


class RateSummary(Wire):
    """Limits that turn away the share `reject`."""

    reject: Share
    novelty: float | None = None
    ambiguous: float | None = None


class LimitsSummary(Wire):
    """Beyond these a photo is unknown; they turn away the share `reject` of photos of the model's own kind."""

    reject: Share | None = None
    novelty: float | None = None
    ambiguous: float | None = None
    choices: tuple[RateSummary, ...] = Field(default=(), description="The limits for other shares.")


class SetsSummary(Wire):
    """A class belongs to a photo's set from probability `least`; sets hold the truth with `coverage`."""

    coverage: Share
    least: Share


class Model(ModelSummary):
    """A served model and how its numbers are to be read. `reject_choices` are the shares that `?reject=` takes, beside 0."""

    preprocessing: PreprocessingSummary
    calibration: CalibrationSummary
    limits: LimitsSummary
    reject_choices: tuple[float, ...] = ()
    sets: SetsSummary | None = None
    outputs: tuple[str, ...]
    parameters: int
    provenance: dict[str, Any]
    report: str | None = Field(default=None, description="Path of the report, where the bundle has one.")


class Health(Wire):
    """All is well; a problem says so where it is not."""

    status: Literal["ok"] = "ok"
