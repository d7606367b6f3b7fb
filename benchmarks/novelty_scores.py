"""Would another score know strangers better? Scores of a photo's novelty, from the same frozen network.

    python benchmarks/novelty_scores.py PHOTOS... [--near KNOWN:STRANGE] [--kin KNOWN:STRANGE] [--seeds 5]

Each set is divided 80/20 as in `novelty.py`. Whatever a score fits (class means, a covariance, a head) comes from the 80, and
its limit for 5 % from folds of these, groups whole, each scored by what the other folds alone gave. `auroc` is how often a
stranger is more novel than one of the 20 held out, `fpr95` the share of strangers accepted where 95 % of the 20 are,
`not_novel` the share within the limit, `own_novel` the share of the 20 beyond it. Means over the seeds, a row for each score,
set and set of strangers. `--near` and `--kin` are as in `novelty.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from embedded import Embedded, embedded
from measure import save
from novelty import averaged

from kenali.bundle.novelty import from_similarity, unit_length
from kenali.evaluation.novelty import auroc
from kenali.evaluation.rejection import fit_limits
from kenali.images import decode, draft_side, preprocess
from kenali.models.backbones import load_backbone
from kenali.network import Network, softmax
from kenali.photos import folds
from kenali.photos.split import assign
from kenali.training.head import Examples, class_weights, fit_head
from kenali.types import FloatArray, IntArray

Score = Callable[[FloatArray], FloatArray]
"""Novelty (n,) of features (n, d)."""

RATE = 0.05
FOLDS = 10
RANK = 64
SHRINKAGE = 5.0  # of the covariance within classes, in mean eigenvalues
STRENGTH = 1e-2  # of the head, about what cross-validation chooses
BACKBONE = "efficientnet_lite0"
FEATURES = 1280


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--near", action="append", default=[], metavar="KNOWN:STRANGE")
    parser.add_argument("--kin", action="append", default=[], metavar="KNOWN:STRANGE")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    sets = {folder.name: with_bottleneck(folder) for folder in options.photos}
    near, kin = ([tuple(pair.split(":")) for pair in pairs] for pairs in (options.near, options.kin))
    rows: list[dict[str, object]] = []
    for name, known in sets.items():
        strangers = {other: strange for other, strange in sets.items() if other != name and (name, other) not in kin}
        for other in strangers:
            if (name, other) in near:
                lacking = [strangers[other].class_names[j] not in known.class_names for j in strangers[other].labels]
                strangers[other] = strangers[other].of(np.flatnonzero(lacking))
        found = [judged(known, strangers, seed) for seed in range(options.seeds)]
        for score, other in found[0]:
            row = {"score": score, "known": name, "strangers": other, "near": (name, other) in near}
            rows.append(row | averaged([draw[score, other] for draw in found]))
        print(f"{name}: {len(rows)} rows", flush=True)
    save("novelty-scores", rows)


def judged(known: Embedded, strangers: dict[str, Embedded], seed: int) -> dict[tuple[str, str], dict[str, float]]:
    """How well each score tells one division's held-out photos from each set of strangers."""
    part = assign(known.groups.tolist(), known.labels.tolist(), [0.8, 0.2], seed)
    inside, held = known.of(np.flatnonzero(part == 0)), known.of(np.flatnonzero(part == 1))
    fold = folds(inside.photos, FOLDS, seed)
    folded = [(fitted(inside.of(np.flatnonzero(fold != one))), inside.features[fold == one]) for one in np.unique(fold)]
    rows = {}
    for name, score in fitted(inside).items():
        own = np.concatenate([scores[name](features) for scores, features in folded])
        limit = fit_limits(np.ones(len(own), np.float32), own, RATE).novelty
        assert limit is not None, "there were photos"
        usual = score(held.features).astype(np.float32)
        for other, strange in strangers.items():
            unusual = score(strange.features).astype(np.float32)
            rows[name, other] = {
                "auroc": auroc(usual, unusual),
                "fpr95": float((unusual <= np.quantile(usual, 0.95, method="higher")).mean()),
                "not_novel": float((unusual <= limit).mean()),
                "own_novel": float((usual > limit).mean()),
            }
    return rows


