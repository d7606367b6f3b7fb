"""The sentences of an export's certificate, in both languages."""

from __future__ import annotations

ENGLISH = {
    "certificate_title": "{name}: is the export the same model?",
    "certificate_passed": "Yes: the exported model gives the answers that it should",
    "certificate_unproven": "Not known: nobody has checked this export yet",
    "certificate_no_browser": "No Chromium, Chrome or Edge was found on the computer that made this export, so it could"
    " not be tried. Install one (or name its program file in {variable}) and run the command below.",
    "certificate_lead_web": "{photos} pictures were given to the original model and, as files, to this page’s own code in"
    " {browser}. Both named every picture, and what they said was compared.",
    "certificate_lead_tfjs": "{photos} pictures were given to the original model and, as files, to the exported one under"
    " TensorFlow.js in {browser}. Both named every picture, and what they said was compared.",
    "certificate_lead_onnx": "{photos} pictures were given to the original model and to the exported one, both under ONNX"
    " Runtime. Both named every picture, and what they said was compared.",
    "certificate_same": "Same answer",
    "certificate_of": "of {n}",
    "certificate_gap": "Largest difference of a probability",
    "certificate_allowed": "Allowed difference",
    "certificate_lost": "Accuracy on your photos",
    "certificate_points": "points",
    "certificate_gap_how": "A difference of 0.01 means that a class may get 81% instead of 80%. Had any difference been"
    " larger than what is allowed, nothing would have been exported.",
    "certificate_compared": "What was compared",
    "certificate_compared_how_web": "A phone or computer computes in one of several ways. Each way tried here read the"
    " picture files itself, with the code that the page uses.",
    "certificate_compared_how_tfjs": "A browser computes in one of several ways. Each way tried here read the picture"
    " files itself, with the code of Kenali’s own page.",
    "certificate_compared_how_onnx": "The exported file was loaded by itself, and saw the same pixels.",
    "certificate_runtime": "Computed by",
    "certificate_pixels": "Same pixels",
    "certificate_doubt": "Same doubt",
    "certificate_gap_short": "Largest difference",
    "certificate_novelty": "Difference of novelty",
    "certificate_ms": "ms a picture",
    "certificate_limit": "Required",
    "certificate_by_onnxruntime": "processor",
    "certificate_by_wasm": "WebAssembly with threads ({n} in use)",
    "certificate_by_wasm-1": "WebAssembly without threads",
    "certificate_by_cpu": "plain JavaScript",
    "certificate_by_webgl": "graphics card, WebGL",
    "certificate_by_webgpu": "graphics card, WebGPU",
    "certificate_columns_how": "“Same pixels” counts pictures that reached the network as the very same bytes; all must."
    " “Same answer” counts those with the same likeliest class; only where the original’s two likeliest classes lie closer"
    " than {tie} may it change. “Same doubt” counts those that both call unknown, or neither. Times are the network’s"
    " alone on the computer that made the export, and say little about others.",
    "certificate_absent": "Not tried: {setting} ({why}).",
    "certificate_rounding": "What rounding the weights costs",
    "certificate_rounding_said": "On {n} {n:photo|photos}, the rounded and the original model gave the same answer to"
    " {share:%}. Probabilities moved by at most {gap}, by {mean} on average.",
    "certificate_rounding_right": "Of the {n} {n:photo|photos} with a known class that the model had not learned from, the"
    " original names {before:%} rightly, the rounded one {after:%}.",
    "certificate_rounding_unknown": "What that means for accuracy was not measured: no photos with known classes were"
    " given. To measure it:",
    "certificate_rounding_how": "Weights in fewer bits make the download smaller. The answer to a photo that leaves the"
    " model in doubt between two classes may change.",
    "certificate_how": "How this was found",
    "certificate_how_photos_photographed": "The pictures: {golden} golden {golden:photo|photos}, which travel with the"
    " bundle for this purpose, and {drawn} drawn pictures. The golden photos are not part of the export.",
    "certificate_how_photos_drawn": "The pictures: {golden} drawn golden {golden:picture|pictures} of the bundle, and"
    " {drawn} drawn here. None of them shows a photo of yours.",
    "certificate_how_promise": "First of all the bundle itself was tried: its golden pictures give what they gave when it"
    " was made, within {gap}.",
    "certificate_how_precision_float32": "Every weight is stored in full (32 bits), so only the order of additions differs.",
    "certificate_how_precision_float16": "Weights are stored in 16 bits, which halves the download.",
    "certificate_how_precision_int8": "Most weights are stored in 8 bits, with a scale for each output channel, which"
    " makes the download a quarter of its full size. The differences above are the price.",
    "certificate_how_precision_int8_onnx": "Weights are stored in 8 bits, and what flows between layers is rounded to 8 bits"
    " as well, which suits small devices. The differences above are the price.",
    "certificate_not": "This page says that the export is the same model. How good the model is, its report says.",
    "certificate_check": "Check it",
    "certificate_again_first": "On a computer with one of these browsers:",
    "certificate_again": "Check it again",
    "certificate_again_how": "Anyone who holds these files can repeat the comparison; without the bundle it is made with"
    " the drawn pictures alone.",
    "certificate_when": "Compared on",
    "certificate_browser": "Browser",
    "certificate_digests": "It holds for the files with these checksums (SHA-256):",
    "certificate_bundle_file": "the bundle’s kenali.json",
}

