"""What goes over the wire about feedback, A/B results and drift. Needs pydantic only."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kenali.serve.schemas import BundleId, ModelName, Share, Wire


class Feedback(BaseModel):
    """What a photo really showed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern="^[0-9a-f]{16,128}$", description="The prediction's id.")
    label: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$",
        description="The right label, of this model's classes or a new one.",
    )


class FeedbackTaken(Wire):
    """Feedback as it was noted. `answered` is the likeliest class; `right` is null where the photo was called unknown."""

    id: str
    model: ModelName
    label: str
    answered: str | None = None
    right: bool | None = None
    kept: bool = Field(description="Whether the photo is kept, now under this label.")


class Interval(Wire):
    """A share of `n` photos with its 95 % interval; `value` is null without any."""

    value: Share | None
    low: Share
    high: Share
    n: int = Field(ge=0)


class VariantResults(Wire):
    """One version of a model behind an A/B split: `share` is what it is given, `unknown` and `right` are measured shares.

    `feedback` counts the photos that somebody named; of those that the model named, too, it was `right` on that share.
    """

    model: ModelName
    bundle: BundleId
    share: Share
    photos: int = Field(ge=0)
    unknown: Interval
    feedback: int = Field(ge=0)
    right: Interval


class SplitResults(Wire):
    """How the sides of an A/B split fare."""

    name: ModelName
    variants: tuple[VariantResults, ...]


class DriftReport(Wire):
    """What `kenali drift --json` prints, with a headline and sentences for people.

    `verdict` is `none`, `photos` where the photos look different, `answers` where the model knows them less well.
    """

    model: str
    verdict: Literal["none", "photos", "answers"]
    photos: int
    photos_in_all: int
    reference_photos: int
    reference: str
    alarm_rate: Share
    expected_right: tuple[Share, Share] | None = Field(default=None, description="Mean confidence, then and now.")
    changes: tuple[dict[str, Any], ...]
    classes: dict[str, Any]
    left_out: dict[str, int]
    answers_only: bool
    headline: str
    sentences: tuple[str, ...]
