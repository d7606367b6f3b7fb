"""The sentences of a server's own pages, in both languages."""

from __future__ import annotations

ENGLISH = {
    "serve_title": "Kenali",
    "serve_models": "{n} {n:model answers|models answer} here",
    "serve_how": "Open a model's page to name photos, on your own device or on this server.",
    "serve_classes": "Tells {n} kinds apart: {names}.",
    "serve_problem": "A newer version was not loaded, this one goes on: {why}",
    "serve_page": "Name photos",
    "serve_report": "How well it recognises",
    "serve_drift": "Have the photos changed?",
    "serve_version": "version {id}",
    "serve_split": "Requests to this name are shared among",
    "serve_results": "Results so far",
    "serve_live": "Live",
    "serve_live_how": "What cameras see now, who or what was there, and how fast frames are answered.",
    "serve_people": "People",
    "serve_people_how": "Enrol people, ask who is in a photo, and forget people: with a key for it.",
    "serve_admin": "For administrators",
    "serve_api": "For programs (OpenAPI)",
    "serve_not_yet": "That cannot be said yet",
    "serve_not_yet_how": "Some dozens of different photos must be answered first. Look again later.",
}

INDONESIAN = {
    "serve_title": "Kenali",
    "serve_models": "{n} {n:model menjawab|model menjawab} di sini",
    "serve_how": "Buka halaman sebuah model untuk menamai foto, di perangkat Anda sendiri atau di server ini.",
    "serve_classes": "Membedakan {n} jenis: {names}.",
    "serve_problem": "Versi yang lebih baru tidak dimuat, versi ini tetap dipakai: {why}",
    "serve_page": "Namai foto",
    "serve_report": "Seberapa baik ia mengenali",
    "serve_drift": "Apakah fotonya berubah?",
    "serve_version": "versi {id}",
    "serve_split": "Permintaan ke nama ini dibagi antara",
    "serve_results": "Hasil sejauh ini",
    "serve_live": "Langsung",
    "serve_live_how": "Apa yang dilihat kamera sekarang, siapa atau apa yang tadi ada, dan seberapa cepat bingkai dijawab.",
    "serve_people": "Orang",
    "serve_people_how": "Daftarkan orang, tanyakan siapa yang ada di foto, dan lupakan orang: dengan kunci untuk itu.",
    "serve_admin": "Untuk pengelola",
    "serve_api": "Untuk program (OpenAPI)",
    "serve_not_yet": "Belum dapat dikatakan",
    "serve_not_yet_how": "Beberapa puluh foto yang berbeda harus dijawab dulu. Lihat lagi nanti.",
}