INDONESIAN = {
    "certificate_title": "{name}: apakah hasil ekspornya model yang sama?",
    "certificate_passed": "Ya: model hasil ekspor memberi jawaban sebagaimana mestinya",
    "certificate_unproven": "Belum diketahui: hasil ekspor ini belum diperiksa",
    "certificate_no_browser": "Chromium, Chrome, atau Edge tidak ditemukan di komputer yang membuat ekspor ini, jadi"
    " hasilnya belum dapat dicoba. Pasang salah satunya (atau sebutkan berkas programnya di {variable}), lalu jalankan"
    " perintah di bawah.",
    "certificate_lead_web": "{photos} gambar diberikan kepada model asli dan, sebagai berkas, kepada kode halaman ini"
    " sendiri di {browser}. Keduanya menamai setiap gambar, lalu jawaban mereka dibandingkan.",
    "certificate_lead_tfjs": "{photos} gambar diberikan kepada model asli dan, sebagai berkas, kepada model hasil ekspor"
    " di bawah TensorFlow.js di {browser}. Keduanya menamai setiap gambar, lalu jawaban mereka dibandingkan.",
    "certificate_lead_onnx": "{photos} gambar diberikan kepada model asli dan model hasil ekspor, keduanya di bawah ONNX"
    " Runtime. Keduanya menamai setiap gambar, lalu jawaban mereka dibandingkan.",
    "certificate_same": "Jawaban sama",
    "certificate_of": "dari {n}",
    "certificate_gap": "Selisih peluang terbesar",
    "certificate_allowed": "Selisih yang dibolehkan",
    "certificate_lost": "Akurasi pada foto Anda",
    "certificate_points": "poin",
    "certificate_gap_how": "Selisih 0,01 berarti sebuah kelas dapat memperoleh 81% alih-alih 80%. Seandainya ada selisih"
    " yang melebihi batas, tidak ada yang diekspor.",
    "certificate_compared": "Apa yang dibandingkan",
    "certificate_compared_how_web": "Ponsel atau komputer menghitung dengan salah satu dari beberapa cara. Setiap cara"
    " yang dicoba di sini membaca sendiri berkas gambarnya, dengan kode yang dipakai halaman itu.",
    "certificate_compared_how_tfjs": "Peramban menghitung dengan salah satu dari beberapa cara. Setiap cara yang dicoba di"
    " sini membaca sendiri berkas gambarnya, dengan kode halaman Kenali.",
    "certificate_compared_how_onnx": "Berkas hasil ekspor dimuat tersendiri dan melihat piksel yang sama.",
    "certificate_runtime": "Dihitung oleh",
    "certificate_pixels": "Piksel sama",
    "certificate_doubt": "Keraguan sama",
    "certificate_gap_short": "Selisih terbesar",
    "certificate_novelty": "Selisih kebaruan",
    "certificate_ms": "md per gambar",
    "certificate_limit": "Syarat",
    "certificate_by_onnxruntime": "prosesor",
    "certificate_by_wasm": "WebAssembly dengan utas ({n} dipakai)",
    "certificate_by_wasm-1": "WebAssembly tanpa utas",
    "certificate_by_cpu": "JavaScript biasa",
    "certificate_by_webgl": "kartu grafis, WebGL",
    "certificate_by_webgpu": "kartu grafis, WebGPU",
    "certificate_columns_how": "“Piksel sama” menghitung gambar yang sampai ke jaringan sebagai bita yang persis sama;"
    " semuanya harus sama. “Jawaban sama” menghitung gambar dengan kelas terkuat yang sama; jawaban hanya boleh berubah"
    " bila dua kelas terkuat model asli berselisih kurang dari {tie}. “Keraguan sama” menghitung gambar yang oleh keduanya"
    " disebut tidak dikenal, atau oleh keduanya tidak. Waktunya hanya untuk jaringan di komputer yang membuat ekspor ini"
    " dan tidak banyak berarti bagi komputer lain.",
    "certificate_absent": "Tidak dicoba: {setting} ({why}).",
    "certificate_rounding": "Akibat pembulatan bobot",
    "certificate_rounding_said": "Pada {n} foto, model yang dibulatkan dan model asli memberi jawaban yang sama untuk"
    " {share:%}. Peluang bergeser paling banyak {gap}, rata-rata {mean}.",
    "certificate_rounding_right": "Dari {n} foto berlabel yang tidak dipelajari model, model asli menamai {before:%}"
    " dengan benar, yang dibulatkan {after:%}.",
    "certificate_rounding_unknown": "Akibatnya pada akurasi belum diukur: tidak ada foto berlabel yang diberikan. Untuk"
    " mengukurnya:",
    "certificate_rounding_how": "Bobot dengan bit lebih sedikit membuat unduhan lebih kecil. Jawaban untuk foto yang"
    " diragukan model di antara dua kelas dapat berubah.",
    "certificate_how": "Bagaimana ini diketahui",
    "certificate_how_photos_photographed": "Gambarnya: {golden} {golden:foto|foto} acuan, yang dibawa bundel untuk"
    " keperluan ini, serta {drawn} gambar rekaan. Foto acuan tidak ikut diekspor.",
    "certificate_how_photos_drawn": "Gambarnya: {golden} {golden:gambar|gambar} acuan rekaan dari bundel, dan {drawn} yang"
    " digambar di sini. Tidak ada yang menampilkan foto Anda.",
    "certificate_how_promise": "Pertama-tama bundel itu sendiri dicoba: gambar acuannya memberi hasil yang sama seperti"
    " ketika bundel dibuat, dengan selisih paling besar {gap}.",
    "certificate_how_precision_float32": "Setiap bobot disimpan utuh (32 bit), jadi hanya urutan penjumlahan yang berbeda.",
    "certificate_how_precision_float16": "Bobot disimpan dalam 16 bit, sehingga unduhan menjadi separuhnya.",
    "certificate_how_precision_int8": "Sebagian besar bobot disimpan dalam 8 bit dengan satu skala untuk setiap kanal"
    " keluaran, sehingga unduhan menjadi seperempatnya. Selisih di atas adalah harganya.",
    "certificate_how_precision_int8_onnx": "Bobot disimpan dalam 8 bit, dan yang mengalir di antara lapisan juga dibulatkan"
    " ke 8 bit, yang cocok untuk perangkat kecil. Selisih di atas adalah harganya.",
    "certificate_not": "Halaman ini menyatakan bahwa hasil ekspor adalah model yang sama. Seberapa baik modelnya,"
    " laporannya yang menjelaskan.",
    "certificate_check": "Periksa",
    "certificate_again_first": "Di komputer yang memiliki salah satu peramban itu:",
    "certificate_again": "Periksa lagi",
    "certificate_again_how": "Siapa pun yang memiliki berkas ini dapat mengulangi perbandingannya; tanpa bundel,"
    " perbandingan dilakukan dengan gambar rekaan saja.",
    "certificate_when": "Dibandingkan pada",
    "certificate_browser": "Peramban",
    "certificate_digests": "Berlaku untuk berkas dengan checksum (SHA-256) berikut:",
    "certificate_bundle_file": "kenali.json milik bundel",
}

LANGUAGES = {"en": ENGLISH, "id": INDONESIAN}
"""Language code to sentences; both languages hold the same keys and, in each sentence, the same fields."""
