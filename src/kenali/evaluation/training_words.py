"""The sentences about training, in both languages: augmentation, curves, learning rates, and whether fine-tuning paid."""

from __future__ import annotations

ENGLISH = {
    "contest": "The quick model and the fine-tuned one",
    "contest_tuned": "Fine-tuning proved better, so this bundle holds the fine-tuned model.",
    "contest_frozen": "Fine-tuning did not prove better, so this bundle holds the quick model.",
    "contest_nothing-to-gain": "The quick model named nearly every held-out photo right, so nothing was left for fine-tuning"
    " to gain that these photos could show.",
    "contest_too-short": "The time budget was too short for fine-tuning: one round takes about {seconds} s. A larger"
    " --budget would allow it.",
    "contest_too-few": "There are too few photos to hold some out for a comparison, so the quick model was kept.",
    "contest_diverged": "Fine-tuning went astray (its loss ran away), so the quick model was kept.",
    "contest_gain": "On {n} photos that neither had learned from, fine-tuning changed the accuracy by {gain} points (95%"
    " interval {low} to {high}).",
    "contest_model": "Model",
    "contest_held_out": "Held-out accuracy",
    "contest_log_loss": "Held-out log-loss",
    "contest_test": "Test part",
    "contest_name_frozen": "Quick: a head on frozen features",
    "contest_name_tuned": "Fine-tuned: the whole network",
    "contest_how": "The fine-tuned model learned for {epochs} {epochs:epoch|epochs}; its weights stand {share:%0} of the way"
    " from the quick model's to where training ended. It is kept only with more right answers on the held-out photos, or as"
    " many and a lower log-loss (once each model's confidence is set right). The test part decided nothing.",
    "rates_title": "Learning rates for the recipe {title}",
    "rates_suggestion": "Train with a learning rate of about {rate}.",
    "rates_how": "The network was trained for a moment at ever higher rates. Too low a rate (left) changes nothing, too high a"
    " one (right) makes the loss rise. The suggestion is a tenth of the rate where the loss, marked, was lowest.",
    "axis_rate": "learning rate (logarithmic)",
    "curves_title": "{title}: training goes on",
    "curves_sofar": "{epoch} of {epochs} epochs are done.",
    "curves_last": "The last one: training loss {loss}, {share:%} right.",
    "curves_last_val": "Validation loss {loss}, {share:%} right.",
    "stage_fine-tune": "fine-tune",
    "augment_title": "{title}: what augmentation does to the photos",
    "augment_headline": "{dynamic} {dynamic:kind|kinds} of dynamic augmentation, {static} static {static:copy|copies} of"
    " each training photo",
    "augment_recipe": "The recipe “{recipe}”, shown on {n} of your own training {n:photo|photos}.",
    "augment_how": "Augmentation alters training photos in ways that should not change their class, so that the model does"
    " not learn single photos by heart. Look at every picture: would you still put it into the same class? If not, take"
    " that kind out of the recipe.",
    "augment_dynamic": "Dynamic: anew in each epoch",
    "augment_dynamic_how": "Whenever the network is shown a photo, each of these kinds is drawn anew from its range, and all"
    " are combined; nothing is stored. Here each kind stands alone, near the end of its range, to show the strongest effect.",
    "augment_static": "Static: copies made once",
    "augment_static_how": "Made once from each photo of the training part, before training: {n} {n:copy|copies} of each"
    " photo, each of a kind drawn by seed. Validation and test photos are never copied.",
    "augment_mixed": "Mixed photos",
    "augment_mixed_how": "Two photos of a batch become one, which belongs to both classes in the shares of the mixture. Here"
    " the shares are equal; in training they are drawn anew each time, and a small alpha mostly leaves one photo alone.",
    "augment_photo": "photo",
    "augment_shown": "here {value}",
    "augment_one_draw": "here one draw of many",
    "augmented_crop": "random crop, {high}% of the area or more",
    "augmented_rotation": "rotation ±{high}°",
    "augmented_shift": "shift ±{high}% of the side",
    "augmented_shear": "shear ±{high}°",
    "augmented_zoom": "zoom ±{high}%",
    "augmented_mirror": "mirrored left to right, half of the time",
    "augmented_upside_down": "upside down, half of the time",
    "augmented_brightness": "brightness ×{low} to ×{high}",
    "augmented_contrast": "contrast ×{low} to ×{high}",
    "augmented_saturation": "saturation ×{low} to ×{high}",
    "augmented_hue": "hue ±{high}% of the colour circle",
    "augmented_rand_augment": "RandAugment, {n} {n:operation|operations}",
    "augmented_erase": "a rectangle blotted out, {high}% of the time",
    "augmented_mixup": "mixup, alpha {high}",
    "augmented_cutmix": "cutmix, alpha {high}",
    "copied_mirror": "mirrored left to right",
    "copied_upside_down": "upside down",
    "copied_turn": "turned {value}°",
    "copied_rotation": "rotation {signed}°",
    "copied_shear": "shear {signed}°",
    "copied_brightness": "brightness ×{value}",
}

