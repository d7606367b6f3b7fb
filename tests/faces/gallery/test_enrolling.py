"""Whose face is whose, among those in the gallery and those that are enrolled now."""

from __future__ import annotations

import pytest

from kenali.faces.gallery.enrolling import Compared
from kenali.faces.gallery.store import Gallery
from tests.faces.gallery.conftest import CONSENT, face, vector


@pytest.mark.parametrize("name", ["Eileen  Colle\u0301", " Eileen Coll\u00e9", "EILEEN\u00a0COLL\u00c9"])
def test_nobody_is_a_stranger_to_himself(gallery: Gallery, name: str) -> None:
    """However a folder spaces, composes or capitalises a name, it is the one that the gallery keeps."""
    gallery.enrol(name, [face(1)], CONSENT)
    gallery.enrol("Budi", [face(2)], CONSENT)
    compared = Compared(gallery.vectors(), [(vector(1), "Eileen Coll\u00e9")])
    assert compared.nearest_other(vector(1), name)[1] == "Budi"
    assert compared.nearest_other(vector(1), "Budi")[0] < 0.001
