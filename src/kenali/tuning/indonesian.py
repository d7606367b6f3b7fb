"""The sentences of a search in Indonesian."""

from __future__ import annotations

INDONESIAN = {
    "kind_tune": "resep yang lebih baik",
    "question_tune": "Nilai resep mana yang paling cocok untuk foto-foto ini? Setiap percobaan belajar dengan nilai lain"
    " dari satu bagian foto dan dipilih menurut bagian lain; bagian ketiga, yang belum dilihat percobaan mana pun,"
    " menunjukkan apakah pilihan itu ada gunanya.",
    # values
    "dimension_learning_rate": "Laju belajar",
    "dimension_weight_decay": "Peluruhan bobot",
    "dimension_augmentation": "Augmentasi",
    "dimension_backbone": "Backbone",
    "dimension_strength": "Kekuatan kepala",
    "value_augmentation_own": "milik resep",
    "value_augmentation_none": "tanpa",
    "value_augmentation_light": "ringan",
    "value_augmentation_strong": "kuat",
    "value_strength_own": "oleh validasi silang",
    # table
    "tune_caption": "{title}: {n} percobaan, yang terbaik lebih dulu",
    "column_trial": "Percobaan",
    "column_epochs": "Epoch",
    "column_held_out": "Loss foto yang disisihkan",
    "column_chosen": "Benar, foto pemilih",
    "column_confirmed": "Benar, foto penegas",
    "trial_best": "terbaik",
    "trial_start": "resep semula",
    "trial_best_start": "resep semula, dan terbaik",
    "trial_stopped": "dihentikan lebih awal",
    "trial_astray": "tersesat",
    "tune_note_loss": "“Loss foto yang disisihkan” adalah rerata log-loss pada foto yang tidak dipelajari percobaan itu, dan"
    " menurut angka inilah yang terbaik dipilih: makin rendah makin baik. Untuk jaringan, angka ini berasal dari epoch"
    " terbaiknya pada foto validasi; untuk jalur cepat, dari validasi silang.",
    "tune_note_confirm": "“Foto penegas” ada {n}, seperlima dari bagian pelatihan: tidak ada percobaan yang belajar darinya"
    " atau dipilih menurutnya. Hanya yang terbaik dan resep semula yang dinilai dengannya, agar keberuntungan tidak ikut"
    " memilih di sana. Intervalnya interval Wilson, 95%.",
    "tune_note_stopped": "“Dihentikan lebih awal”: setelah beberapa epoch percobaan ini tertinggal dari yang lain dan"
    " diakhiri, agar waktunya dipakai untuk yang lebih baik (successive halving). “Tersesat”: loss-nya menjadi bukan angka.",
    "tune_more": "… dan {n} percobaan lagi, semuanya ada di trials.csv.",
    # plots
    "plot_trials": "Percobaan, menurut urutan selesainya",
    "plot_held_out": "Loss foto yang disisihkan",
    "plot_best_so_far": "terbaik sejauh ini",
    "plot_finished": "selesai",
    "plot_stopped": "dihentikan lebih awal",
    "plot_start": "resep semula",
    "plot_search_how": "Setiap titik adalah satu percobaan; makin rendah makin baik. Garis menunjukkan yang terbaik sejauh"
    " itu, belah ketupat resep semula. Titik berongga dihentikan lebih awal. Loss di atas ujung atas digambar tepat di sana.",
    "plot_values_how": "Percobaan yang sama menurut nilainya, satu panel untuk setiap pilihan. Jika titik-titik tidak"
    " membentuk lembah, pilihan itu kurang berpengaruh di sini, atau percobaannya terlalu sedikit untuk melihatnya.",
    # answers
    "answer_tune_better": "Resep yang lebih baik ditemukan: jawaban benar bertambah {points} poin",
    "answer_tune_worse": "Nilai yang tampak terbaik ternyata lebih buruk pada foto yang tidak ikut memilih: {points} poin",
    "answer_tune_unclear": "Tidak ditemukan resep yang jelas lebih baik daripada resep Anda",
    "answer_tune_none": "Resep semula adalah yang terbaik dari {n} percobaan",
    "answer_tune_confirmed": "Pada {n} foto yang tidak ikut dalam pencarian, percobaan terbaik menamai {best:%} dengan"
    " benar, resep semula {before:%}: {points} poin, dengan interval 95% dari {low} sampai {high}.",
    "answer_tune_includes": "Interval itu mencakup 0, jadi perbedaannya mungkin kebetulan. Loss foto yang disisihkan, dasar"
    " pemilihan yang terbaik, turun dari {before} ke {best}; angka itu terlalu indah, karena dipilih justru sebab rendah.",
    "answer_tune_start": "Pada {n} foto yang tidak ikut dalam pencarian, resep itu menamai {before:%} dengan benar (interval"
    " 95% {low:%} sampai {high:%}).",
    "answer_tune_values": "Nilainya: {values}.",
    "answer_tune_use": "Cara memakainya: kenali train PHOTOS --recipe {file}.",
    "answer_tune_keep": "recipe.toml memuat nilai percobaan terbaik; tetap memakai resep Anda sama kuat alasannya.",
    "answer_tune_stay": "Tetaplah memakai resep Anda; recipe.toml memuat nilai yang tampak terbaik.",
    "answer_tune_edge": "Laju belajar terbaik berada dekat ujung rentang yang dicari: mulailah pencarian lain dari"
    " recipe.toml.",
    # making
    "making_tune_photos": "{n} foto yang dapat dipakai dari {k} kelas ({names}). Bagian uji yang disisihkan resep tidak ikut"
    " dalam apa pun di sini, sehingga kenali train masih dapat menguji dengannya. Seperlima bagian pelatihan, {confirm}"
    " foto, menjadi penegas.",
    "making_tune_trials": "{n} percobaan: {finished} sampai selesai, {stopped} dihentikan lebih awal, {astray} tersesat."
    " Yang pertama adalah resep semula. Nilai percobaan lain dipilih oleh tree-structured Parzen estimator (Optuna), yang"
    " belajar dari percobaan sebelumnya; berapa yang berjalan bersamaan mengubah nilai mana yang dicobanya.",
    "making_tune_once": "Setiap percobaan berjalan sekali, dengan seed resep. Seed lain akan sedikit mengubah angkanya, dan"
    " mungkin juga urutan yang terbaik.",
    "making_tune_over": "Yang dicari: {names}.",
    "making_tune_reused": "{n} percobaan sudah selesai pada sesi sebelumnya dan tidak diulang.",
    "file_recipe": "percobaan terbaik sebagai resep, untuk kenali train --recipe",
    "file_trials": "satu baris untuk setiap percobaan",
}
