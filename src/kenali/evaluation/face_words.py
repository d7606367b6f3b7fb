"""The sentences about thresholds for faces, in both languages."""

from __future__ import annotations

ENGLISH = {
    "threshold_title": "When a face counts as known",
    "threshold_headline": "Faces up to a distance of {value} are given a name; all others are unknown",
    "threshold_lead": "Chosen so that of comparisons between different people at most {far} are accepted, on {photos}"
    " {photos:photo|photos} of {persons} people.",
    "threshold_strangers": "Of strangers who step before this gallery, about {value:%} would be taken for one of its people"
    " (between {low:%} and {high:%}). A stranger is compared with everybody, so the more people, the more chances to be"
    " mistaken.",
    "threshold_wide": "These photos are few for a rate of {far}: the true one may be several times as high. More people,"
    " rather than more photos of the same, make it surer.",
    "threshold_uneven": "In some groups people are mistaken for one another more often than elsewhere: {names}. Do not rely on"
    " one threshold for all before you have looked into this.",
    "threshold_figures": "What it does",
    "threshold_accepted_to": "accepted up to",
    "threshold_far": "others accepted (FAR)",
    "threshold_frr": "own missed (FRR)",
    "threshold_identify": "Naming somebody",
    "threshold_verify": "Comparing two photos",
    "threshold_figures_how": "Each person counts alike, however many photos there are. The 95% intervals come from drawing"
    " people, not photos, again: photos of one person are too alike to count as independent.",
    "threshold_sampled": "People and photos were drawn by lot, as more would hardly narrow the intervals.",
    "threshold_identify_how": "Each photo was compared with every person's two nearest photos, its own left out:"
    " {impostor} comparisons with others, {genuine} with the person itself.",
    "threshold_verify_how": "Each photo was compared with every other: {impostor} pairs of different people, {genuine} of one"
    " person.",
    "threshold_curves_how": "The further right the line stands, the more is accepted: fewer own photos are missed, and more"
    " others get in. Bands are 95% intervals, the dashed line is the wished rate.",
    "threshold_eer": "Both rates are equal at {value:%} ({low:%} to {high:%}), at a distance of {at}.",
    "threshold_groups": "Group by group",
    "threshold_people": "people",
    "threshold_groups_how": "At the threshold for naming, comparing people of one group with one another. Wide intervals mean"
    " that little is known, not that all is well.",
    "threshold_making": "Fitted on {fitted} to the embedder {embedder}. Distances are those between vectors of length one (0"
    " to 2). People who look alike, such as siblings, lie nearer than these figures say, and a photo of a photo is no living"
    " person: this does not tell them apart.",
    "axis_distance": "distance up to which faces are accepted",
}

INDONESIAN = {
    "threshold_title": "Kapan wajah dianggap dikenal",
    "threshold_headline": "Wajah dengan jarak sampai {value} diberi nama; yang lain dianggap tidak dikenal",
    "threshold_lead": "Dipilih supaya dari perbandingan antara orang yang berbeda paling banyak {far} yang diterima,"
    " berdasarkan {photos} foto dari {persons} orang.",
    "threshold_strangers": "Dari orang asing yang berdiri di depan galeri ini, sekitar {value:%} akan disangka salah satu"
    " orang di dalamnya (antara {low:%} dan {high:%}). Orang asing dibandingkan dengan semua orang, jadi makin banyak orang di"
    " galeri, makin besar kemungkinan ia disangka orang lain.",
    "threshold_wide": "Foto-foto ini sedikit untuk tingkat {far}: yang sebenarnya mungkin beberapa kali lebih tinggi. Agar"
    " lebih pasti, tambahlah orang, bukan foto dari orang yang sama.",
    "threshold_uneven": "Di beberapa kelompok orang lebih sering tertukar satu sama lain: {names}. Jangan mengandalkan satu"
    " ambang untuk semua sebelum hal ini diperiksa.",
    "threshold_figures": "Apa akibatnya",
    "threshold_accepted_to": "diterima sampai",
    "threshold_far": "orang lain diterima (FAR)",
    "threshold_frr": "pemiliknya ditolak (FRR)",
    "threshold_identify": "Memberi nama",
    "threshold_verify": "Membandingkan dua foto",
    "threshold_figures_how": "Tiap orang dihitung sama, berapa pun fotonya. Interval 95% diperoleh dengan mengundi ulang"
    " orang, bukan foto: foto dari satu orang terlalu mirip untuk dianggap saling bebas.",
    "threshold_sampled": "Orang dan fotonya diundi, sebab lebih banyak lagi hampir tidak mempersempit intervalnya.",
    "threshold_identify_how": "Tiap foto dibandingkan dengan dua foto terdekat dari setiap orang, tanpa foto itu sendiri:"
    " {impostor} perbandingan dengan orang lain, {genuine} dengan orangnya sendiri.",
    "threshold_verify_how": "Tiap foto dibandingkan dengan setiap foto lain: {impostor} pasangan dari orang yang berbeda,"
    " {genuine} dari orang yang sama.",
    "threshold_curves_how": "Makin ke kanan garis tegaknya, makin banyak yang diterima: lebih sedikit foto pemiliknya yang"
    " ditolak, dan lebih banyak orang lain yang masuk. Pita menunjukkan interval 95%, garis putus-putus tingkat yang"
    " diinginkan.",
    "threshold_eer": "Kedua tingkat sama besar pada {value:%} ({low:%} sampai {high:%}), pada jarak {at}.",
    "threshold_groups": "Menurut kelompok",
    "threshold_people": "orang",
    "threshold_groups_how": "Pada ambang untuk memberi nama, orang dari satu kelompok dibandingkan satu sama lain. Interval"
    " yang lebar berarti sedikit yang diketahui, bukan bahwa semuanya baik.",
    "threshold_making": "Dihitung pada {fitted} untuk embedder {embedder}. Jarak dihitung antara vektor dengan panjang satu (0"
    " sampai 2). Orang yang mirip, misalnya saudara kandung, jaraknya lebih dekat daripada angka-angka ini, dan foto dari"
    " sebuah foto bukanlah orang hidup: keduanya tidak dapat dibedakan di sini.",
    "axis_distance": "jarak sampai mana wajah diterima",
}
