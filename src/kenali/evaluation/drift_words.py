"""The sentences about drift, in both languages."""

from __future__ import annotations

ENGLISH = {
    "drift_title": "{title}: have the photos changed?",
    "section_drift": "Measure by measure",
    "section_mix": "The mix of classes",
    "section_strangest": "The photos least like its own",
    "drift_none": "No change found in {n} new {n:photo|photos}",
    "drift_photos": "The photos look different, the answers are as before",
    "drift_answers": "These are photos that it knows less well",
    "drift_compared_held-out": "{n} new photos were compared with {m} of the bundle's own, which it had not learned from"
    " when it answered them.",
    "drift_compared_test": "{n} new photos were compared with {m} of the bundle's test photos.",
    "drift_compared_photos": "{n} new photos were compared with the {m} photos that you named.",
    "drift_compared_observed": "{n} new photos were compared with {m} that were answered earlier.",
    "drift_sampled": "They are an even choice of {total}.",
    "drift_left_learned": "{n} {n:photo|photos} that the bundle learned from {n:was|were} left out.",
    "drift_left_alike": "{n} {n:copy or look-alike|copies and look-alikes} {n:was|were} left out, so that each scene counts"
    " once.",
    "drift_left_unreadable": "{n} {n:file|files} could not be read as photos.",
    "drift_left_others": "{n} {n:answer|answers} of another model or version {n:was|were} left out.",
    "drift_rate": "Photos of the same kind are called changed in {rate:%0} of such checks. Of the answers only a change for"
    " the worse counts.",
    "drift_reach": "A small change may still be there: with so many photos, this check notices shifts from about {reach:%0}"
    " of the photos on.",
    "drift_partly": "This bundle was made by an older version, so only its answers can be compared, not the look of the"
    " photos. Train it again, or name older photos with --reference.",
    "drift_expected": "By its own confidence it would be right on {now:%0} of these photos, and on {then:%0} of those it was"
    " judged on. That is what it believes, not what was measured: photos of another kind can deceive it.",
    "drift_advice_none": "You can go on relying on the report's figures, as far as these photos can tell.",
    "drift_advice_photos": "Look at what changed in how they are taken or sent: light, camera, distance, or a program that"
    " resizes them. The accuracy was measured on the earlier kind.",
    "drift_advice_answers": "Do not count on the report's accuracy for these photos. Have someone name a hundred of them:"
    " kenali evaluate then measures how often it is right, and training with them added teaches it the new kind.",
    "drift_unknown_up": "It calls {now:%} unknown; it was {then:%}.",
    "drift_confidence_down": "It is less sure: the middle answer has a confidence of {now:%}; it was {then:%}.",
    "drift_novelty_up": "They are less like the photos it learned from: middle novelty {now}, it was {then}.",
    "drift_brightness_up": "They are brighter: {now:%0} of white in the middle, it was {then:%0}.",
    "drift_brightness_down": "They are darker: {now:%0} of white in the middle, it was {then:%0}.",
    "drift_contrast_up": "They have more contrast: {now}, it was {then}.",
    "drift_contrast_down": "They have less contrast: {now}, it was {then}.",
    "drift_sharpness_up": "They are sharper or noisier: {now}, it was {then}.",
    "drift_sharpness_down": "They are more blurred: sharpness {now}, it was {then}.",
    "drift_colour_up": "They are more colourful: {now}, it was {then}.",
    "drift_colour_down": "They are paler or grey: colour {now}, it was {then}.",
    "drift_warmth_up": "Their colours are warmer, towards red: {now}, it was {then}.",
    "drift_warmth_down": "Their colours are cooler, towards blue: {now}, it was {then}.",
    "drift_size_up": "They are larger: {now} pixels a side in the middle, it was {then}.",
    "drift_size_down": "They are smaller: {now} pixels a side in the middle, it was {then}.",
    "drift_shape_up": "They are wider: width over height {now}, it was {then}.",
    "drift_shape_down": "They are taller: width over height {now}, it was {then}.",
    "drift_format_else": "The files are of other formats: {listed}.",
    "drift_else": "{name}: about the same in the middle, but spread differently.",
    "drift_kind_share": "{name} {now:%0} (it was {then:%0})",
    "drift_mix_changed": "The classes come in other shares than among its own photos: {listed}. That alone is no fault: all"
    " other measures compare each class with itself. But the accuracy in the report was measured with the old shares.",
    "drift_mix_same": "No change in the shares of the classes can be shown.",
    "measure_unknown": "Called unknown",
    "measure_confidence": "Confidence",
    "measure_novelty": "Novelty",
    "measure_brightness": "Brightness",
    "measure_contrast": "Contrast",
    "measure_sharpness": "Sharpness",
    "measure_colour": "Colour",
    "measure_warmth": "Warmth",
    "measure_size": "Size in pixels",
    "measure_shape": "Width over height",
    "measure_format": "File format",
    "drift_kind_known": "named",
    "drift_kind_unknown": "unknown",
    "drift_then": "then",
    "drift_now": "now",
    "drift_distance": "Gap",
    "drift_chance": "by chance up to",
    "drift_how": "The grey bar is then, the coloured one now: from the lowest to the highest twentieth of the photos, thick"
    " for the middle half, a mark in the middle. The gap is the largest difference, over all values, in the share of photos"
    " below that value; chance alone stays below the figure beside it in {rate:%0} of checks, all measures together. Marked"
    " rows have changed.",
    "drift_strip": "{name}: then {then_low} to {then_high}, middle {then}; now {now_low} to {now_high}, middle {now}",
    "drift_strangest_how": "The new photos with the highest novelty: those that least resemble what it learned from.",
    "drift_strange": "novelty {novelty}, nearest {name}",
}

