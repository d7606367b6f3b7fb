"""The sentences of the closer looks, in both languages: two bundles compared, groups of photos, doubtful labels, leakage."""

from __future__ import annotations

ENGLISH = {
    "to": "to",
    "compare_title": "{a} against {b}",
    "section_figures": "Side by side",
    "section_only_b": "Only B is right",
    "section_only_a": "Only A is right",
    "section_neither": "Both wrong, in different ways",
    "compare_better": "{side} ({name}) is better: {value:%} right against {other:%}, on {n} {n:photo|photos}",
    "compare_none": "No difference in accuracy can be shown on {n} {n:photo|photos}",
    "compare_counts": "Of {n} {n:photo|photos}, both name {both} right and {neither} wrong. Only A is right on {a}, only B on"
    " {b}.",
    "compare_gap": "B's accuracy minus A's is {value} percentage points (95% interval {low} to {high}).",
    "compare_chance": "If both were equally good, chance alone would give a difference this large with probability {p} (exact"
    " paired test). Below 0.05 the difference counts as shown.",
    "compare_probabilities": "The probabilities that {side} states are better, though: its Brier score is lower beyond chance.",
    "compare_narrow": "The interval leaves out zero, yet so few photos differ that it is too narrow to be believed: the exact"
    " test decides.",
    "compare_needed": "About {n} photos of this kind would be needed to show a difference of this size, if it is real.",
    "compare_needed_point": "Both are right equally often. About {n} photos of this kind would be needed to show a difference"
    " of one percentage point, if there is one.",
    "compare_same": "Both are right on the same photos and wrong on the same ones, so these photos cannot tell them apart.",
    "compare_difference": "B minus A",
    "brier": "Brier score",
    "log_loss": "Log-loss",
    "compare_figures_how": "Accuracy: more is better. Brier score and log-loss judge the stated probabilities, and less is"
    " better: they reward being sure when right and unsure when wrong. Intervals are 95%.",
    "compare_a_right": "A right",
    "compare_a_wrong": "A wrong",
    "compare_b_right": "B right",
    "compare_b_wrong": "B wrong",
    "compare_test_how": "Only photos on which one is right and the other wrong tell the two apart: McNemar's exact test weighs"
    " these two counts. Copies, look-alikes and declared groups count as one: {n} {n:photo|photos}, {groups} independent"
    " {groups:group|groups}.",
    "compare_shown": "{shown} of {n} {n:photo|photos} shown, the surest answers first. The right answer is bold.",
    "compare_truth": "Truly {name}",
    "compare_all_alike": "Both bundles give every photo the same name.",
    "warning_leak": "{n} of these photos {n:is|are} among those that the bundle learned from: {names}. On {n:it|them} it shows"
    " its memory, not how it does on new photos. Leave {n:it|them} out.",
    "alarm_weak-group": "One source of photos fares worse",
    "said_weak_group": "Of the {n} {n:photo|photos} of “{name}” only {value:%} are recognised, of all others {rest:%}: further"
    " apart than chance explains. Look at what sets them apart (camera, place, light, people) and add photos of that kind.",
    "group_none": "(no match)",
    "section_groups": "Accuracy by group",
    "group": "Group",
    "groups_how": "The groups are those of “{by}”. The worst come first; the bar is the 95% interval, the dot the accuracy, the"
    " dashed line the accuracy of all photos.",
    "groups_small": "Groups of fewer than {limit} photos are small: they stand last, and their figures mean little.",
    "groups_more": "{n} more groups are in metrics.json.",
    "small": "small",
    "section_suspects": "Labels to look at again",
    "suspects_found": "{n} of {total} photos fit another class better than their own; in {strong} of them the doubt is strong.",
    "suspects_none": "Every photo fits its own class best.",
    "suspects_strong": "strong",
    "suspects_how": "Each photo was judged by a model that had not seen it; the most doubtful come first, each with the"
    " probability of the class that it stands in and of the one suggested. A doubt is no proof: where the classes are hard to"
    " tell apart, most of these are mistakes of the model. So go down the list as long as you find wrong labels; you decide.",
    "suspects_do": "Open suspects.csv in a spreadsheet and write into the column “decision”: keep, relabel (to the suggested"
    " class), leave out, or the name of another class. Then this makes a new list, which kenali train takes in place of the"
    " photos:",
    "suspects_undo": "No photo is touched. To undo it, delete the list, or change a decision and make it anew.",
    "suspects_count": "{shown} of {n} shown; suspects.csv lists them all.",
    "section_leakage": "What a careless split would have claimed",
    "leak_flattered": "A careless split of the same photos would have claimed {naive:%} instead of {safe:%}: {gap} points too"
    " much (95% interval {low} to {high}).",
    "leak_not_shown": "A careless split of the same photos would have claimed {naive:%}, a careful one {safe:%}. The difference"
    " of {gap} points (95% interval {low} to {high}) is not large enough to be shown on these photos.",
    "leak_how": "Careless means that photos are drawn for testing one by one: copies are not set aside, and look-alikes and"
    " groups are torn apart. About {leaked} of the {tested} photos in such a test part have a photo of their group among the"
    " training photos, and the model has half seen them. Kenali keeps groups whole. Both figures are those of the quick model"
    " in {draws} {draws:draw|draws}, so they may differ a little from the ones above.",
    "leak_pairs": "Pairs that would have leaked",
    "leak_pairs_how": "In one careless draw, {n} {n:test photo|test photos} had a photo of the same group in training. Left the"
    " test photo, right the training photo most like it; {shown} of {n} shown.",
    "leak_test": "test",
    "leak_train": "training",
    "stage_leakage": "measure leakage",
}

