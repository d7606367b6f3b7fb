"""How good is it, really: metrics, alarms and the report."""

from __future__ import annotations

from kenali.evaluation.alarms import alarms
from kenali.evaluation.calibration import temperature
from kenali.evaluation.content import ReportContent, in_words
from kenali.evaluation.document import metrics_document, predictions_csv
from kenali.evaluation.held_out import HeldOut, hold_out
from kenali.evaluation.looks import Looks, looks
from kenali.evaluation.metrics import ReliabilityBin, reliability, score, wilson
from kenali.evaluation.pictures import thumbnails_wanted
from kenali.evaluation.report import write_check_report, write_curves, write_evaluation, write_rates, write_report
from kenali.evaluation.shortcuts import Shortcut, against, find_shortcuts

__all__ = [
    "HeldOut",
    "Looks",
    "ReliabilityBin",
    "ReportContent",
    "Shortcut",
    "against",
    "alarms",
    "find_shortcuts",
    "hold_out",
    "in_words",
    "looks",
    "metrics_document",
    "predictions_csv",
    "reliability",
    "score",
    "temperature",
    "thumbnails_wanted",
    "wilson",
    "write_check_report",
    "write_curves",
    "write_evaluation",
    "write_rates",
    "write_report",
]
