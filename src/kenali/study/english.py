"""The sentences of the studies in English."""

from __future__ import annotations

ENGLISH = {
    # page
    "study_title": "{title}: {kind}",
    "kind_learning-rate": "study of learning rates",
    "kind_data-amount": "study of the amount of photos",
    "kind_robustness": "study of worse photos",
    "kind_networks": "study of networks",
    "kind_options": "study of tuned options",
    "kind_augmentation": "study of augmentation",
    "part_answer": "The answer",
    "part_plots": "Plots",
    "part_table": "Table",
    "part_making": "How it was done",
    "question_learning-rate": "The learning rate says how far the network's weights move at each step. Too low, and it hardly"
    " learns; too high, and it unlearns or goes astray altogether.",
    "question_data-amount": "How much better does the model get with more photos, and would still more be worth the effort?",
    "question_robustness": "The model learned from your photos as they are. How does it fare on test photos that were made"
    " worse, as other cameras, bad light or messengers make them?",
    "question_networks": "Does a larger network recognise more, and what does it cost in time and size?",
    "question_options": "What do the tuned options bring? Each is switched off alone, then all together.",
    "question_augmentation": "Augmentation alters the photos that the network learns from: anew each time (dynamic), or by"
    " copies made once (static). Does it help?",
    # rows
    "label_rate": "{value}",
    "label_amount": "{value} of each class",
    "label_amount_all": "all, {value} of each class",
    "label_as-is": "as they are",
    "label_grey": "in grey",
    "label_blur": "blurred, {value}% of the short side",
    "label_noise": "noise of {value}%",
    "label_jpeg": "JPEG of quality {value}",
    "label_brightness": "brightness ×{value}",
    "label_rotation": "turned by {value}°",
    "label_tuned": "all options as in the recipe",
    "label_untuned": "none of them",
    "label_no-balance": "classes not balanced",
    "label_no-views": "no further views of each photo",
    "label_fixed-strength": "strength of the head not chosen",
    "label_no-smoothing": "no label smoothing",
    "label_no-augmentation": "no augmentation",
    "label_no-average": "no averaged weights",
    "label_learning-norms": "batch norms learn too",
    "label_plain-optimiser": "plain optimiser, constant rate",
    "label_none": "none",
    "label_dynamic": "dynamic",
    "label_static": "static",
    "label_both": "both",
    "degraded_grey": "Grey",
    "degraded_blur": "Blur, radius in % of the short side",
    "degraded_noise": "Noise, % of full scale",
    "degraded_jpeg": "JPEG, quality",
    "degraded_brightness": "Brightness, factor",
    "degraded_rotation": "Rotation, degrees",
    # table
    "column_learning-rate": "Learning rate",
    "column_data-amount": "Photos to learn from",
    "column_robustness": "Test photos",
    "column_networks": "Network",
    "column_options": "Options",
    "column_augmentation": "Augmentation",
    "column_accuracy": "Right",
    "column_seeds": "95% over draws",
    "column_pooled": "95% over photos",
    "column_gain": "Points against “{name}”",
    "column_balanced": "Mean of classes",
    "column_diverged": "Went astray",
    "column_loss": "Last training loss",
    "column_learned": "Photos learned from",
    "column_parameters": "Parameters",
    "column_step": "ms a step",
    "column_photo": "ms a photo",
    "column_size": "Model, MB",
    "column_time": "Seconds to learn",
    "column_more": "With",
    "column_expected": "Right, expected",
    "column_range": "95% range",
    "diverged_of": "{n} of {of}",
    "range": "{low}–{high}",
    "range_signed": "{low} to {high}",
    "nothing": "–",
    "more_photos": "{factor} times the photos ({n} of each class)",
    "table_caption": "{kind}, {title}: mean of {seeds} {seeds:draw|draws}",
    "table_right": "“Right” is the share of test photos named correctly, the mean over {seeds} {seeds:draw|draws} of the test"
    " part and of training.",
    "table_seeds": "“95% over draws” is Student's t-interval over the draws: where the mean over ever more draws from these"
    " same photos would lie. A few draws can agree by luck, and the interval is then too narrow.",
    "table_pooled": "“95% over photos” is Wilson's interval for the {n} different photos that were tested, each counted once:"
    " what to expect of new photos of this kind. Believe the wider of the two.",
    "table_gain": "“Points against” is the difference in percentage points, draw by draw on the same test photos, with the"
    " wider of two 95% intervals (over draws, over photos). Where it includes 0, the difference may be chance. In bold: it"
    " does not.",
    "table_gain_best": "The comparison is with the best of all, which luck has helped a little: the best of several always"
    " looks somewhat better than it is.",
    "table_balanced": "“Mean of classes” counts each class alike, however many photos it has.",
    "table_diverged": "“Went astray”: the loss became no number, or a hundred times that of guessing, and training ended.",
    "table_timed": "“ms a photo” is one thread naming one photo whose pixels are ready, without decoding, the fastest of 25;"
    " “ms a step” is one training step of one batch, on average. Both hold for the machine that took them, as busy as it was."
    " The networks that ship with Kenali train only a head in about a second, so they have no steps.",
    "table_forecast": "The law error = a · photos^-b + c was fitted to the means. The range comes from drawing seeds and test"
    " photos anew a thousand times; it assumes that the new photos are like the old ones and that the law goes on.",
    # plots
    "plot_accuracy": "Right answers",
    "plot_accuracy_how": "Dots: single draws. Diamond and bar: mean and 95% interval over draws.",
    "plot_rate": "Learning rate",
    "plot_loss": "Training loss",
    "plot_epoch": "Epoch",
    "plot_loss_how": "The training loss of each epoch, the mean over the draws that had got that far. A flat line learned"
    " nothing; one that leaps is unsteady or went astray.",
    "plot_amount": "Training photos of each class",
    "plot_amount_how": "Dots: single draws. Line: the law fitted to the means, dashed where it is a forecast; band: its 95%"
    " range.",
    "plot_amount_plain_how": "Dots: single draws. Diamonds and bars: means and 95% intervals over draws.",
    "plot_robustness_how": "One panel for each way of making photos worse. Dashed: photos as they are. Bars: 95% intervals"
    " over draws.",
    "plot_parameters": "Parameters, millions",
    "plot_ms": "ms a photo",
    "plot_networks_how": "Accuracy against the number of parameters (left) and the time to name one photo (right), both on"
    " logarithmic axes. Better is higher and further left.",
    "plot_gain": "Points against “{name}”",
    "plot_gain_how": "The difference from the baseline, with its 95% interval. An interval across the dashed line may be"
    " chance.",
    "plot_astray": "astray",
    # answers
    "answer_rate": "A learning rate of {rate} serves best here: {accuracy:%} right",
    "answer_rate_none": "Every learning rate tried went astray",
    "answer_rate_none_how": "Try lower ones: --rates 0.0001,0.00001.",
    "answer_rate_astray": "{rate} is too high: training went astray in {n} of {of} {of:draw|draws}.",
    "answer_rate_unsteady": "{rate} is too high to be steady: the training loss jumped far above where it began. Only because"
    " the epoch with the lowest validation loss is kept may the result look fair.",
    "answer_rate_all_slow": "Even {rate} is slow: in {epochs} {epochs:epoch|epochs} the training loss fell by only {share:%0}."
    " More epochs, a rate between those tried or another network may do better.",
    "answer_rate_stuck": "{rate} is too high: in {epochs} {epochs:epoch|epochs} the training loss wavered and fell by"
    " {share:%0} at best, so the network learned next to nothing.",
    "answer_rate_slow": "{rate} is too low for {epochs} {epochs:epoch|epochs}: the training loss fell by only {share:%0}, so"
    " the network learned next to nothing.",
    "answer_rate_behind": "{rate} is clearly behind the best, by {points} points (95% interval {low} to {high}).",
    "answer_rate_close": "{rate} cannot be told from the best on these photos.",
    "answer_amount": "{accuracy:%} right with all {n} training photos of each class",
    "answer_amount_few": "With {n} of each class it is {accuracy:%}.",
    "answer_amount_double": "Twice as many photos, {n} of each class, would bring it to about {accuracy:%} (95% range {low:%}"
    " to {high:%}).",
    "answer_amount_worth": "More photos of the same kind are very likely to help.",
    "answer_amount_little": "More photos of the same kind would bring little: less than one point for twice as many, as"
    " far as these photos can tell. Other kinds of photos, or better ones, may help more.",
    "answer_amount_unclear": "Whether more photos would help noticeably, these photos cannot say; a larger test part or more"
    " seeds would narrow the range.",
    "answer_amount_short": "There are too few amounts for a forecast; it takes three.",
    "answer_robust": "From {accuracy:%} right on photos as they are to {worst:%} on the hardest: {name}",
    "answer_robust_costly": "Clearly worse: {names}.",
    "answer_robust_perhaps": "Perhaps worse, but too few photos to be sure: {names}.",
    "answer_robust_safe": "Little or no loss: {names}.",
    "answer_robust_advice": "Where your own photos may come out like this, add such photos to the training part, or train a"
    " network with augmentation that imitates them (docs: augment).",
    "answer_network": "{name} recognises most here: {accuracy:%} right",
    "answer_network_lean": "{name} is not clearly behind it, with {share:%0} of its parameters and {time:%0} of its time a"
    " photo.",
    "answer_network_alone": "No smaller network comes close enough to be called as good on these photos.",
    "answer_network_behind": "Clearly behind: {names}.",
    "answer_network_astray": "{name} went astray in {n} of {of} {of:draw|draws}.",
    "answer_options": "The tuned options together bring {points} points",
    "answer_options_none": "The tuned options bring nothing that these photos could show",
    "answer_options_how": "The 95% interval goes from {low} to {high}: with all of them {accuracy:%} right, without any"
    " {plain:%}.",
    "answer_options_helps": "Helps clearly: switching it off costs {points} points ({name}).",
    "answer_options_hurts": "Hurts here: switching it off gains {points} points ({name}).",
    "answer_options_unclear": "Makes no difference that these photos could show: {names}.",
    "answer_augmentation": "Best here: {name}, {accuracy:%} right",
    "answer_augmentation_none": "No augmentation clearly helps here: {plain:%} right without, at best {accuracy:%} ({name})",
    "answer_augmentation_plain": "Without augmentation it is {accuracy:%}.",
    "answer_augmentation_helps": "“{name}” helps: {points} points (95% interval {low} to {high}).",
    "answer_augmentation_hurts": "“{name}” does harm here: {points} points (95% interval {low} to {high}). Look at what it"
    " does to your photos: kenali augment PHOTOS --sheet sheet.html.",
    "answer_augmentation_unclear": "Not told from no augmentation on these photos: {names}.",
    "answer_astray": "Every draw of this setting went astray: {names}.",
    # making
    "making_photos": "{n} usable photos of {k} classes ({names}). In each draw about {test} of them were the test part, the"
    " same for all settings of that draw.",
    "making_seeds": "{cells} runs: {settings} settings, each with {seeds} {seeds:seed|seeds} ({list}). The seed draws the"
    " division into training and test part and everything random in training.",
    "making_one_seed": "With one seed nothing can be said about how much the draw matters. Use --seeds 3 or more.",
    "making_recipe": "Recipe: {name}.",
    "making_reduced": "Test photos were reduced to a short side of {side} pixels at most and then made worse; training photos"
    " stayed as they are. Corners that a turn uncovers are black.",
    "making_timed": "Networks of the studies begin at random; the EfficientNet-Lite networks come pretrained and frozen.",
    "making_equal-pictures": "Settings with static copies train fewer epochs, so that every setting learns from about the same"
    " number of pictures.",
    "making_left_out": "Left out, because their weights are not installed: {names}.",
    "making_same_kind": "All photos come from one collection. On photos from elsewhere everything may be worse, and a shortcut"
    " that gives the class away would make every figure look good: look at kenali check first.",
    "making_reused": "{n} of the runs were finished in an earlier session and were not repeated.",
    "making_files": "Files beside this page",
    "file_csv": "one row a run",
    "file_markdown": "the table for a README",
    "file_latex": "the table for a paper (needs the packages booktabs and graphicx)",
    "file_json": "everything on this page, for programs",
    "file_plot": "plot",
    "changed_photos": "The photos have changed since the last run, so the study begins anew.",
    "changed_recipe": "The recipe has changed since the last run, so the study begins anew.",
}
