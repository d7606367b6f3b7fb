"""The certificate of an export, for people (`parity.html`) and for programs (`parity.json`)."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from kenali.evaluation.page import template_environment
from kenali.evaluation.words import Words
from kenali.export.certificate_words import LANGUAGES
from kenali.export.parity import PARITY_NAME, Certificate
from kenali.files import write_atomically

_TEMPLATES = Path(__file__).parent / "templates"


class CertificateWords(Words):
    """The report's words and the certificate's own."""

    def __init__(self, language: str = "en") -> None:
        super().__init__(language)
        self._sentences = self._sentences | LANGUAGES[language]

    def small(self, value: float) -> str:
        """A small difference in two digits at most: 0.0000031."""
        if value == 0:
            return "0"
        if value < 1e-9:
            return f"< {self._marked('0.000000001')}"
        exponent = int(f"{value:e}".partition("e")[2])
        return self._marked(f"{value:.{max(0, 1 - exponent)}f}".rstrip("0").rstrip("."))


def write_certificate(folder: Path, certificate: Certificate, language: str = "en") -> None:
    """Write `parity.json` and `parity.html` into an export's folder."""
    document = json.dumps(certificate.document(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / PARITY_NAME, document + "\n")
    write_atomically(folder / "parity.html", certificate_page(certificate, CertificateWords(language)))


def certificate_page(certificate: Certificate, words: CertificateWords) -> str:
    """The certificate in one language. Its style sheets are allowed by their checksums, so that its policy need not be lax."""
    template = template_environment(words, _TEMPLATES).get_template("certificate.html.j2")
    compared = certificate.comparisons
    values = {
        "one": certificate,
        "photos": max((one.photos for one in compared), default=0),
        "worst": {
            "same": min((one.same_answer for one in compared), default=0),
            "probability": max((one.probability for one in compared), default=0.0),
        },
        "labelled": certificate.rounding is not None and certificate.rounding.accuracy is not None,
        "command": f"kenali export --verify DIR {'BUNDLE' if certificate.golden else ''}".rstrip(),
    }
    page: str = template.render(values, styles="")
    sheets = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digests = [b64encode(sha256(sheet.encode()).digest()).decode() for sheet in sheets]
    sealed: str = template.render(values, styles=" ".join(f"'sha256-{digest}'" for digest in digests))
    return sealed
