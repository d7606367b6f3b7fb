"""The sentences of a search in English."""

from __future__ import annotations

ENGLISH = {
    "kind_tune": "a better recipe",
    "question_tune": "Which values of the recipe suit these photos best? Each trial learns with other values from one part"
    " of the photos and is chosen by another; a third part, which no trial has seen, says whether the choice was worth it.",
    # values
    "dimension_learning_rate": "Learning rate",
    "dimension_weight_decay": "Weight decay",
    "dimension_augmentation": "Augmentation",
    "dimension_backbone": "Backbone",
    "dimension_strength": "Strength of the head",
    "value_augmentation_own": "the recipe's own",
    "value_augmentation_none": "none",
    "value_augmentation_light": "light",
    "value_augmentation_strong": "strong",
    "value_strength_own": "by cross-validation",
    # table
    "tune_caption": "{title}: {n} {n:trial|trials}, the best first",
    "column_trial": "Trial",
    "column_epochs": "Epochs",
    "column_held_out": "Held-out loss",
    "column_chosen": "Right, photos that choose",
    "column_confirmed": "Right, photos that confirm",
    "trial_best": "best",
    "trial_start": "the recipe as it was",
    "trial_best_start": "the recipe as it was, and best",
    "trial_stopped": "stopped early",
    "trial_astray": "went astray",
    "tune_note_loss": "“Held-out loss” is the mean log-loss on photos that the trial did not learn from, by which the best"
    " is chosen: lower is better. Of a network it is that of its best epoch on the validation photos, of the fast path that"
    " of cross-validation.",
    "tune_note_confirm": "“Photos that confirm” are {n}, a fifth of the training part: no trial learned from them and none"
    " was chosen by them. Only the best and the recipe as it was are judged by them, so that luck does not choose there,"
    " too. The interval is Wilson's, 95%.",
    "tune_note_stopped": "“Stopped early”: the trial was behind the others after some epochs and was ended, to spend the"
    " time on better ones (successive halving). “Went astray”: its loss became no number.",
    "tune_more": "… and {n} more {n:trial|trials}, all in trials.csv.",
    # plots
    "plot_trials": "Trial, in the order in which they finished",
    "plot_held_out": "Held-out loss",
    "plot_best_so_far": "best so far",
    "plot_finished": "finished",
    "plot_stopped": "stopped early",
    "plot_start": "the recipe as it was",
    "plot_search_how": "Each dot is a trial; lower is better. The line is the best so far, the diamond the recipe as it was."
    " Hollow dots were stopped early. Losses beyond the upper end are drawn on it.",
    "plot_values_how": "The same trials by their values, one panel a choice. Where the dots make no valley, the choice"
    " matters little here, or too few trials were made to see it.",
    # answers
    "answer_tune_better": "A better recipe was found: {points} points more right answers",
    "answer_tune_worse": "The values that looked best do worse on photos that nobody chose by: {points} points",
    "answer_tune_unclear": "No recipe was found that is clearly better than the one you have",
    "answer_tune_none": "The recipe as it was is the best of {n} {n:trial|trials}",
    "answer_tune_confirmed": "On {n} photos that took no part in the search, the best trial names {best:%} right, the recipe"
    " as it was {before:%}: {points} points, with a 95% interval from {low} to {high}.",
    "answer_tune_includes": "The interval includes 0, so the difference may be chance. The held-out loss, by which the best"
    " was chosen, fell from {before} to {best}; that figure flatters, for it was chosen for being low.",
    "answer_tune_start": "On {n} photos that took no part in the search it names {before:%} right (95% interval {low:%} to"
    " {high:%}).",
    "answer_tune_values": "Its values: {values}.",
    "answer_tune_use": "Use it: kenali train PHOTOS --recipe {file}.",
    "answer_tune_keep": "recipe.toml holds the best trial's values; keeping the recipe that you have is as well founded.",
    "answer_tune_stay": "Keep the recipe that you have; recipe.toml holds the values that looked best.",
    "answer_tune_edge": "The best learning rate lies near the end of the range that was searched: begin another search from"
    " recipe.toml.",
    # making
    "making_tune_photos": "{n} usable photos of {k} classes ({names}). The test part that the recipe sets apart took no part"
    " in anything here, so that kenali train can still test on it. A fifth of the training part, {confirm} photos, confirms.",
    "making_tune_trials": "{n} {n:trial|trials}: {finished} to their end, {stopped} stopped early, {astray} astray. The"
    " first is the recipe as it was. The others' values were chosen by a tree-structured Parzen estimator (Optuna), which"
    " learns from the trials before; how many ran side by side changes which values it tries.",
    "making_tune_once": "Each trial ran once, with the recipe's seed. Another seed would change the figures a little, and"
    " perhaps the order of the best.",
    "making_tune_over": "Searched: {names}.",
    "making_tune_reused": "{n} of the trials were finished in an earlier session and were not repeated.",
    "file_recipe": "the best trial as a recipe, for kenali train --recipe",
    "file_trials": "one row a trial",
}