INDONESIAN = {
    "contest": "Model cepat dan model hasil penalaan",
    "contest_tuned": "Penalaan halus terbukti lebih baik, jadi bundle ini berisi model hasil penalaan.",
    "contest_frozen": "Penalaan halus tidak terbukti lebih baik, jadi bundle ini berisi model cepat.",
    "contest_nothing-to-gain": "Model cepat mengenali hampir semua foto yang disisihkan dengan benar, jadi tidak ada lagi yang"
    " dapat diraih penalaan halus dan dibuktikan dengan foto-foto ini.",
    "contest_too-short": "Anggaran waktu terlalu pendek untuk penalaan halus: satu putaran memerlukan sekitar {seconds} dtk."
    " --budget yang lebih besar akan memungkinkannya.",
    "contest_too-few": "Foto terlalu sedikit untuk disisihkan sebagai pembanding, jadi model cepat yang dipakai.",
    "contest_diverged": "Penalaan halus menyimpang (loss-nya tak terkendali), jadi model cepat yang dipakai.",
    "contest_gain": "Pada {n} foto yang tidak dipelajari keduanya, penalaan halus mengubah akurasi sebesar {gain} poin (selang"
    " 95% dari {low} sampai {high}).",
    "contest_model": "Model",
    "contest_held_out": "Akurasi pada foto tersisih",
    "contest_log_loss": "Log-loss pada foto tersisih",
    "contest_test": "Bagian uji",
    "contest_name_frozen": "Cepat: kepala di atas fitur beku",
    "contest_name_tuned": "Hasil penalaan: seluruh jaringan",
    "contest_how": "Model hasil penalaan belajar selama {epochs} {epochs:epoch|epoch}; bobotnya berada {share:%0} dari jalan"
    " antara bobot model cepat dan bobot di akhir pelatihan. Ia dipakai hanya bila jawaban benarnya lebih banyak pada foto"
    " tersisih, atau sama banyak dengan log-loss lebih rendah (setelah keyakinan tiap model disetel). Bagian uji tidak ikut"
    " memutuskan.",
    "rates_title": "Laju belajar untuk resep {title}",
    "rates_suggestion": "Latihlah dengan laju belajar sekitar {rate}.",
    "rates_how": "Jaringan dilatih sebentar dengan laju yang makin tinggi. Laju yang terlalu rendah (kiri) tidak mengubah apa"
    " pun, yang terlalu tinggi (kanan) membuat loss naik. Saran adalah sepersepuluh dari laju dengan loss terendah, yang"
    " ditandai.",
    "axis_rate": "laju belajar (logaritmis)",
    "curves_title": "{title}: pelatihan berlangsung",
    "curves_sofar": "{epoch} dari {epochs} epoch selesai.",
    "curves_last": "Epoch terakhir: loss latih {loss}, {share:%} benar.",
    "curves_last_val": "Loss validasi {loss}, {share:%} benar.",
    "stage_fine-tune": "penalaan halus",
    "augment_title": "{title}: pengaruh augmentasi pada foto",
    "augment_headline": "{dynamic} jenis augmentasi dinamis, {static} salinan statis dari tiap foto latih",
    "augment_recipe": "Resep “{recipe}”, ditunjukkan pada {n} foto latih Anda sendiri.",
    "augment_how": "Augmentasi mengubah foto latih dengan cara yang seharusnya tidak mengubah kelasnya, agar model tidak"
    " menghafal foto satu per satu. Perhatikan tiap gambar: apakah Anda tetap akan menaruhnya di kelas yang sama? Bila"
    " tidak, keluarkan jenis itu dari resep.",
    "augment_dynamic": "Dinamis: baru di tiap epoch",
    "augment_dynamic_how": "Setiap kali jaringan melihat sebuah foto, tiap jenis ini diundi lagi dari rentangnya dan semuanya"
    " digabungkan; tidak ada yang disimpan. Di sini tiap jenis berdiri sendiri, di dekat ujung rentangnya, agar pengaruh"
    " terkuatnya terlihat.",
    "augment_static": "Statis: salinan yang dibuat sekali",
    "augment_static_how": "Dibuat sekali dari tiap foto bagian latih, sebelum pelatihan: {n} salinan dari tiap foto,"
    " masing-masing dari jenis yang diundi menurut seed. Foto validasi dan foto uji tidak pernah disalin.",
    "augment_mixed": "Foto campuran",
    "augment_mixed_how": "Dua foto dalam satu batch menjadi satu, yang termasuk kedua kelas menurut bagian campurannya. Di"
    " sini bagiannya sama besar; dalam pelatihan bagian itu diundi lagi setiap kali, dan alpha yang kecil biasanya"
    " menyisakan satu foto saja.",
    "augment_photo": "foto",
    "augment_shown": "di sini {value}",
    "augment_one_draw": "di sini satu dari banyak kemungkinan",
    "augmented_crop": "potongan acak, paling sedikit {high}% luasnya",
    "augmented_rotation": "rotasi ±{high}°",
    "augmented_shift": "pergeseran ±{high}% dari sisinya",
    "augmented_shear": "kemiringan (shear) ±{high}°",
    "augmented_zoom": "zoom ±{high}%",
    "augmented_mirror": "dicerminkan kiri-kanan, separuh waktu",
    "augmented_upside_down": "terbalik atas-bawah, separuh waktu",
    "augmented_brightness": "kecerahan ×{low} sampai ×{high}",
    "augmented_contrast": "kontras ×{low} sampai ×{high}",
    "augmented_saturation": "saturasi ×{low} sampai ×{high}",
    "augmented_hue": "rona ±{high}% dari lingkaran warna",
    "augmented_rand_augment": "RandAugment, {n} operasi",
    "augmented_erase": "sebuah persegi panjang dihapus, {high}% dari waktu",
    "augmented_mixup": "mixup, alpha {high}",
    "augmented_cutmix": "cutmix, alpha {high}",
    "copied_mirror": "dicerminkan kiri-kanan",
    "copied_upside_down": "terbalik atas-bawah",
    "copied_turn": "diputar {value}°",
    "copied_rotation": "rotasi {signed}°",
    "copied_shear": "kemiringan {signed}°",
    "copied_brightness": "kecerahan ×{value}",
}
