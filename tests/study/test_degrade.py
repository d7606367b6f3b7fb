from __future__ import annotations

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.study.degrade import DEGRADATIONS, SIDE, degraded
from tests.conftest import picture

KEY = "c0ffee"


@pytest.mark.parametrize("kind", DEGRADATIONS)
def test_stronger_is_further_from_the_photo_and_equal_at_every_run(kind: str) -> None:
    photo = picture(1, (480, 640))
    before = np.asarray(photo, float)
    distances = []
    for strength in DEGRADATIONS[kind]:
        worse = degraded(photo, kind, strength, KEY)
        assert (worse.size, worse.mode) == (photo.size, "RGB")
        assert worse.tobytes() == degraded(photo, kind, strength, KEY).tobytes()
        distances.append(float(np.abs(np.asarray(worse, float) - before).mean()))
    assert min(distances) > 0.01
    if kind in ("blur", "noise", "jpeg"):
        assert distances == sorted(distances)
    if kind == "grey":
        channels = np.asarray(degraded(photo, kind, None, KEY))
        assert (channels[..., 0] == channels[..., 2]).all()


def test_large_photos_are_reduced_first() -> None:
    assert degraded(picture(1, (1024, 2048)), "grey", None, KEY).size == (2 * SIDE, SIDE)
    assert degraded(picture(1, (1, 40)), "blur", 2.0, KEY).size == (40, 1)


def test_noise_depends_on_the_photo() -> None:
    one, other = (np.asarray(degraded(picture(1), "noise", 10.0, key)) for key in ("aa", "ab"))
    assert (one != other).any()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KenaliError, match="blur"):
        degraded(picture(1), "melt", None, KEY)
