"""The sentences about calibration and about photos that are called unknown, in both languages."""

from __future__ import annotations

ENGLISH = {
    "section_doubt": "When it says “I don't know”",
    "calibration": "How its confidence was set right",
    "calibration_said": "On {n} photos that it had not learned from, confidence and reality differed by {before} points"
    " before calibration and by {after} after. Even perfect confidence would differ by about {chance} points on so few"
    " photos, by chance alone.",
    "calibration_how": "A trained model tends to be too sure of itself, or too shy. Dividing its outputs by one number, the"
    " temperature (here {temperature}), sets that right without changing any answer: above 1 it becomes more cautious, below"
    " 1 more confident. It was chosen on photos held out of training, and each photo shown here was judged with a temperature"
    " that it had not helped to choose. All percentages in this report are calibrated. Brier score: {brier_before} before,"
    " {brier_after} after (lower is better).",
    "calibration_before": "Before",
    "calibration_after": "After",
    "calibration_none": "Its confidence is as training left it, and no photo is ever called unknown: no photos, or too few,"
    " were held out to set that right. Networks trained by epochs need a validation part for it (for example --ratios"
    " 70/15/15).",
    "rejection_said": "{n} of {total} test photos would be called unknown: {novel} novel, {ambiguous} ambiguous. Of the"
    " {answered} answered, {value:%} are right (95% interval {low:%} to {high:%}).",
    "rejection_none_answered": "All {total} test photos would be called unknown: {novel} novel, {ambiguous} ambiguous.",
    "rejection_how": "Novel: unlike every photo it learned from, as a dog is for a classifier of minerals. Ambiguous: of a"
    " known kind, but no class is likely enough. Each limit is set, on {n} photos held out of training, so"
    " that it turns away about {rate} of photos of the known kind, but an answer that is 95% sure is never"
    " called ambiguous. The accuracy at the top of this report counts every photo, whether it would be"
    " called unknown or not.",
    "rejection_expected": "By chance, anything between {low} and {high} novel ones of {total} would fit that rate.",
    "rejection_more": "There are more than chance explains: the test photos seem to be of another kind than those it learned"
    " from.",
    "rejection_fewer": "There are fewer than chance explains.",
    "rejection_caught": "Of the {wrong} {wrong:mistake|mistakes} on the test part, {caught} would be called unknown instead.",
    "risk_title": "Risk and coverage: the fewer photos it answers, the fewer mistakes",
    "risk_how": "Read it from right to left: when the least sure answers are withheld, how many of the rest are wrong? A"
    " curve that falls to the left shows that it knows what it does not know. The dot is what the limits above choose.",
    "axis_answered": "share of photos answered",
    "axis_wrong": "share of answers wrong",
    "sets": "Sets of classes",
    "sets_said": "Asked for sets that hold the true class {coverage:%0} of the time, it gives sets of {size} classes on"
    " average; on the test part {value:%} of them hold it (95% interval {low:%} to {high:%}), and {single:%0} name one class"
    " alone.",
    "sets_how": "A set holds every class that cannot be excluded. One class alone is a clear answer; several ask for a second"
    " look. The promise holds for photos of the same kind; a set always names the likeliest class, so it may hold the truth"
    " more often than asked for.",
    "strangers": "Photos of classes that it does not know",
    "strangers_said": "{n} of {total} ({value:%}, 95% interval {low:%} to {high:%}) are called unknown, as they should be:"
    " {novel} novel, {ambiguous} ambiguous. The others get the name of a class that cannot be right.",
    "strangers_unknown": "Called unknown",
    "strangers_mostly": "The others mostly as",
    "strangers_how": "None of these photos counts in the figures above. Strangers of a kindred kind are the hardest: if they"
    " matter, make them a class of their own.",
}

