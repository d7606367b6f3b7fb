"""Proof that an export is the same model: its answers to photos, held against those of the bundle under ONNX Runtime.

The photos are the bundle's golden photos and eight drawn pictures. What the drawn ones must give is written down, so that
an export can be verified later without any photo of the owner's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kenali.bundle.golden import PROMISE, draw, replay
from kenali.bundle.manifest import MANIFEST_NAME
from kenali.bundle.store import Bundle, open_bundle
from kenali.errors import KenaliError, did_you_mean
from kenali.export.browser import VARIABLE, find_browser
from kenali.export.comparison import Comparison, Reading, Tolerance, compare, tolerance_of
from kenali.export.exported import Exported, open_export
from kenali.export.replay import SETTINGS, Progress, Replay, Said, Setting, replay_here, replay_in_browser
from kenali.export.values import Precision, Rounding, Target
from kenali.files import sha256_of
from kenali.network import Network

PARITY_NAME = "parity.json"
FORMAT = 1
"""Version of parity.json; it rises when a key changes its meaning or goes away."""

DEFAULT_SETTINGS: tuple[Setting, ...] = ("wasm", "wasm-1")
"""What every browser has and computes alike on every machine. Graphics cards differ: `verify` takes them too, if asked."""


class ParityError(KenaliError):
    """An export does not answer as its bundle does."""


class DrawnAnswer(BaseModel):
    """What the bundle answers to one drawn picture under ONNX Runtime."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pixels_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    logits: tuple[float, ...]
    novelty: float | None = None


class _Recorded(BaseModel):
    """What of an earlier `parity.json` a comparison needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    drawn: tuple[DrawnAnswer, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was compared, and how it came out.

    `passed` is None where no browser could be found, for the reason `unproven`. `golden` photos of the bundle were replayed
    (`photographed` says whether they are the owner's photographs) and the `drawn` pictures, with the answers told here.
    `promise` is the largest difference between what the golden photos were promised to give when the bundle was made and
    what they give under ONNX Runtime here. `absent` names settings that this browser does not have, and why; `rounding` is
    what storing the weights in fewer bits changed, where that was measured.
    """

    name: str
    target: Target
    precision: Precision
    bundle_sha256: str
    weights_sha256: str
    golden: int
    photographed: bool
    drawn: tuple[DrawnAnswer, ...]
    promise: float | None
    tolerance: Tolerance
    browser: str | None
    unproven: str | None
    comparisons: tuple[Comparison, ...]
    absent: tuple[tuple[str, str], ...]
    rounding: Rounding | None
    created: str

    @property
    def passed(self) -> bool | None:
        return None if self.unproven else True

    def document(self) -> dict[str, Any]:
        """What `parity.json` holds; `comparisons` and their summary above are null where nothing could be compared."""
        compared = self.comparisons
        return {
            "format": FORMAT,
            "passed": self.passed,
            "runtime": compared[0].name if compared else None,
            "max_abs_diff": max(one.probability for one in compared) if compared else None,
            "top1_agreement": min(one.same_answer / one.photos for one in compared) if compared else None,
            "unproven": self.unproven,
            "name": self.name,
            "target": self.target,
            "precision": self.precision,
            "tolerance": asdict(self.tolerance),
            "photos": {"golden": self.golden, "photographed": self.photographed, "drawn": len(self.drawn)},
            "promise": self.promise,
            "browser": self.browser,
            "comparisons": [asdict(one) for one in compared] or None,
            "absent": [{"setting": setting, "why": why} for setting, why in self.absent],
            "rounding": self.rounding and asdict(self.rounding),
            "bundle_sha256": self.bundle_sha256,
            "weights_sha256": self.weights_sha256,
            "created": self.created,
            "drawn": [one.model_dump(mode="json") for one in self.drawn],
        }