INDONESIAN = {
    "to": "sampai",
    "compare_title": "{a} dibandingkan dengan {b}",
    "section_figures": "Berdampingan",
    "section_only_b": "Hanya B yang benar",
    "section_only_a": "Hanya A yang benar",
    "section_neither": "Keduanya salah, dengan jawaban berbeda",
    "compare_better": "{side} ({name}) lebih baik: {value:%} benar dibandingkan {other:%}, pada {n} foto",
    "compare_none": "Perbedaan akurasi tidak dapat dibuktikan dengan {n} foto",
    "compare_counts": "Dari {n} foto, {both} dijawab benar oleh keduanya dan {neither} dijawab salah oleh keduanya. Hanya A"
    " yang benar pada {a} foto, hanya B pada {b} foto.",
    "compare_gap": "Akurasi B dikurangi akurasi A adalah {value} poin persen (selang 95% dari {low} sampai {high}).",
    "compare_chance": "Seandainya keduanya sama baik, kebetulan saja akan memberi perbedaan sebesar ini dengan peluang {p}"
    " (uji berpasangan eksak). Di bawah 0,05 perbedaan dianggap terbukti.",
    "compare_probabilities": "Namun peluang yang disebutkan {side} lebih baik: skor Brier-nya lebih rendah, bukan karena"
    " kebetulan.",
    "compare_narrow": "Selang itu tidak memuat nol, tetapi foto yang berbeda terlalu sedikit sehingga selangnya terlalu sempit"
    " untuk dipercaya: uji eksaklah yang menentukan.",
    "compare_needed": "Diperlukan sekitar {n} foto sejenis untuk membuktikan perbedaan sebesar ini, bila memang nyata.",
    "compare_needed_point": "Keduanya sama sering benar. Diperlukan sekitar {n} foto sejenis untuk membuktikan perbedaan satu"
    " poin persen, bila memang ada.",
    "compare_same": "Keduanya benar pada foto yang sama dan salah pada foto yang sama, jadi foto-foto ini tidak dapat"
    " membedakan keduanya.",
    "compare_difference": "B dikurangi A",
    "brier": "Skor Brier",
    "log_loss": "Log-loss",
    "compare_figures_how": "Akurasi: makin tinggi makin baik. Skor Brier dan log-loss menilai peluang yang disebutkan, dan"
    " makin rendah makin baik: keduanya menghargai jawaban yang yakin ketika benar dan ragu ketika salah."
    " Semua selang adalah 95%.",
    "compare_a_right": "A benar",
    "compare_a_wrong": "A salah",
    "compare_b_right": "B benar",
    "compare_b_wrong": "B salah",
    "compare_test_how": "Hanya foto yang dijawab benar oleh yang satu dan salah oleh yang lain yang membedakan keduanya: uji"
    " eksak McNemar menimbang kedua jumlah itu. Salinan, foto yang sangat mirip, dan kelompok yang dinyatakan dihitung sebagai"
    " satu: {n} foto, {groups} kelompok yang saling bebas.",
    "compare_shown": "{shown} dari {n} foto ditampilkan, jawaban yang paling yakin lebih dahulu. Jawaban yang benar dicetak"
    " tebal.",
    "compare_truth": "Sebenarnya {name}",
    "compare_all_alike": "Kedua bundel memberi nama yang sama untuk setiap foto.",
    "warning_leak": "{n} dari foto-foto ini termasuk yang dipelajari oleh bundel: {names}. Padanya terlihat ingatan model,"
    " bukan kemampuannya pada foto baru. Keluarkan foto itu dari pengujian.",
    "alarm_weak-group": "Satu sumber foto dikenali lebih buruk",
    "said_weak_group": "Dari {n} foto “{name}” hanya {value:%} yang dikenali, dari semua foto lainnya {rest:%}: beda sebesar"
    " itu bukan kebetulan. Periksa apa yang membedakannya (kamera, tempat, cahaya, orang) dan tambahkan foto sejenis itu.",
    "group_none": "(tidak cocok)",
    "section_groups": "Akurasi tiap kelompok",
    "group": "Kelompok",
    "groups_how": "Kelompok menurut “{by}”. Yang terburuk di atas; batang menunjukkan selang 95%, titik"
    " menunjukkan akurasi, dan garis putus-putus akurasi semua foto.",
    "groups_small": "Kelompok dengan kurang dari {limit} foto tergolong kecil: letaknya paling bawah, dan angkanya kurang"
    " berarti.",
    "groups_more": "{n} kelompok lainnya ada di metrics.json.",
    "small": "kecil",
    "section_suspects": "Label yang perlu diperiksa lagi",
    "suspects_found": "{n} dari {total} foto lebih cocok dengan kelas lain daripada kelasnya sendiri; pada {strong} di"
    " antaranya keraguannya kuat.",
    "suspects_none": "Setiap foto paling cocok dengan kelasnya sendiri.",
    "suspects_strong": "kuat",
    "suspects_how": "Tiap foto dinilai oleh model yang belum pernah melihatnya; yang paling meragukan di depan, masing-masing"
    " dengan peluang kelas tempatnya berada dan kelas yang disarankan. Keraguan bukan bukti: bila kelas-kelasnya sulit"
    " dibedakan, sebagian besar ini adalah kesalahan model. Jadi telusurilah daftarnya selama Anda masih menemukan label yang"
    " salah; Andalah yang memutuskan.",
    "suspects_do": "Bukalah suspects.csv dengan program lembar kerja dan isilah kolom “decision”: biarkan, ganti (dengan kelas"
    " yang disarankan), buang, atau nama kelas lain. Perintah berikut lalu membuat daftar baru, yang diterima kenali train"
    " sebagai pengganti foto:",
    "suspects_undo": "Tidak ada foto yang disentuh. Untuk membatalkannya, hapus daftar itu, atau ubah keputusan dan buat lagi.",
    "suspects_count": "{shown} dari {n} ditampilkan; suspects.csv memuat semuanya.",
    "section_leakage": "Klaim dari pembagian yang ceroboh",
    "leak_flattered": "Pembagian yang ceroboh atas foto yang sama akan mengklaim {naive:%}, padahal {safe:%}: {gap} poin"
    " terlalu tinggi (selang 95% dari {low} sampai {high}).",
    "leak_not_shown": "Pembagian yang ceroboh atas foto yang sama akan mengklaim {naive:%}, yang cermat {safe:%}. Perbedaan"
    " {gap} poin (selang 95% dari {low} sampai {high}) tidak cukup besar untuk dibuktikan dengan foto-foto ini.",
    "leak_how": "Ceroboh berarti foto uji diundi satu per satu: salinan tidak disisihkan, dan foto yang mirip serta kelompok"
    " tercerai-berai. Sekitar {leaked} dari {tested} foto di bagian uji seperti itu mempunyai foto sekelompok di antara foto"
    " latih, dan model sudah setengah melihatnya. Kenali menjaga kelompok tetap utuh. Kedua angka berasal dari model cepat"
    " dalam {draws} undian, jadi dapat sedikit berbeda dari angka di atas.",
    "leak_pairs": "Pasangan yang akan bocor",
    "leak_pairs_how": "Dalam satu undian yang ceroboh, {n} foto uji mempunyai foto sekelompok di bagian latih. Di kiri foto"
    " uji, di kanan foto latih yang paling mirip; {shown} dari {n} ditampilkan.",
    "leak_test": "uji",
    "leak_train": "latih",
    "stage_leakage": "mengukur kebocoran",
}