INDONESIAN = {
    "section_doubt": "Kapan ia berkata “tidak tahu”",
    "calibration": "Bagaimana keyakinannya diluruskan",
    "calibration_said": "Pada {n} foto yang tidak dipakai untuk belajar, keyakinan dan kenyataan berselisih {before} poin"
    " sebelum kalibrasi dan {after} sesudahnya. Keyakinan yang sempurna pun akan berselisih sekitar {chance} poin pada foto"
    " sesedikit itu, semata-mata karena kebetulan.",
    "calibration_how": "Model yang sudah dilatih cenderung terlalu yakin atau terlalu ragu. Membagi keluarannya dengan satu"
    " angka, yaitu suhu (di sini {temperature}), meluruskannya tanpa mengubah satu jawaban pun: di atas 1 ia menjadi lebih"
    " hati-hati, di bawah 1 lebih yakin. Suhu itu dipilih pada foto yang disisihkan dari pelatihan, dan tiap foto di sini"
    " dinilai dengan suhu yang tidak ikut ditentukannya. Semua persentase dalam laporan ini sudah dikalibrasi. Skor Brier:"
    " {brier_before} sebelum, {brier_after} sesudah (makin rendah makin baik).",
    "calibration_before": "Sebelum",
    "calibration_after": "Sesudah",
    "calibration_none": "Keyakinannya dibiarkan seperti hasil pelatihan, dan tidak ada foto yang disebut tidak dikenal: tidak"
    " ada foto, atau terlalu sedikit, yang disisihkan untuk meluruskannya. Jaringan yang dilatih per epoch memerlukan bagian"
    " validasi untuk itu (misalnya --ratios 70/15/15).",
    "rejection_said": "{n} dari {total} foto uji akan disebut tidak dikenal: {novel} asing, {ambiguous} meragukan. Dari"
    " {answered} yang dijawab, {value:%} benar (selang 95% {low:%} sampai {high:%}).",
    "rejection_none_answered": "Semua {total} foto uji akan disebut tidak dikenal: {novel} asing, {ambiguous} meragukan.",
    "rejection_how": "Asing: tidak mirip foto mana pun yang dipelajarinya, seperti anjing bagi pengenal mineral."
    " Meragukan: jenisnya dikenal, tetapi tidak ada kelas yang cukup mungkin. Tiap batas dipilih, pada {n}"
    " foto yang disisihkan dari pelatihan, agar menolak sekitar {rate} foto dari jenis yang dikenal,"
    " tetapi jawaban yang 95% yakin tidak pernah disebut meragukan. Akurasi di awal laporan menghitung"
    " semua foto, baik yang akan disebut tidak dikenal maupun tidak.",
    "rejection_expected": "Karena kebetulan, antara {low} dan {high} foto asing dari {total} masih cocok dengan tingkat itu.",
    "rejection_more": "Itu lebih banyak daripada yang dapat dijelaskan kebetulan: foto uji tampaknya berbeda jenis dari foto"
    " yang dipelajari.",
    "rejection_fewer": "Itu lebih sedikit daripada yang dapat dijelaskan kebetulan.",
    "rejection_caught": "Dari {wrong} kesalahan pada bagian uji, {caught} akan disebut tidak dikenal.",
    "risk_title": "Risiko dan cakupan: makin sedikit foto yang dijawab, makin sedikit kesalahan",
    "risk_how": "Bacalah dari kanan ke kiri: bila jawaban yang paling ragu ditahan, berapa bagian dari sisanya yang salah?"
    " Kurva yang menurun ke kiri berarti model tahu apa yang tidak diketahuinya. Titiknya adalah pilihan batas di atas.",
    "axis_answered": "bagian foto yang dijawab",
    "axis_wrong": "bagian jawaban yang salah",
    "sets": "Himpunan kelas",
    "sets_said": "Diminta himpunan yang memuat kelas yang benar dalam {coverage:%0} kasus, ia memberi himpunan berisi"
    " rata-rata {size} kelas; pada bagian uji {value:%} di antaranya memuatnya (selang 95% {low:%} sampai {high:%}), dan"
    " {single:%0} hanya menyebut satu kelas.",
    "sets_how": "Sebuah himpunan memuat semua kelas yang tidak dapat disingkirkan. Satu kelas saja adalah jawaban yang jelas;"
    " beberapa kelas perlu dilihat lagi. Janji itu berlaku untuk foto sejenis; himpunan selalu menyebut kelas yang paling"
    " mungkin, sehingga dapat memuat kebenaran lebih sering daripada yang diminta.",
    "strangers": "Foto dari kelas yang tidak dikenalnya",
    "strangers_said": "{n} dari {total} ({value:%}, selang 95% {low:%} sampai {high:%}) disebut tidak dikenal, sebagaimana"
    " mestinya: {novel} asing, {ambiguous} meragukan. Sisanya diberi nama kelas yang tidak mungkin benar.",
    "strangers_unknown": "Disebut tidak dikenal",
    "strangers_mostly": "Sisanya terutama sebagai",
    "strangers_how": "Foto-foto ini tidak masuk hitungan angka di atas. Kelas asing yang mirip adalah yang tersulit: bila"
    " penting, jadikan kelas tersendiri.",
}
