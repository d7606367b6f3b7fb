"""The sentences of the studies in Indonesian."""

from __future__ import annotations

INDONESIAN = {
    # page
    "study_title": "{title}: {kind}",
    "kind_learning-rate": "studi laju belajar",
    "kind_data-amount": "studi jumlah foto",
    "kind_robustness": "studi foto yang memburuk",
    "kind_networks": "studi jaringan",
    "kind_options": "studi opsi yang ditala",
    "kind_augmentation": "studi augmentasi",
    "part_answer": "Jawabannya",
    "part_plots": "Grafik",
    "part_table": "Tabel",
    "part_making": "Cara pembuatannya",
    "question_learning-rate": "Laju belajar menentukan sejauh mana bobot jaringan bergeser di tiap langkah. Terlalu rendah,"
    " jaringan hampir tidak belajar; terlalu tinggi, jaringan melupakan lagi atau tersesat sama sekali.",
    "question_data-amount": "Seberapa jauh model membaik dengan lebih banyak foto, dan apakah foto tambahan sepadan dengan"
    " usahanya?",
    "question_robustness": "Model belajar dari foto Anda sebagaimana adanya. Bagaimana hasilnya pada foto uji yang diperburuk,"
    " seperti oleh kamera lain, cahaya buruk, atau aplikasi pesan?",
    "question_networks": "Apakah jaringan yang lebih besar mengenali lebih banyak, dan berapa biayanya dalam waktu dan ukuran?",
    "question_options": "Apa manfaat opsi yang ditala? Masing-masing dimatikan sendiri, lalu semuanya sekaligus.",
    "question_augmentation": "Augmentasi mengubah foto yang dipelajari jaringan: baru setiap kali (dinamis), atau lewat salinan"
    " yang dibuat sekali (statis). Apakah itu membantu?",
    # rows
    "label_rate": "{value}",
    "label_amount": "{value} dari tiap kelas",
    "label_amount_all": "semua, {value} dari tiap kelas",
    "label_as-is": "apa adanya",
    "label_grey": "dalam abu-abu",
    "label_blur": "dikaburkan, {value}% sisi pendek",
    "label_noise": "derau {value}%",
    "label_jpeg": "JPEG mutu {value}",
    "label_brightness": "kecerahan ×{value}",
    "label_rotation": "diputar {value}°",
    "label_tuned": "semua opsi seperti di resep",
    "label_untuned": "tanpa semuanya",
    "label_no-balance": "kelas tidak diseimbangkan",
    "label_no-views": "tanpa tampilan lain dari tiap foto",
    "label_fixed-strength": "kekuatan kepala tidak dipilih",
    "label_no-smoothing": "tanpa pelunakan label",
    "label_no-augmentation": "tanpa augmentasi",
    "label_no-average": "tanpa rerata bobot",
    "label_learning-norms": "batch norm ikut belajar",
    "label_plain-optimiser": "pengoptimal polos, laju tetap",
    "label_none": "tanpa",
    "label_dynamic": "dinamis",
    "label_static": "statis",
    "label_both": "keduanya",
    "degraded_grey": "Abu-abu",
    "degraded_blur": "Kabur, radius dalam % sisi pendek",
    "degraded_noise": "Derau, % skala penuh",
    "degraded_jpeg": "JPEG, mutu",
    "degraded_brightness": "Kecerahan, faktor",
    "degraded_rotation": "Rotasi, derajat",
    # table
    "column_learning-rate": "Laju belajar",
    "column_data-amount": "Foto untuk belajar",
    "column_robustness": "Foto uji",
    "column_networks": "Jaringan",
    "column_options": "Opsi",
    "column_augmentation": "Augmentasi",
    "column_accuracy": "Benar",
    "column_seeds": "95% antar-undian",
    "column_pooled": "95% antar-foto",
    "column_gain": "Poin terhadap “{name}”",
    "column_balanced": "Rerata kelas",
    "column_diverged": "Tersesat",
    "column_loss": "Loss latih terakhir",
    "column_learned": "Foto dipelajari",
    "column_parameters": "Parameter",
    "column_step": "md per langkah",
    "column_photo": "md per foto",
    "column_size": "Model, MB",
    "column_time": "Detik untuk belajar",
    "column_more": "Dengan",
    "column_expected": "Benar, perkiraan",
    "column_range": "Rentang 95%",
    "diverged_of": "{n} dari {of}",
    "range": "{low}–{high}",
    "range_signed": "{low} sampai {high}",
    "nothing": "–",
    "more_photos": "{factor} kali jumlah foto ({n} dari tiap kelas)",
    "table_caption": "{kind}, {title}: rerata {seeds} undian",
    "table_right": "“Benar” adalah bagian foto uji yang dinamai dengan tepat, rerata atas {seeds} undian bagian uji dan"
    " pelatihan.",
    "table_seeds": "“95% antar-undian” adalah selang t Student atas undian: tempat rerata dari makin banyak undian atas foto"
    " yang sama ini. Beberapa undian bisa kebetulan sepakat, dan selangnya lalu terlalu sempit.",
    "table_pooled": "“95% antar-foto” adalah selang Wilson untuk {n} foto berbeda yang diuji, masing-masing dihitung sekali:"
    " apa yang dapat diharapkan dari foto baru sejenis ini. Percayailah selang yang lebih lebar.",
    "table_gain": "“Poin terhadap” adalah selisih dalam poin persen, undian demi undian pada foto uji yang sama, dengan yang"
    " lebih lebar dari dua selang 95% (antar-undian, antar-foto). Bila mencakup 0, selisihnya bisa kebetulan. Cetak tebal:"
    " tidak mencakup 0.",
    "table_gain_best": "Pembandingnya adalah yang terbaik dari semua, yang sedikit dibantu keberuntungan: yang terbaik dari"
    " beberapa selalu tampak agak lebih baik daripada sebenarnya.",
    "table_balanced": "“Rerata kelas” menghitung tiap kelas sama berat, berapa pun jumlah fotonya.",
    "table_diverged": "“Tersesat”: loss bukan bilangan lagi, atau seratus kali loss menebak, dan pelatihan berakhir.",
    "table_timed": "“md per foto” (milidetik) adalah satu utas yang menamai satu foto yang pikselnya sudah siap, tanpa dekode,"
    " yang tercepat dari 25; “md per langkah” adalah satu langkah pelatihan dari satu batch, rata-rata. Keduanya berlaku untuk"
    " mesin yang mengukurnya, sesibuk keadaannya. Jaringan bawaan Kenali hanya melatih kepala dalam sekitar satu detik, jadi"
    " tidak punya langkah.",
    "table_forecast": "Hukum galat = a · foto^-b + c dicocokkan pada rerata. Rentangnya berasal dari pengundian ulang seed dan"
    " foto uji seribu kali; dianggap bahwa foto baru serupa dengan yang lama dan hukum itu berlanjut.",
    # plots
    "plot_accuracy": "Jawaban benar",
    "plot_accuracy_how": "Titik: undian tunggal. Belah ketupat dan garis: rerata dan selang 95% antar-undian.",
    "plot_rate": "Laju belajar",
    "plot_loss": "Loss latih",
    "plot_epoch": "Epoch",
    "plot_loss_how": "Loss latih di tiap epoch, rerata atas undian yang sampai sejauh itu. Garis datar tidak belajar apa pun;"
    " garis yang melonjak tidak stabil atau tersesat.",
    "plot_amount": "Foto latih dari tiap kelas",
    "plot_amount_how": "Titik: undian tunggal. Garis: hukum yang dicocokkan pada rerata, putus-putus bila perkiraan; pita:"
    " rentang 95%-nya.",
    "plot_amount_plain_how": "Titik: undian tunggal. Belah ketupat dan garis: rerata dan selang 95% antar-undian.",
    "plot_robustness_how": "Satu panel untuk tiap cara memperburuk foto. Putus-putus: foto apa adanya. Garis: selang 95%"
    " antar-undian.",
    "plot_parameters": "Parameter, juta",
    "plot_ms": "md per foto",
    "plot_networks_how": "Akurasi terhadap jumlah parameter (kiri) dan waktu menamai satu foto (kanan), keduanya pada sumbu"
    " logaritmis. Lebih baik berarti lebih tinggi dan lebih ke kiri.",
    "plot_gain": "Poin terhadap “{name}”",
    "plot_gain_how": "Selisih dari pembanding dengan selang 95%. Selang yang melintasi garis putus-putus bisa kebetulan.",
    "plot_astray": "tersesat",
    # answers
    "answer_rate": "Laju belajar {rate} paling cocok di sini: {accuracy:%} benar",
    "answer_rate_none": "Semua laju belajar yang dicoba tersesat",
    "answer_rate_none_how": "Cobalah yang lebih rendah: --rates 0.0001,0.00001.",
    "answer_rate_astray": "{rate} terlalu tinggi: pelatihan tersesat dalam {n} dari {of} undian.",
    "answer_rate_unsteady": "{rate} terlalu tinggi untuk stabil: loss latih melonjak jauh di atas awalnya. Hanya karena epoch"
    " dengan loss validasi terendah yang disimpan, hasilnya bisa tampak lumayan.",
    "answer_rate_all_slow": "Bahkan {rate} lambat: dalam {epochs} epoch loss latih turun hanya {share:%0}. Lebih banyak epoch,"
    " laju di antara yang dicoba, atau jaringan lain mungkin lebih baik.",
    "answer_rate_stuck": "{rate} terlalu tinggi: dalam {epochs} epoch loss latih naik turun dan paling banyak turun {share:%0},"
    " jadi jaringan hampir tidak belajar apa pun.",
    "answer_rate_slow": "{rate} terlalu rendah untuk {epochs} epoch: loss latih turun hanya {share:%0}, jadi jaringan hampir"
    " tidak belajar apa pun.",
    "answer_rate_behind": "{rate} jelas tertinggal dari yang terbaik, sebesar {points} poin (selang 95% dari {low} sampai"
    " {high}).",
    "answer_rate_close": "{rate} tidak dapat dibedakan dari yang terbaik pada foto-foto ini.",
    "answer_amount": "{accuracy:%} benar dengan semua {n} foto latih dari tiap kelas",
    "answer_amount_few": "Dengan {n} dari tiap kelas hasilnya {accuracy:%}.",
    "answer_amount_double": "Dua kali lipat foto, {n} dari tiap kelas, akan membawanya ke sekitar {accuracy:%} (rentang 95%"
    " dari {low:%} sampai {high:%}).",
    "answer_amount_worth": "Lebih banyak foto sejenis sangat mungkin membantu.",
    "answer_amount_little": "Lebih banyak foto sejenis hanya sedikit membantu: kurang dari satu poin untuk dua kali lipatnya,"
    " sejauh yang dapat dikatakan foto-foto ini. Foto jenis lain atau foto yang lebih baik mungkin lebih membantu.",
    "answer_amount_unclear": "Apakah lebih banyak foto akan membantu secara nyata, foto-foto ini tidak dapat mengatakannya;"
    " bagian uji yang lebih besar atau lebih banyak seed akan mempersempit rentangnya.",
    "answer_amount_short": "Jumlah yang dibandingkan terlalu sedikit untuk perkiraan; diperlukan tiga.",
    "answer_robust": "Dari {accuracy:%} benar pada foto apa adanya menjadi {worst:%} pada yang tersulit: {name}",
    "answer_robust_costly": "Jelas lebih buruk: {names}.",
    "answer_robust_perhaps": "Mungkin lebih buruk, tetapi fotonya terlalu sedikit untuk memastikan: {names}.",
    "answer_robust_safe": "Sedikit atau tanpa kerugian: {names}.",
    "answer_robust_advice": "Bila foto Anda sendiri bisa menjadi seperti ini, tambahkan foto demikian ke bagian latih, atau"
    " latihlah jaringan dengan augmentasi yang menirunya (dokumentasi: augment).",
    "answer_network": "{name} mengenali paling banyak di sini: {accuracy:%} benar",
    "answer_network_lean": "{name} tidak jelas tertinggal darinya, dengan {share:%0} parameternya dan {time:%0} waktunya per"
    " foto.",
    "answer_network_alone": "Tidak ada jaringan lebih kecil yang cukup dekat untuk disebut sama baiknya pada foto-foto ini.",
    "answer_network_behind": "Jelas tertinggal: {names}.",
    "answer_network_astray": "{name} tersesat dalam {n} dari {of} undian.",
    "answer_options": "Opsi yang ditala bersama-sama membawa {points} poin",
    "answer_options_none": "Opsi yang ditala tidak membawa apa pun yang dapat ditunjukkan foto-foto ini",
    "answer_options_how": "Selang 95% dari {low} sampai {high}: dengan semuanya {accuracy:%} benar, tanpa satu pun {plain:%}.",
    "answer_options_helps": "Jelas membantu: mematikannya berbiaya {points} poin ({name}).",
    "answer_options_hurts": "Merugikan di sini: mematikannya menambah {points} poin ({name}).",
    "answer_options_unclear": "Tidak membuat perbedaan yang dapat ditunjukkan foto-foto ini: {names}.",
    "answer_augmentation": "Terbaik di sini: {name}, {accuracy:%} benar",
    "answer_augmentation_none": "Tidak ada augmentasi yang jelas membantu di sini: {plain:%} benar tanpa, paling baik"
    " {accuracy:%} ({name})",
    "answer_augmentation_plain": "Tanpa augmentasi hasilnya {accuracy:%}.",
    "answer_augmentation_helps": "“{name}” membantu: {points} poin (selang 95% dari {low} sampai {high}).",
    "answer_augmentation_hurts": "“{name}” merugikan di sini: {points} poin (selang 95% dari {low} sampai {high}). Lihat apa"
    " yang dilakukannya pada foto Anda: kenali augment PHOTOS --sheet sheet.html.",
    "answer_augmentation_unclear": "Tidak dapat dibedakan dari tanpa augmentasi pada foto-foto ini: {names}.",
    "answer_astray": "Semua undian dari setelan ini tersesat: {names}.",
    # making
    "making_photos": "{n} foto terpakai dari {k} kelas ({names}). Di tiap undian sekitar {test} di antaranya menjadi bagian"
    " uji, sama untuk semua setelan dalam undian itu.",
    "making_seeds": "{cells} kali pelatihan: {settings} setelan, masing-masing dengan {seeds} seed ({list}). Seed mengundi"
    " pembagian ke bagian latih dan uji serta segala yang acak dalam pelatihan.",
    "making_one_seed": "Dengan satu seed, pengaruh undian tidak dapat diketahui. Gunakan --seeds 3 atau lebih.",
    "making_recipe": "Resep: {name}.",
    "making_reduced": "Foto uji diperkecil hingga sisi pendeknya paling banyak {side} piksel lalu diperburuk; foto latih tetap"
    " apa adanya. Sudut yang terbuka karena putaran berwarna hitam.",
    "making_timed": "Jaringan dari studi dimulai secara acak; jaringan EfficientNet-Lite sudah terlatih dan dibekukan.",
    "making_equal-pictures": "Setelan dengan salinan statis dilatih lebih sedikit epoch, sehingga tiap setelan belajar dari"
    " kira-kira sama banyak gambar.",
    "making_left_out": "Tidak disertakan, karena bobotnya tidak terpasang: {names}.",
    "making_same_kind": "Semua foto berasal dari satu koleksi. Pada foto dari tempat lain semuanya bisa lebih buruk, dan jalan"
    " pintas yang membocorkan kelas akan membuat semua angka tampak bagus: lihat kenali check lebih dahulu.",
    "making_reused": "{n} dari pelatihan itu sudah selesai dalam sesi sebelumnya dan tidak diulang.",
    "making_files": "Berkas di samping halaman ini",
    "file_csv": "satu baris per pelatihan",
    "file_markdown": "tabel untuk README",
    "file_latex": "tabel untuk makalah (memerlukan paket booktabs dan graphicx)",
    "file_json": "semua isi halaman ini, untuk program",
    "file_plot": "grafik",
    "changed_photos": "Foto-foto berubah sejak terakhir kali, jadi studi dimulai dari awal.",
    "changed_recipe": "Resep berubah sejak terakhir kali, jadi studi dimulai dari awal.",
}