def certify(
    bundle: Bundle,
    folder: Path,
    rounding: Rounding | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Certificate:
    """Compare the export in `folder` with the bundle that it was made from; `rounding`, if given, is told as well.

    Raises ParityError where the export differs by more than its tolerance. Where no browser can be found, an export that
    needs one gets a certificate that says so.
    """
    return _judge(open_export(folder), _evidence(bundle), DEFAULT_SETTINGS, rounding, progress)


def verify(
    folder: Path,
    bundle: Path | None = None,
    settings: Sequence[str] = (),
    progress: Progress = lambda stage, done, total: None,
) -> Certificate:
    """Repeat the comparison of an export made earlier; nothing is written.

    Without `bundle` the drawn pictures are replayed alone, against the answers in the export's `parity.json`. `settings` are
    of SETTINGS. Raises ParityError where the export differs, KenaliError where it is damaged, of another bundle, or no
    browser can be found.
    """
    chosen = tuple(_setting(name) for name in settings) or DEFAULT_SETTINGS
    exported = open_export(folder)
    opened = open_bundle(bundle) if bundle else None
    if opened and sha256_of(opened.path / MANIFEST_NAME) != exported.manifest.bundle_sha256:
        raise KenaliError(f"{folder} was exported from another bundle than {bundle}")
    evidence = _evidence(opened) if opened else _recorded(folder)
    certificate = _judge(exported, evidence, chosen, None, progress)
    if certificate.unproven:
        raise KenaliError(certificate.unproven)
    return certificate


def _setting(name: str) -> Setting:
    for setting in SETTINGS:
        if name == setting:
            return setting
    raise KenaliError(f"a browser computes by one of {', '.join(SETTINGS)}, not by {name!r}.{did_you_mean(name, SETTINGS)}")


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """Photos, golden ones first, and what the bundle says to each of them."""

    photos: tuple[bytes, ...]
    expected: tuple[Said, ...]
    drawn: tuple[DrawnAnswer, ...]
    golden: int = 0
    photographed: bool = False
    promise: float | None = None


def _evidence(bundle: Bundle) -> _Evidence:
    """The golden photos and the drawn pictures. Raises ParityError where the bundle itself no longer keeps its promise."""
    preprocessing = bundle.manifest.preprocessing
    promise = replay(bundle.path, Network(bundle.model), preprocessing)
    if promise > PROMISE:
        raise ParityError(
            f"the bundle {bundle.path} itself does not answer as it did when it was made (a difference of {promise:.2g} on its"
            " golden photos), so no export of it can be vouched for: train it again, or upgrade onnxruntime"
        )
    listing = bundle.path / "golden" / "golden.json"
    records = json.loads(listing.read_text(encoding="utf-8")) if listing.is_file() else []
    golden = [(bundle.path / "golden" / record["file"]).read_bytes() for record in records]
    drawn = draw()
    said = _said(replay_here(bundle.model, [*golden, *drawn], preprocessing))
    answers = tuple(_drawn_answer(one) for one in said[len(golden) :])
    photographed = bool(golden) and bundle.manifest.golden.photographed
    return _Evidence((*golden, *drawn), said, answers, len(golden), photographed, promise if golden else None)


def _recorded(folder: Path) -> _Evidence:
    """The drawn pictures and what an export's certificate says that they must give."""
    try:
        recorded = _Recorded.model_validate_json((folder / PARITY_NAME).read_bytes())
    except OSError:
        raise KenaliError(f"{folder} holds no {PARITY_NAME}: name the bundle as well, to compare with it") from None
    except ValidationError as error:
        raise KenaliError(f"{folder / PARITY_NAME} is damaged ({error.errors()[0]['msg']}): name the bundle as well") from None
    said = tuple(Said(one.pixels_sha256, np.array(one.logits, np.float32), one.novelty, 0.0) for one in recorded.drawn)
    return _Evidence(tuple(draw(len(said))), said, recorded.drawn)


def _drawn_answer(said: Said) -> DrawnAnswer:
    return DrawnAnswer(pixels_sha256=said.pixels_sha256, logits=tuple(said.logits.tolist()), novelty=said.novelty)


def _said(replayed: Replay) -> tuple[Said, ...]:
    return tuple(one for one in replayed.said if isinstance(one, Said))


def _judge(
    exported: Exported,
    evidence: _Evidence,
    settings: Sequence[Setting],
    rounding: Rounding | None,
    progress: Progress,
) -> Certificate:
    manifest = exported.manifest
    tolerance = tolerance_of(exported.target, manifest.precision)
    reading = Reading(manifest.calibration.temperature, manifest.thresholds.limits())
    browser, unproven = None, None
    replays: Sequence[Replay] = ()
    if exported.target == "onnx":
        replays = [replay_here(exported.weights, evidence.photos, manifest.preprocessing)]
    elif program := find_browser():
        seen = replay_in_browser(program, exported.model, evidence.photos, settings, progress)
        browser, replays = seen.browser, seen.replays
    else:
        unproven = (
            "no Chromium, Chrome or Edge was found on this machine, so nobody has checked that this export answers as its"
            f" bundle does: install one, or name it in {VARIABLE}, and run  kenali export --verify"
        )
    comparisons = [compare(evidence.expected, one, reading, tolerance) for one in replays if one.absent is None]
    absent = tuple((one.setting, one.absent) for one in replays if one.absent is not None)
    if not unproven and not comparisons:
        raise KenaliError(f"the browser could not run the export: {'; '.join(why for _, why in absent)}")
    for one in comparisons:
        if wrong := one.breach(tolerance):
            raise ParityError(f"this export is not the same model: {one.name} {wrong}")
    return Certificate(
        name=manifest.name,
        target=exported.target,
        precision=manifest.precision,
        bundle_sha256=manifest.bundle_sha256,
        weights_sha256=manifest.weights_sha256,
        golden=evidence.golden,
        photographed=evidence.photographed,
        drawn=evidence.drawn,
        promise=evidence.promise,
        tolerance=tolerance,
        browser=browser,
        unproven=unproven,
        comparisons=tuple(comparisons),
        absent=absent,
        rounding=rounding,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
