"""The report's sentences in Indonesian."""

from __future__ import annotations

INDONESIAN = {
    # page
    "report_title": "{title}: seberapa baik pengenalannya",
    "check_title": "{title}: foto-fotonya",
    "made_by": "Ditulis oleh Kenali. Halaman ini satu berkas utuh dan tidak memuat apa pun dari jaringan.",
    "contents": "Daftar isi",
    "section_verdict": "Kesimpulan",
    "section_alarms": "Peringatan",
    "section_accuracy": "Akurasi tiap kelas",
    "section_confusions": "Apa tertukar dengan apa",
    "section_answers": "Beberapa foto uji dan jawabannya",
    "section_mistakes": "Kesalahan yang paling yakin",
    "section_reliability": "Apakah keyakinannya dapat dipercaya?",
    "section_photos": "Foto-foto",
    "section_making": "Cara pembuatannya",
    # verdict
    "verdict_test": "{right} dari {n} foto uji dikenali dengan benar",
    "verdict_cross_validated": "{right} dari {n} foto dikenali dengan benar dalam validasi silang",
    "verdict_nothing": "Belum ada yang diuji",
    "verdict_interval": "Dari 100 foto baru yang sejenis, perkirakan {low} sampai {high} akan dikenali dengan benar.",
    "verdict_interval_note": "Itulah selang kepercayaan 95%; selangnya lebar bila foto yang diuji sedikit.",
    "verdict_same_kind": "“Sejenis” berarti: diambil dengan kamera, di tempat, dan oleh orang yang sama dengan foto"
    " yang diuji di sini. Untuk foto lain, hasilnya bisa lebih buruk.",
    "verdict_baseline": "Sebagai pembanding: selalu menjawab “{name}”, kelas yang paling sering muncul, akan benar"
    " untuk {share:%0} foto ini, dan menebak secara acak di antara {k} kelas untuk sekitar {chance:%0}.",
    "verdict_no_test_part": "Tidak ada foto yang disisihkan untuk pengujian. Tiap foto dinilai oleh model yang belum"
    " pernah melihatnya, tetapi pilihan selama pelatihan belum diuji dengan foto yang benar-benar baru.",
    "verdict_unknown": "Tidak ada foto yang disisihkan untuk pengujian, sehingga belum diketahui seberapa sering"
    " model ini benar pada foto baru. Tambahkan foto, atau sisihkan bagian uji yang lebih besar.",
    "verdict_grave": "Bacalah peringatan yang ditandai di bawah sebelum mengandalkan angka ini.",
    "gauge_title": "Akurasi {value:%}, selang 95% dari {low:%} sampai {high:%}",
    "gauge_how": "Titik menunjukkan akurasi yang terukur, pita menunjukkan selang 95%-nya, dan garis putus-putus"
    " menunjukkan hasil bila selalu menjawab kelas yang paling sering. Hasil yang diharapkan: pita jauh di kanan"
    " garis.",
    "baseline": "kelas paling sering",
    # alarms
    "alarms_none": "Tak satu pun pemeriksaan Kenali menemukan hal yang meragukan angka-angka ini.",
    "alarms_how": "Tiap peringatan menyebutkan apa yang ditemukan dan mengapa itu penting. Proses tidak dihentikan;"
    " peringatan ini hanya meminta Anda memeriksanya.",
    "evidence": "Bukti",
    "and_more": "dan {n} lainnya",
    "alarm_shortcut": "Kelas dapat ditebak lewat jalan pintas",
    "alarm_leak": "Foto uji bocor ke data latih",
    "alarm_small": "Foto terlalu sedikit untuk angka yang pasti",
    "alarm_imbalance": "Ukuran kelas sangat timpang",
    "alarm_few-per-class": "Ada kelas dengan foto latih yang sangat sedikit",
    "alarm_no-better-than-majority": "Belum terbukti lebih baik daripada selalu memberi jawaban yang sama",
    "alarm_weak-class": "Ada kelas yang sebagian besar tidak dikenali",
    "alarm_label-conflict": "Foto yang sama ada di dua kelas",
    "alarm_cv-gap": "Hasil uji dan validasi silang tidak sejalan",
    "alarm_unknown-class": "Kelas yang tidak dikenal oleh bundel",
    "alarm_blurred": "Foto buram",
    "alarm_dark": "Foto sangat gelap",
    "alarm_bright": "Foto sangat terang",
    "alarm_odd-size": "Foto sangat kecil",
    "alarm_odd-aspect": "Foto dengan bentuk tak lazim",
    "alarm_grey-among-colour": "Foto hitam putih di antara foto berwarna",
    "alarm_colour-among-grey": "Foto berwarna di antara foto hitam putih",
    "alarm_wrong-extension": "Nama berkas tidak cocok dengan formatnya",
    "alarm_tiny-class": "Kelas dengan foto yang sangat sedikit",
    "alarm_empty-class": "Kelas tanpa foto yang dapat dipakai",
    "alarm_not-in-train": "Kelas tanpa foto latih",
    "alarm_not-in-test": "Kelas tanpa foto uji",
    # notices that are made outside the report, from their kind and evidence
    "warning_blurred": "{n} foto jauh kurang tajam daripada yang lain: {names}.",
    "warning_dark": "{n} foto hampir hitam: {names}.",
    "warning_bright": "{n} foto hampir putih: {names}.",
    "warning_odd-size": "{n} foto sangat kecil, baik ukurannya sendiri maupun dibandingkan dengan yang lain: {names}.",
    "warning_odd-aspect": "{n} foto jauh lebih lebar atau lebih sempit daripada yang lain: {names}.",
    "warning_grey-among-colour": "{n} foto hitam putih, padahal kebanyakan foto lain berwarna: {names}. Bila semuanya"
    " terkumpul di satu kelas, kelas itu dapat ditebak dari warnanya saja.",
    "warning_colour-among-grey": "{n} foto berwarna, padahal kebanyakan foto lain hitam putih: {names}. Bila semuanya"
    " terkumpul di satu kelas, kelas itu dapat ditebak dari warnanya saja.",
    "warning_wrong-extension": "Akhiran nama {n} foto tidak sesuai dengan format sebenarnya: {names}. Foto ini tetap dibaca.",
    "warning_tiny-class": "Fotonya sangat sedikit: {counted}. Sepuluh masih kurang, lima puluh sudah baik.",
    "warning_imbalance": "“{first}” memiliki {most} foto, sedangkan “{last}” hanya {least}: sebaiknya tambah foto untuk"
    " kelas yang sedikit itu.",
    "warning_empty-class": "Tidak ada berkas yang dapat dipakai di {names}. {n:Kelas ini|Kelas-kelas ini} tidak diikutkan.",
    "warning_not-in-train": "Tidak ada foto latih untuk {names}: {n:kelas ini|kelas-kelas ini} tidak dapat dipelajari.",
    "warning_not-in-test": "Tidak ada foto uji untuk {names}: seberapa baik {n:kelas ini|kelas-kelas ini} dikenali tidak dapat"
    " diukur.",
    "warning_unknown-class": "{photos} foto termasuk {n:kelas|kelas-kelas} yang tidak dikenal oleh bundel: {names}."
    " Foto ini tidak dihitung dalam akurasi.",
    "warning_label-conflict": "{n} gambar ada di dua kelas sekaligus, jadi salah satu labelnya pasti keliru: {names}.",
    "said_small": "Akurasi ini hanya bersandar pada {n} foto uji, sehingga nilai sebenarnya bisa berada di antara"
    " {low} dan {high} dari 100. Uji dengan lebih banyak foto sebelum membandingkan model atau menjanjikan angka.",
    "said_small_absent": "Tidak ada foto yang disisihkan untuk pengujian, sehingga akurasi pada foto baru belum terukur.",
    "said_imbalance": "“{largest}” memiliki {most} foto, sedangkan “{smallest}” hanya {least}. Kelas yang jarang"
    " sering dikenali lebih buruk dan akurasi keseluruhan menutupinya: perhatikan recall tiap kelas.",
    "said_few_per_class": "{names}: kurang dari {limit} foto untuk dipelajari. Tambahkan foto, atau keluarkan dahulu"
    " {n:kelas ini|kelas-kelas ini} sampai fotonya cukup.",
    "said_no_better": "Selalu menjawab “{name}” akan benar untuk {share:%} foto uji. Akurasinya mungkin hanya"
    " {low:%}, jadi belum terbukti bahwa model ini telah belajar sesuatu.",
    "said_weak_class": "{names}: kurang dari separuh foto {n:kelas ini|kelas-kelas ini} dikenali. Perhatikan"
    " kesalahannya di laporan: apakah kelas itu memang sulit dibedakan, salah label, atau terlalu beragam?",
    "said_cv_gap_lower": "Akurasinya {test:%} pada bagian uji, tetapi {cv:%} dalam validasi silang pada foto latih;"
    " beda sebesar itu bukan kebetulan. Foto uji tampaknya berbeda jenis: kamera, tempat, atau koleksinya lain."
    " Percayailah angka yang lebih rendah.",
    "said_cv_gap_higher": "Akurasinya {test:%} pada bagian uji, tetapi hanya {cv:%} dalam validasi silang pada foto"
    " latih; beda sebesar itu bukan kebetulan. Foto uji mungkin lebih mudah, atau merupakan salinan foto latih."
    " Percayailah angka yang lebih rendah.",
    "evidence_photos": "{name}: {n} foto",
    "evidence_recall": "{name}: {right} dari {n} dikenali",
    "evidence_interval": "{what}: {value:%} ({low:%} sampai {high:%}, {n} foto)",
    # accuracy
    "accuracy": "Akurasi",
    "interval": "Selang 95%",
    "balanced_accuracy": "Akurasi berimbang",
    "macro_f1": "F1 makro",
    "photos_tested": "Foto yang diuji",
    "cross_validation": "Validasi silang",
    "top_k": "Benar dalam {k} teratas",
    "accuracy_how": "Recall: dari foto yang sebenarnya termasuk kelas ini, berapa yang dikenali. Presisi: dari foto"
    " yang disebut sebagai kelas ini, berapa yang memang benar. F1 tinggi hanya bila keduanya tinggi. Akurasi"
    " berimbang adalah rata-rata recall, sehingga kelas yang jarang sama pentingnya dengan kelas yang sering."
    " Angka kecil adalah selang 95%, dalam persen.",
    "class": "Kelas",
    "precision": "Presisi",
    "recall": "Recall",
    "f1": "F1",
    "support": "Foto",
    "macro": "Rata-rata kelas",
    "weighted": "Rata-rata berbobot jumlah foto",
    "from_cross_validation": "Tidak ada foto yang disisihkan untuk pengujian; angka-angka ini berasal dari validasi"
    " silang pada foto latih.",
    # confusions
    "matrix_how": "Tiap baris adalah kelas yang sebenarnya, tiap kolom adalah jawaban model. Satu baris menunjukkan"
    " ke mana foto kelas itu pergi: biru pada diagonal berarti benar, jingga di luarnya berarti salah, dan makin"
    " kuat warnanya makin besar bagiannya dalam baris itu.",
    "matrix_caption": "Matriks kebingungan: baris adalah kelas sebenarnya, kolom adalah kelas yang dikenali",
    "matrix_omitted": "Hanya {n} kelas dengan kesalahan terbanyak yang ditampilkan; matriks lengkap ada di metrics.json.",
    "confusion_pair": "“{true}” dikira “{predicted}”: {n} foto, {share:%0} dari kelas itu",
    "confusions_common": "Yang paling sering tertukar",
    "confusions_none": "Tidak ada foto uji yang keliru.",
    "cell_title": "{true} dikenali sebagai {predicted}: {n} ({share:%0} dari baris)",
    "total": "Jumlah",
    # answers
    "answers_how": "{n} foto uji, diundi tanpa melihat jawabannya: kelas yang disebut model, dan seberapa yakin ia mengaku."
    " Foto sesedikit ini hanya contoh; angka di atas menghitung semuanya.",
    "answers_true": "sebenarnya {name}",
    # mistakes
    "mistakes_how": "Inilah jawaban salah yang paling diyakini model. Foto seperti ini sering kali salah label,"
    " memuat benda lain, atau sejenis foto yang tidak ada dalam data latih; membetulkan label di sini adalah"
    " perbaikan yang paling murah.",
    "mistakes_none": "Tidak ada kesalahan untuk ditampilkan: semua foto uji dikenali dengan benar.",
    "mistakes_count": "{shown} dari {n} kesalahan ditampilkan.",
    "picture_missing": "tanpa gambar",
    # reliability
    "reliability_how": "Foto uji dikelompokkan menurut keyakinan model; tiap titik menunjukkan seberapa sering"
    " jawaban seperti itu benar. Pada garis putus-putus keyakinannya dapat dipegang; di bawahnya model terlalu"
    " yakin, di atasnya terlalu ragu. Garis tipis adalah selang 95%; titik lebih besar dan batang lebih tinggi"
    " berarti lebih banyak foto.",
    "reliability_ece": "Rata-rata, keyakinan dan kenyataan berselisih {points} poin persen (expected calibration error, ECE).",
    "reliability_title": "Grafik keandalan: keyakinan terhadap bagian yang benar",
    "reliability_point": "Keyakinan sekitar {confidence:%0}: {right} dari {n} benar ({value:%0})",
    "axis_confidence": "keyakinan",
    "axis_right": "bagian yang benar",
    "too_sure": "terlalu yakin",
    "too_cautious": "terlalu ragu",
    # photos
    "photos_how": "Tiap irisan diagram adalah satu kelas. Kelas-kelas yang ukurannya mirip lebih mudah dipelajari.",
    "pie_title": "Bagian tiap kelas di antara {n} foto",
    "pie_slice": "{name}: {n} foto, {share:%}",
    "other_classes": "{n} kelas lainnya",
    "share": "Bagian",
    "photos": "Foto",
    "train": "Latih",
    "val": "Validasi",
    "test": "Uji",
    "parts_how": "Tabel ini menunjukkan pembagian foto: model belajar dari bagian latih; bagian validasi, bila ada, dipakai"
    " untuk membuat pilihan. Bagian uji hanya dilihat sekali, di akhir. Salinan dan foto yang sangat mirip tetap bersama"
    " dalam satu bagian.",
    "sheet": "Sekilas tiap kelas",
    "sheet_how": "Beberapa foto dari tiap kelas, tersebar di seluruh berkasnya. Apakah semuanya berada di baris yang benar?",
    "ledger": "Nasib tiap berkas",
    "ledger_sum": "{total} berkas: {used} dipakai, {duplicate} disisihkan sebagai duplikat, {quarantined} dikarantina.",
    "ledger_clean": "Semua berkas dipakai.",
    "ledger_how": "Tidak ada yang dibuang diam-diam: tiap berkas dipakai, duplikat, atau dikarantina dengan"
    " alasannya, dan jumlahnya cocok.",
    "fate_used": "Dipakai",
    "fate_duplicate": "Duplikat",
    "fate_quarantined": "Dikarantina",
    "fate": "Nasib",
    "reason": "Alasan",
    "files": "Berkas",
    "examples": "Contoh",
    "warnings": "Peringatan tentang foto",
    "check_verdict": "{used} dari {total} berkas dapat dipakai",
    "reason_exact-copy": "salinan persis",
    "reason_near-copy": "gambar yang sama, disimpan ulang",
    "reason_leak": "sekelompok dengan foto di bagian lain",
    "reason_corrupt": "berkas rusak",
    "reason_truncated": "berkas terpotong",
    "reason_empty-file": "berkas kosong",
    "reason_animated": "berisi beberapa bingkai atau halaman",
    "reason_not-an-image": "bukan gambar",
    "reason_unsupported-format": "format tidak dapat dibaca",
    "reason_too-many-pixels": "piksel terlalu banyak",
    "reason_broken-link": "tautan ke berkas yang tidak ada",
    "reason_encrypted": "terenkripsi",
    "reason_folder-link": "tautan ke folder",
    "reason_hidden-folder": "dalam folder tersembunyi",
    "reason_damaged-shard": "arsip rusak",
    "reason_kills-worker": "menghentikan proses pembacanya",
    "reason_missing": "berkas tidak ada",
    "reason_no-label": "tanpa label",
    "reason_no-path": "tanpa nama berkas",
    "reason_not-a-file": "bukan berkas",
    "reason_out-of-memory": "memori tidak cukup",
    "reason_outside-class": "di luar folder kelas",
    "reason_repeated": "tercantum dua kali",
    "reason_too-large": "berkas terlalu besar",
    "reason_unknown-split": "bagian tidak dikenal",
    "reason_unreadable": "tidak dapat dibaca",
    "reason_unreadable-name": "nama berkas tidak terbaca",
    "reason_unsafe-name": "nama berkas tidak aman",
    "reason_zip-bomb": "kompresi mencurigakan",
    # making
    "making_how": "Dengan foto, resep, dan versi yang sama, proses yang sama dapat diulang.",
    "recipe": "Resep",
    "recipe_how": "Semua yang menentukan proses ini; simpan sebagai recipe.toml untuk mengulanginya.",
    "validation": "Validasi silang",
    "validation_said": "Dinilai oleh model yang belum pernah melihatnya, {value:%} dari {n} foto latih dikenali"
    " dengan benar (selang 95% dari {low:%} sampai {high:%}). Angka yang dekat dengan hasil bagian uji adalah"
    " pertanda baik.",
    "strength": "Cara memilih kekuatan",
    "strength_title": "Log-loss validasi silang untuk tiap kekuatan; yang terendah pada {best}",
    "strength_how": "Kekuatan menyatakan seberapa ketat pengklasifikasi mengikuti foto latih. Bila terlalu rendah"
    " (kiri) ia kurang belajar, bila terlalu tinggi (kanan) ia menghafal. Titik terendah, yang ditandai, itulah yang"
    " dipilih.",
    "curves": "Jalannya pelatihan",
    "curves_how": "Dalam tiap epoch, jaringan melihat setiap foto latih satu kali. Garis utuh menunjukkan bagian latih,"
    " garis putus-putus bagian validasi. Bila loss putus-putus naik lagi sementara garis utuh turun, jaringan mulai"
    " menghafal; epoch dengan loss putus-putus terendah yang disimpan.",
    "axis_epoch": "epoch",
    "axis_loss": "loss (makin rendah makin baik)",
    "axis_accuracy": "akurasi",
    "axis_strength": "kekuatan (logaritmis)",
    "axis_log_loss": "log-loss (makin rendah makin baik)",
    "timing": "Waktu",
    "timing_how": "Detik untuk tiap langkah; embedding foto yang sudah pernah dihitung tidak dihitung lagi.",
    "seconds": "{value} dtk",
    "step": "Langkah",
    "stage_scan": "membaca foto",
    "stage_embed": "menghitung embedding",
    "stage_fit": "melatih",
    "stage_evaluate": "mengevaluasi",
    "provenance": "Asal-usul",
    "parameters": "Parameter",
}
