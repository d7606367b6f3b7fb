"""The sentences about shortcuts, in both languages: what tells the classes apart although it should not."""

from __future__ import annotations

ENGLISH = {
    "section_shortcuts": "Does something else give the class away?",
    "stage_shortcuts": "look for shortcuts",
    "shortcut_size": "The size and shape of the pictures",
    "shortcut_bytes": "The size of the files (bytes a pixel)",
    "shortcut_format": "The way the files were saved",
    "shortcut_border": "The edge of the pictures",
    "shortcut_corners": "What stands in the corners",
    "shortcut_background": "The background",
    "shortcut_middle": "The middle of the pictures",
    "shortcut_thumbnail": "A thumbnail of 8 × 8 pixels",
    "shortcut_colour": "The mean colour",
    "said_shortcut": "From {what} alone the classes can be told apart: {value:%0} right, where guessing gets {chance:%0}.",
    "said_shortcut_partly": "From {what} alone the classes can often be told apart: {value:%0} right, where guessing gets"
    " {chance:%0}.",
    "said_shortcut_model": "The model, which sees everything, gets {model:%0}.",
    "said_shortcut_also": "So they can from each of these: {names}.",
    "said_shortcut_how": "From such photos a model may learn how they were made instead of what they show, and fail on photos"
    " made otherwise. Before you believe its accuracy, test it on photos of which all classes come from one and the same"
    " source.",
    "alarm_surroundings": "The surroundings tell the classes apart, too",
    "said_surroundings": "The middle of the pictures gets {value:%0}, which is not clearly less: so it is where the subject"
    " fills the picture. Where it does not reach that far, a model may learn the surroundings instead: have a look at"
    " the photos.",
    "said_shortcut_detail": "Pictures with more detail make larger files, too; have a look.",
    "shortcut_named": "{what} ({value:%0})",
    "shortcuts_lead_quiet": "Nothing that should not matter tells the classes apart.",
    "shortcuts_lead_noticeable": "Something that should not matter goes along with the classes: {names}.",
    "shortcuts_lead_gives-away": "Something that should not matter gives the classes away: {names}.",
    "shortcuts_none": "For this check two classes need five photos each that are no copies of one another.",
    "shortcuts_right": "Right",
    "shortcuts_finding": "Finding",
    "shortcuts_strict": "What should not tell the classes apart",
    "shortcuts_mild": "What sees the subject itself",
    "shortcut_quiet": "quiet",
    "shortcut_noticeable": "noticeable",
    "shortcut_gives-away": "gives the class away",
    "shortcuts_bar": "{what}: {value:%} right, 95% interval {low:%} to {high:%}",
    "shortcuts_how": "Each line is a simple model that sees nothing else of a photo, tested on photos it had not learned from,"
    " each class weighing the same. The dot is how often it is right, the band its 95% interval; the dashed line is guessing,"
    " {chance:%0}.",
    "shortcuts_how_model": "The solid line is the model of this report, {model:%0}.",
    "shortcuts_rule": "Noticeable: further above guessing than chance explains (of 100 sets without any shortcut, at most"
    " about 5 show such a line), and at least a fifth of the way from guessing to always right.",
    "shortcuts_rule_model": "Gives the class away: at least half of the way that the model goes.",
    "shortcuts_rule_alone": "Gives the class away: at least half of that way.",
    "shortcuts_rule_middle": "The edge, the corners and the background do only where they tell clearly more than the middle:"
    " a subject that fills the picture reaches there, too.",
    "shortcuts_looked_at": "Photos looked at: {n}.",
    "clue_size": "Typical height × width in pixels: {classes}",
    "clue_size_of": "{name} {height} × {width}",
    "clue_bytes": "Typical bytes a pixel: {classes}",
    "clue_bytes_of": "{name} {value}",
    "clue_trait": "Files with “{trait}”: {classes}",
    "clue_trait_of": "{name} {share:%0}",
    "trait_colour pixels": "colour pixels",
    "trait_grey pixels": "grey pixels",
    "trait_progressive": "progressive",
    "trait_interlaced": "interlaced",
    "trait_comment": "comment",
    "trait_ICC profile": "ICC profile",
    "clue_brightness": "Typical brightness there: {classes}",
    "clue_brightness_of": "{name} {share:%0}",
}