INDONESIAN = {
    "drift_title": "{title}: apakah fotonya berubah?",
    "section_drift": "Ukuran demi ukuran",
    "section_mix": "Susunan kelas",
    "section_strangest": "Foto yang paling tidak mirip fotonya sendiri",
    "drift_none": "Tidak ditemukan perubahan pada {n} {n:foto|foto} baru",
    "drift_photos": "Fotonya tampak berbeda, jawabannya tetap seperti dulu",
    "drift_answers": "Ini foto-foto yang kurang dikenalnya",
    "drift_compared_held-out": "{n} foto baru dibandingkan dengan {m} foto milik bundel sendiri, yang belum dipelajarinya"
    " ketika dijawab.",
    "drift_compared_test": "{n} foto baru dibandingkan dengan {m} foto uji milik bundel.",
    "drift_compared_photos": "{n} foto baru dibandingkan dengan {m} foto yang Anda sebutkan.",
    "drift_compared_observed": "{n} foto baru dibandingkan dengan {m} foto yang dijawab sebelumnya.",
    "drift_sampled": "Foto-foto itu pilihan merata dari {total}.",
    "drift_left_learned": "{n} {n:foto|foto} yang sudah dipelajari bundel {n:tidak dihitung|tidak dihitung}.",
    "drift_left_alike": "{n} {n:salinan atau foto serupa|salinan dan foto serupa} {n:tidak dihitung|tidak dihitung}, supaya"
    " setiap pemandangan dihitung sekali.",
    "drift_left_unreadable": "{n} {n:berkas|berkas} tidak dapat dibaca sebagai foto.",
    "drift_left_others": "{n} {n:jawaban|jawaban} dari model atau versi lain {n:tidak dihitung|tidak dihitung}.",
    "drift_rate": "Foto sejenis dinyatakan berubah pada {rate:%0} dari pemeriksaan seperti ini. Dari jawaban, hanya"
    " perubahan yang memburuk yang dihitung.",
    "drift_reach": "Perubahan kecil mungkin tetap ada: dengan foto sebanyak ini, pemeriksaan ini baru melihat pergeseran"
    " mulai sekitar {reach:%0} dari foto.",
    "drift_partly": "Bundel ini dibuat oleh versi lama, jadi hanya jawabannya yang dapat dibandingkan, bukan rupa fotonya."
    " Latih lagi, atau sebutkan foto lama dengan --reference.",
    "drift_expected": "Menurut keyakinannya sendiri ia akan benar pada {now:%0} dari foto ini, dan pada {then:%0} dari foto"
    " yang dulu dipakai menilainya. Itu yang ia percayai, bukan yang diukur: foto jenis lain dapat memperdayanya.",
    "drift_advice_none": "Angka dalam laporan tetap dapat dipegang, sejauh yang dapat dikatakan foto-foto ini.",
    "drift_advice_photos": "Periksa apa yang berubah saat foto diambil atau dikirim: cahaya, kamera, jarak, atau program"
    " yang mengubah ukurannya. Ketepatannya diukur pada jenis foto yang dulu.",
    "drift_advice_answers": "Jangan berpegang pada ketepatan dalam laporan untuk foto-foto ini. Mintalah seseorang menamai"
    " seratus foto: kenali evaluate lalu mengukur seberapa sering ia benar, dan melatihnya dengan tambahan foto itu"
    " mengajarkan jenis yang baru.",
    "drift_unknown_up": "Ia menyebut {now:%} tidak dikenal; dulu {then:%}.",
    "drift_confidence_down": "Ia kurang yakin: keyakinan jawaban yang di tengah {now:%}; dulu {then:%}.",
    "drift_novelty_up": "Fotonya kurang mirip dengan yang dipelajarinya: kebaruan tengah {now}, dulu {then}.",
    "drift_brightness_up": "Fotonya lebih terang: di tengah {now:%0} dari putih, dulu {then:%0}.",
    "drift_brightness_down": "Fotonya lebih gelap: di tengah {now:%0} dari putih, dulu {then:%0}.",
    "drift_contrast_up": "Kontrasnya lebih tinggi: {now}, dulu {then}.",
    "drift_contrast_down": "Kontrasnya lebih rendah: {now}, dulu {then}.",
    "drift_sharpness_up": "Fotonya lebih tajam atau lebih berderau: {now}, dulu {then}.",
    "drift_sharpness_down": "Fotonya lebih kabur: ketajaman {now}, dulu {then}.",
    "drift_colour_up": "Warnanya lebih kuat: {now}, dulu {then}.",
    "drift_colour_down": "Warnanya lebih pucat atau abu-abu: {now}, dulu {then}.",
    "drift_warmth_up": "Warnanya lebih hangat, ke arah merah: {now}, dulu {then}.",
    "drift_warmth_down": "Warnanya lebih dingin, ke arah biru: {now}, dulu {then}.",
    "drift_size_up": "Fotonya lebih besar: sisi tengahnya {now} piksel, dulu {then}.",
    "drift_size_down": "Fotonya lebih kecil: sisi tengahnya {now} piksel, dulu {then}.",
    "drift_shape_up": "Fotonya lebih lebar: lebar dibagi tinggi {now}, dulu {then}.",
    "drift_shape_down": "Fotonya lebih tinggi: lebar dibagi tinggi {now}, dulu {then}.",
    "drift_format_else": "Format berkasnya lain: {listed}.",
    "drift_else": "{name}: di tengah kira-kira sama, tetapi sebarannya lain.",
    "drift_kind_share": "{name} {now:%0} (dulu {then:%0})",
    "drift_mix_changed": "Bagian tiap kelas berbeda dari foto miliknya sendiri: {listed}. Itu saja bukan kesalahan: semua"
    " ukuran lain membandingkan setiap kelas dengan kelas itu sendiri. Tetapi ketepatan dalam laporan diukur dengan bagian"
    " yang lama.",
    "drift_mix_same": "Tidak terlihat perubahan pada bagian tiap kelas.",
    "measure_unknown": "Disebut tidak dikenal",
    "measure_confidence": "Keyakinan",
    "measure_novelty": "Kebaruan",
    "measure_brightness": "Kecerahan",
    "measure_contrast": "Kontras",
    "measure_sharpness": "Ketajaman",
    "measure_colour": "Warna",
    "measure_warmth": "Kehangatan",
    "measure_size": "Ukuran dalam piksel",
    "measure_shape": "Lebar dibagi tinggi",
    "measure_format": "Format berkas",
    "drift_kind_known": "dinamai",
    "drift_kind_unknown": "tidak dikenal",
    "drift_then": "dulu",
    "drift_now": "kini",
    "drift_distance": "Jarak",
    "drift_chance": "secara kebetulan sampai",
    "drift_how": "Batang abu-abu adalah dulu, yang berwarna kini: dari seperdua puluh terendah sampai seperdua puluh"
    " tertinggi, tebal untuk separuh di tengah, bertanda di titik tengahnya. Jarak adalah selisih terbesar, untuk semua"
    " nilai, dari bagian foto di bawah nilai itu; secara kebetulan saja ia tetap di bawah angka di sebelahnya pada {rate:%0}"
    " dari pemeriksaan, semua ukuran bersama. Baris bertanda telah berubah.",
    "drift_strip": "{name}: dulu {then_low} sampai {then_high}, tengah {then}; kini {now_low} sampai {now_high}, tengah {now}",
    "drift_strangest_how": "Foto baru dengan kebaruan tertinggi: yang paling tidak mirip dengan yang dipelajarinya.",
    "drift_strange": "kebaruan {novelty}, terdekat {name}",
}