def fitted(inside: Embedded) -> dict[str, Score]:
    """Every score, fitted to these photos."""
    labels = inside.labels
    deep, both = _features, _with_bottleneck
    centre = deep(inside.features).mean(axis=0)
    head = fit_head(
        Examples(deep(inside.features), labels, class_weights(labels, k := labels.max() + 1), np.arange(len(labels)), k),
        STRENGTH,
    )

    def probability(seen: FloatArray) -> FloatArray:
        most: FloatArray = softmax(head.logits(deep(seen))).max(axis=1)
        return most

    def energy(seen: FloatArray) -> FloatArray:
        logits: FloatArray = np.logaddexp.reduce(head.logits(deep(seen)), axis=1)
        return logits

    plain, whitened = Nearest(inside, deep), Nearest(inside, Whitened(inside, deep))
    return {
        "cosine_3": plain,
        **{f"cosine_{count}": Nearest(inside, deep, count) for count in (1, 5, 10)},
        "centred": Nearest(inside, lambda seen: deep(seen) - centre),
        "mahalanobis": mahalanobis(inside),
        "largest_probability": lambda seen: -probability(seen),
        "energy": lambda seen: -energy(seen),
        "cosine_and_probability": lambda seen: plain(seen) - 0.1 * probability(seen),
        "guided": lambda seen: (plain(seen) - 1) * energy(seen),  # after NNGuide, J. Park and others 2023
        "to_class_mean": Nearest(inside, deep, towards_mean=0.5),
        "whitened": whitened,
        "whitened_and_probability": lambda seen: whitened(seen) - 0.1 * probability(seen),
        "whitened_at_length_one": Nearest(inside, Whitened(inside, lambda seen: unit_length(deep(seen)))),
        "two_layers": Nearest(inside, both),
        "two_layers_to_class_mean": Nearest(inside, both, towards_mean=0.5),
        "two_layers_whitened": Nearest(inside, Whitened(inside, both)),
    }


class Nearest:
    """One minus the mean cosine to the nearest known photos, each moved `towards_mean` of its class before."""

    def __init__(self, inside: Embedded, view: Score, count: int = 3, towards_mean: float = 0.0) -> None:
        unit = unit_length(view(inside.features))
        means = class_means(unit, inside.labels)
        self._view, self._count = view, count
        self._known = unit_length((1 - towards_mean) * unit + towards_mean * means)

    def __call__(self, seen: FloatArray) -> FloatArray:
        return from_similarity(unit_length(self._view(seen)) @ self._known.T, self._count)


class Whitened:
    """A view whose RANK main directions of spread within the classes are scaled down, by the shrunk covariance's root."""

    def __init__(self, inside: Embedded, view: Score) -> None:
        features = view(inside.features)
        residual = features - class_means(features, inside.labels)
        _, singular, directions = np.linalg.svd(residual, full_matrices=False)
        spread = singular**2 / len(residual)
        least = SHRINKAGE * spread.sum() / residual.shape[1]
        self._view, self._directions = view, directions[:RANK]
        self._less = 1 - np.sqrt(least / (spread[:RANK] + least))

    def __call__(self, seen: FloatArray) -> FloatArray:
        features = self._view(seen)
        whitened: FloatArray = features - (features @ self._directions.T * self._less) @ self._directions
        return whitened


def mahalanobis(inside: Embedded) -> Score:
    """The squared distance to the nearest class mean under a covariance half way to a multiple of one."""
    features, labels = _features(inside.features), inside.labels
    residual = features - class_means(features, labels)
    covariance = residual.T @ residual / len(features)
    shrunk = 0.5 * covariance + 0.5 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    root = np.linalg.cholesky(np.linalg.inv(shrunk))
    means = np.stack([features[labels == label].mean(axis=0) for label in np.unique(labels)])

    def distance(seen: FloatArray) -> FloatArray:
        nearest: FloatArray = np.min([(((_features(seen) - mean) @ root) ** 2).sum(axis=1) for mean in means], axis=0)
        return nearest

    return distance


def class_means(features: FloatArray, labels: IntArray) -> FloatArray:
    """For each photo the mean (n, d) of its class."""
    means: FloatArray = np.empty_like(features)
    for label in np.unique(labels):
        means[labels == label] = features[labels == label].mean(axis=0)
    return means


def with_bottleneck(folder: Path) -> Embedded:
    """A set whose features are followed by the mean over places of the map that the network's last convolution takes."""
    import onnx

    known, backbone = embedded(folder), load_backbone(BACKBONE)
    model = onnx.load(backbone.onnx_path)
    last = [node for node in model.graph.node if node.op_type == "Conv"][-1].input[0]
    model.graph.output.append(onnx.helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None))
    network, preprocessing = Network(model.SerializeToString()), backbone.spec.preprocessing
    pooled = []
    for photo in known.photos:
        image = decode((folder / photo.path).read_bytes(), min_side=draft_side(preprocessing)).image
        pooled.append(network(preprocess(image, preprocessing)[None], last)[last].mean(axis=(2, 3))[0])
    return Embedded(known.name, known.photos, np.concatenate([known.features, pooled], axis=1), known.class_names)


def _features(seen: FloatArray) -> FloatArray:
    """The features that the head takes."""
    return seen[:, :FEATURES]


def _with_bottleneck(seen: FloatArray) -> FloatArray:
    """Both layers, each at length one."""
    return np.concatenate([unit_length(seen[:, :FEATURES]), unit_length(seen[:, FEATURES:])], axis=1)


if __name__ == "__main__":
    main()
