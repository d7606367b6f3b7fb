"""The report's sentences in English."""

from __future__ import annotations

ENGLISH = {
    # page
    "report_title": "{title}: how well it recognises",
    "check_title": "{title}: the photos",
    "made_by": "Written by Kenali. This page is one file and loads nothing from the network.",
    "contents": "Contents",
    "section_verdict": "Verdict",
    "section_alarms": "Alarms",
    "section_accuracy": "Accuracy by class",
    "section_confusions": "What is mistaken for what",
    "section_answers": "Some test photos and their answers",
    "section_mistakes": "Most confident mistakes",
    "section_reliability": "Can its confidence be believed?",
    "section_photos": "The photos",
    "section_making": "How it was made",
    # verdict
    "verdict_test": "{right} of {n} test {n:photo|photos} recognised correctly",
    "verdict_cross_validated": "{right} of {n} photos recognised correctly in cross-validation",
    "verdict_nothing": "Nothing has been tested yet",
    "verdict_interval": "Expect it to be right on between {low} and {high} of 100 new photos of this kind.",
    "verdict_interval_note": "That is the 95% interval; it is wide when few photos were tested.",
    "verdict_same_kind": "“Of this kind” means: taken with the same cameras, in the same places and by the same"
    " people as the photos tested here. Other photos may fare worse.",
    "verdict_baseline": "For comparison: always answering “{name}”, the most frequent class, would be right on"
    " {share:%0} of these photos, and guessing blindly among the {k} classes on about {chance:%0}.",
    "verdict_no_test_part": "No photos were kept for testing. Each photo was judged by a model that had not seen it,"
    " but choices made along the way were not tested on fresh photos.",
    "verdict_unknown": "No photos were kept for testing, so nobody can say how often it is right on new photos. Add"
    " photos, or leave a larger share for testing.",
    "verdict_grave": "Read the {n:marked alarm|marked alarms} below before you rely on this figure.",
    "gauge_title": "Accuracy {value:%}, 95% interval {low:%} to {high:%}",
    "gauge_how": "The dot is the accuracy measured, the band its 95% interval, and the dashed line what always"
    " naming the most frequent class would reach. A band well to the right of the line is what you want to see.",
    "baseline": "most frequent class",
    # alarms
    "alarms_none": "None of Kenali's checks found anything that would cast doubt on these figures.",
    "alarms_how": "Each alarm says what was found and why it matters. They do not stop anything; they ask for a look.",
    "evidence": "Evidence",
    "and_more": "and {n} more",
    "alarm_shortcut": "A shortcut predicts the class",
    "alarm_leak": "Test photos leak into training",
    "alarm_small": "Too few photos for a firm figure",
    "alarm_imbalance": "Classes of very different size",
    "alarm_few-per-class": "Classes with very few photos to learn from",
    "alarm_no-better-than-majority": "Not shown to be better than always giving the same answer",
    "alarm_weak-class": "Classes that are mostly missed",
    "alarm_label-conflict": "The same photo stands in two classes",
    "alarm_cv-gap": "Test and cross-validation disagree",
    "alarm_unknown-class": "Classes that the bundle does not know",
    "alarm_blurred": "Blurred photos",
    "alarm_dark": "Very dark photos",
    "alarm_bright": "Very bright photos",
    "alarm_odd-size": "Very small photos",
    "alarm_odd-aspect": "Photos of an unusual shape",
    "alarm_grey-among-colour": "Grey photos among coloured ones",
    "alarm_colour-among-grey": "Coloured photos among grey ones",
    "alarm_wrong-extension": "File names that do not match the format",
    "alarm_tiny-class": "Classes with very few photos",
    "alarm_empty-class": "Classes without a usable photo",
    "alarm_not-in-train": "Classes without a training photo",
    "alarm_not-in-test": "Classes without a test photo",
    # notices that are made outside the report, from their kind and evidence
    "warning_blurred": "{n} {n:photo is|photos are} much less sharp than the others: {names}.",
    "warning_dark": "{n} {n:photo is|photos are} almost black: {names}.",
    "warning_bright": "{n} {n:photo is|photos are} almost white: {names}.",
    "warning_odd-size": "{n} {n:photo is|photos are} very small, alone or beside the others: {names}.",
    "warning_odd-aspect": "{n} {n:photo is|photos are} much wider or narrower than the others: {names}.",
    "warning_grey-among-colour": "{n} {n:photo is|photos are} grey while most others are in colour: {names}. If they"
    " gather in one class, the colour gives that class away.",
    "warning_colour-among-grey": "{n} {n:photo is|photos are} in colour while most others are grey: {names}. If they"
    " gather in one class, the colour gives that class away.",
    "warning_wrong-extension": "{n} {n:photo is|photos are} named as another format than {n:it is|they are}: {names}."
    " {n:It is|They are} read all the same.",
    "warning_tiny-class": "Very few photos: {counted}. Ten are little, fifty are good.",
    "warning_imbalance": "“{first}” has {most} {most:photo|photos}, “{last}” only {least}: more of the latter would help.",
    "warning_empty-class": "No file in {names} can be used. {n:This class is|These classes are} left out.",
    "warning_not-in-train": "No training photo of {names}: {n:this class|these classes} cannot be learned.",
    "warning_not-in-test": "No test photo of {names}: how well {n:it is|they are} recognised cannot be measured.",
    "warning_unknown-class": "{photos} {photos:photo is|photos are} of {n:a class|classes} that the bundle does not know:"
    " {names}. {photos:It does|They do} not count in the accuracy.",
    "warning_label-conflict": "{n} {n:picture stands|pictures stand} in two classes, so one of the two labels must be"
    " wrong: {names}.",
    "said_small": "The accuracy rests on {n} test {n:photo|photos}, so the true figure may lie anywhere between"
    " {low} and {high} of 100. Test on more photos before you compare models or promise a figure.",
    "said_small_absent": "No photos were kept for testing, so the accuracy on new photos has not been measured.",
    "said_imbalance": "“{largest}” has {most} {most:photo|photos}, “{smallest}” only {least}. Rare classes are often"
    " recognised worse, and the overall accuracy hides it: look at the recall of each class.",
    "said_few_per_class": "{names}: fewer than {limit} photos to learn from. Add photos, or leave {n:this"
    " class|these classes} out until there are more.",
    "said_no_better": "Always answering “{name}” would be right on {share:%} of the test photos. The accuracy may be"
    " as low as {low:%}, so it has not been shown that the model learned anything.",
    "said_weak_class": "{names}: fewer than half of the photos of {n:this class|these classes} are recognised. Look"
    " at the mistakes in the report: is the class hard to tell apart, mislabelled or too varied?",
    "said_cv_gap_lower": "The accuracy is {test:%} on the test part, but {cv:%} in cross-validation on the training"
    " photos, further apart than chance explains. The test photos seem to be of another kind: another camera, place"
    " or collection. Believe the lower figure.",
    "said_cv_gap_higher": "The accuracy is {test:%} on the test part, but only {cv:%} in cross-validation on the"
    " training photos, further apart than chance explains. The test photos may be easier, or copies of training"
    " photos. Believe the lower figure.",
    "evidence_photos": "{name}: {n} {n:photo|photos}",
    "evidence_recall": "{name}: {right} of {n} recognised",
    "evidence_interval": "{what}: {value:%} ({low:%} to {high:%}, {n} {n:photo|photos})",
    # accuracy
    "accuracy": "Accuracy",
    "interval": "95% interval",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "photos_tested": "Photos tested",
    "cross_validation": "Cross-validation",
    "top_k": "Right among the first {k}",
    "accuracy_how": "Recall: of the photos that truly are this class, how many were recognised. Precision: of the"
    " photos it called this class, how many truly are. F1 is high only if both are. Balanced accuracy is the mean"
    " recall, so that rare classes count as much as frequent ones. Small figures are 95% intervals, in percent.",
    "class": "Class",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "support": "Photos",
    "macro": "Mean of the classes",
    "weighted": "Mean weighted by photos",
    "from_cross_validation": "No photos were kept for testing; these figures come from cross-validation on the"
    " training photos.",
    # confusions
    "matrix_how": "Each row is a true class, each column an answer. A row tells where the photos of that class went:"
    " blue on the diagonal is right, orange beside it is wrong, and a stronger colour is a larger share of the row.",
    "matrix_caption": "Confusion matrix: rows true, columns recognised as",
    "matrix_omitted": "Only the {n} classes with the most mistakes are shown; metrics.json holds the whole matrix.",
    "confusion_pair": "“{true}” taken for “{predicted}”: {n} {n:photo|photos}, {share:%0} of that class",
    "confusions_common": "Most common confusions",
    "confusions_none": "No test photo was mistaken.",
    "cell_title": "{true} recognised as {predicted}: {n} ({share:%0} of the row)",
    "total": "Total",
    # answers
    "answers_how": "{n} test {n:photo|photos}, drawn by lot without a look at the answers: the class that the model names, and"
    " how sure it says it is. So few photos illustrate; the figures above count all.",
    "answers_true": "is {name}",
    # mistakes
    "mistakes_how": "The wrong answers it was surest of. Such photos often show a wrong label, a second object, or a"
    " kind of photo that training lacked; correcting a label here is the cheapest improvement there is.",
    "mistakes_none": "There are no mistakes to show: every test photo was recognised correctly.",
    "mistakes_count": "{shown} of {n} {n:mistake|mistakes} shown.",
    "picture_missing": "no picture",
    # reliability
    "reliability_how": "Test photos are gathered by how sure the model was; each dot shows how often such answers"
    " were right. On the dashed line confidence can be taken at its word; below it the model is too sure of itself,"
    " above it too cautious. Thin lines are 95% intervals, larger dots and taller bars mean more photos.",
    "reliability_ece": "On average, confidence and reality differ by {points} percentage points (expected"
    " calibration error, ECE).",
    "reliability_title": "Reliability plot: confidence against the share that was right",
    "reliability_point": "Confidence about {confidence:%0}: {right} of {n} right ({value:%0})",
    "axis_confidence": "confidence",
    "axis_right": "share that was right",
    "too_sure": "too sure",
    "too_cautious": "too cautious",
    # photos
    "photos_how": "Each slice of the pie is one class. Classes of similar size are easier to learn.",
    "pie_title": "Share of each class among {n} {n:photo|photos}",
    "pie_slice": "{name}: {n} {n:photo|photos}, {share:%}",
    "other_classes": "{n} other classes",
    "share": "Share",
    "photos": "Photos",
    "train": "Training",
    "val": "Validation",
    "test": "Test",
    "parts_how": "The table shows how the photos were divided: the model learns from the training part; the validation"
    " part, where there is one, serves its choices. The test part is looked at once, at the end. Copies and look-alikes"
    " stay together in one part.",
    "sheet": "A look at each class",
    "sheet_how": "A few photos of each class, spread over its files. Is everything in the right row?",
    "ledger": "What became of each file",
    "ledger_sum": "{total} {total:file|files}: {used} used, {duplicate} set aside as {duplicate:a"
    " duplicate|duplicates}, {quarantined} quarantined.",
    "ledger_clean": "Every file was used.",
    "ledger_how": "Nothing is dropped silently: every file is used, a duplicate, or quarantined with a reason, and"
    " the numbers add up.",
    "fate_used": "Used",
    "fate_duplicate": "Duplicate",
    "fate_quarantined": "Quarantined",
    "fate": "Fate",
    "reason": "Reason",
    "files": "Files",
    "examples": "Examples",
    "warnings": "Warnings about the photos",
    "check_verdict": "{used} of {total} {total:file|files} can be used",
    "reason_exact-copy": "exact copy",
    "reason_near-copy": "same picture, saved again",
    "reason_leak": "belongs with the photos of another part",
    "reason_corrupt": "damaged file",
    "reason_truncated": "file ends too early",
    "reason_empty-file": "empty file",
    "reason_animated": "several frames or pages",
    "reason_not-an-image": "not an image",
    "reason_unsupported-format": "format not read",
    "reason_too-many-pixels": "too many pixels",
    "reason_broken-link": "link to a missing file",
    "reason_encrypted": "encrypted",
    "reason_folder-link": "link to a folder",
    "reason_hidden-folder": "in a hidden folder",
    "reason_damaged-shard": "damaged archive",
    "reason_kills-worker": "ends the process that reads it",
    "reason_missing": "no such file",
    "reason_no-label": "no label",
    "reason_no-path": "no file named",
    "reason_not-a-file": "not a file",
    "reason_out-of-memory": "not enough memory",
    "reason_outside-class": "in no class folder",
    "reason_repeated": "listed twice",
    "reason_too-large": "file too large",
    "reason_unknown-split": "unknown part",
    "reason_unreadable": "cannot be read",
    "reason_unreadable-name": "unreadable file name",
    "reason_unsafe-name": "unsafe file name",
    "reason_zip-bomb": "suspiciously compressed",
    # making
    "making_how": "With the photos, this recipe and these versions the same run can be repeated.",
    "recipe": "Recipe",
    "recipe_how": "Everything that determines the run; save it as recipe.toml to repeat it.",
    "validation": "Cross-validation",
    "validation_said": "Judged by models that had not seen them, {value:%} of {n} training photos were recognised"
    " correctly (95% interval {low:%} to {high:%}). A figure close to the one on the test part is a good sign.",
    "strength": "How the strength was chosen",
    "strength_title": "Cross-validated log-loss for each strength; the lowest is at {best}",
    "strength_how": "The strength says how closely the classifier follows the training photos. Too low (left) it"
    " learns too little, too high (right) it learns by heart. The lowest point, marked, was chosen.",
    "curves": "How training went",
    "curves_how": "Each epoch shows the network every training photo once. The solid line is the training part, the dashed"
    " one the validation part. Where the dashed loss rises again while the solid one falls, the network learns by heart;"
    " the epoch with the lowest dashed loss was kept.",
    "axis_epoch": "epoch",
    "axis_loss": "loss (lower is better)",
    "axis_accuracy": "accuracy",
    "axis_strength": "strength (logarithmic)",
    "axis_log_loss": "log-loss (lower is better)",
    "timing": "Time",
    "timing_how": "Seconds of each step; photos embedded before are not embedded again.",
    "seconds": "{value} s",
    "step": "Step",
    "stage_scan": "read the photos",
    "stage_embed": "embed",
    "stage_fit": "fit",
    "stage_evaluate": "evaluate",
    "provenance": "Provenance",
    "parameters": "Parameters",
}