INDONESIAN = {
    "section_shortcuts": "Adakah hal lain yang membocorkan kelasnya?",
    "stage_shortcuts": "mencari jalan pintas",
    "shortcut_size": "Ukuran dan bentuk gambar",
    "shortcut_bytes": "Besar berkas (bita per piksel)",
    "shortcut_format": "Cara berkas disimpan",
    "shortcut_border": "Tepi gambar",
    "shortcut_corners": "Isi sudut-sudut gambar",
    "shortcut_background": "Latar belakang",
    "shortcut_middle": "Bagian tengah gambar",
    "shortcut_thumbnail": "Gambar kecil 8 × 8 piksel",
    "shortcut_colour": "Warna rata-rata",
    "said_shortcut": "Dari {what} saja kelas-kelasnya sudah dapat dibedakan: {value:%0} benar, sedangkan menebak hanya"
    " {chance:%0}.",
    "said_shortcut_partly": "Dari {what} saja kelas-kelasnya sering dapat dibedakan: {value:%0} benar, sedangkan menebak"
    " hanya {chance:%0}.",
    "said_shortcut_model": "Model, yang melihat semuanya, mencapai {model:%0}.",
    "said_shortcut_also": "Begitu pula dari masing-masing ini: {names}.",
    "said_shortcut_how": "Dari foto seperti ini, model bisa mempelajari cara foto dibuat, bukan isinya, sehingga ia gagal pada"
    " foto yang dibuat dengan cara lain. Sebelum mempercayai akurasinya, ujilah dengan foto yang semua kelasnya berasal dari"
    " satu sumber yang sama.",
    "alarm_surroundings": "Keadaan sekitar objek juga membedakan kelas",
    "said_surroundings": "Bagian tengah gambar mencapai {value:%0}, tidak jelas lebih rendah: begitulah bila objeknya memenuhi"
    " gambar. Bila objeknya tidak sampai ke sana, model bisa mempelajari keadaan sekitarnya: periksalah"
    " foto-fotonya.",
    "said_shortcut_detail": "Gambar yang lebih rinci juga menghasilkan berkas yang lebih besar; periksalah.",
    "shortcut_named": "{what} ({value:%0})",
    "shortcuts_lead_quiet": "Tidak ada hal yang seharusnya tidak berarti yang membedakan kelas-kelasnya.",
    "shortcuts_lead_noticeable": "Ada hal yang seharusnya tidak berarti tetapi sejalan dengan kelasnya: {names}.",
    "shortcuts_lead_gives-away": "Ada hal yang seharusnya tidak berarti tetapi membocorkan kelasnya: {names}.",
    "shortcuts_none": "Pemeriksaan ini memerlukan dua kelas yang masing-masing memiliki lima foto yang bukan salinan satu sama"
    " lain.",
    "shortcuts_right": "Benar",
    "shortcuts_finding": "Temuan",
    "shortcuts_strict": "Yang seharusnya tidak membedakan kelas",
    "shortcuts_mild": "Yang melihat objeknya sendiri",
    "shortcut_quiet": "tidak menonjol",
    "shortcut_noticeable": "menonjol",
    "shortcut_gives-away": "membocorkan kelas",
    "shortcuts_bar": "{what}: {value:%} benar, selang 95% {low:%} sampai {high:%}",
    "shortcuts_how": "Setiap baris adalah model sederhana yang tidak melihat hal lain dari sebuah foto, diuji pada foto yang"
    " belum dipelajarinya, dengan bobot sama bagi setiap kelas. Titik menunjukkan seberapa sering ia benar, pita selang"
    " 95%-nya; garis putus-putus adalah menebak, {chance:%0}.",
    "shortcuts_how_model": "Garis penuh adalah model dalam laporan ini, {model:%0}.",
    "shortcuts_rule": "Menonjol: lebih jauh di atas menebak daripada yang dapat dijelaskan oleh kebetulan (dari 100 kumpulan"
    " tanpa jalan pintas, paling banyak sekitar 5 menunjukkan baris seperti itu), dan sekurangnya seperlima jalan dari menebak"
    " ke selalu benar.",
    "shortcuts_rule_model": "Membocorkan kelas: sekurangnya separuh jalan yang ditempuh model.",
    "shortcuts_rule_alone": "Membocorkan kelas: sekurangnya separuh jalan itu.",
    "shortcuts_rule_middle": "Tepi, sudut, dan latar belakang dianggap begitu hanya bila jelas lebih membedakan daripada bagian"
    " tengah: objek yang memenuhi gambar pun sampai ke sana.",
    "shortcuts_looked_at": "Foto yang dilihat: {n}.",
    "clue_size": "Tinggi × lebar yang lazim dalam piksel: {classes}",
    "clue_size_of": "{name} {height} × {width}",
    "clue_bytes": "Bita per piksel yang lazim: {classes}",
    "clue_bytes_of": "{name} {value}",
    "clue_trait": "Berkas dengan “{trait}”: {classes}",
    "clue_trait_of": "{name} {share:%0}",
    "trait_colour pixels": "piksel berwarna",
    "trait_grey pixels": "piksel abu-abu",
    "trait_progressive": "progresif",
    "trait_interlaced": "berselang-seling",
    "trait_comment": "komentar",
    "trait_ICC profile": "profil ICC",
    "clue_brightness": "Kecerahan yang lazim di sana: {classes}",
    "clue_brightness_of": "{name} {share:%0}",
}
