"""Photos in: sources, the ledger, duplicates, splits and clean copies."""

from kenali.photos.audit import PhotoFacts
from kenali.photos.decisions import Suspect, apply_decisions, save_suspects
from kenali.photos.ledger import save_ledger, summary
from kenali.photos.listing import CsvSource
from kenali.photos.organize import organize
from kenali.photos.scan import require_trainable, scan
from kenali.photos.settle import Scan, declared_group
from kenali.photos.source import Unlabelled, open_source
from kenali.photos.split import folds, learned_from, load_split, save_split, split

__all__ = [
    "CsvSource",
    "PhotoFacts",
    "Scan",
    "Suspect",
    "Unlabelled",
    "apply_decisions",
    "declared_group",
    "folds",
    "learned_from",
    "load_split",
    "open_source",
    "organize",
    "require_trainable",
    "save_ledger",
    "save_split",
    "save_suspects",
    "scan",
    "split",
    "summary",
]
