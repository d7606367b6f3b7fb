"""The sentences about where the model looks, in both languages."""

from __future__ import annotations

ENGLISH = {
    "section_looks": "Where the model looks",
    "looks_shown": "Shown",
    "looks_named_right": "Named right",
    "looks_whole": "the whole photo",
    "looks_edge_only": "only its edge (the outer seventh)",
    "looks_middle_only": "only its middle",
    "looks_covered": "{n} test {n:photo|photos}, the rest of each covered by the mean colour of what is"
    " shown. If what matters is in the middle, the middle alone should do well and the edge alone badly.",
    "looks_edge_suffices": "The edge of the photos is about all that this model needs. That is as it should be where the"
    " subject fills the photo, as a texture does. Otherwise the model may go by a frame, a label, the background or"
    " the way the photos were cropped, and will fail on photos taken in another way, however high its accuracy is here.",
    "looks_heat": "Of all that speaks for the right class, {ring:%0} lies along the edge and {corners:%0} in the corners; a"
    " model that looked everywhere alike would give {ring_even:%0} and {corners_even:%0}.",
    "looks_maps_title": "Heat maps",
    "looks_how": "The brighter a place, the more it speaks for the class. Each picture has its own scale, so colours tell"
    " where, not how much. The model should light up on what makes the class, not on the border, a label or the background."
    " A map that looks right proves nothing: what lies in the whole photo, such as its sharpness or its tint, shows nowhere.",
    "looks_maps": "These are class activation maps, computed by the model itself, on {n} test {n:photo|photos}.",
    "looks_occlusion": "Made by covering {n} test {n:photo|photos} patch by patch and watching the answers.",
    "looks_scale": "Colours from nothing (left) to the place that speaks most (right)",
    "looks_nothing": "nothing",
    "looks_most": "most",
    "looks_classes": "Each class on average",
    "looks_classes_how": "The mean heat of a class's test photos, over the mean of these photos. A bright border or corner"
    " here is no accident of one photo.",
    "looks_class": "{n} {n:photo|photos}",
    "looks_omitted": "Not shown: {n} {n:class|classes} with fewer test photos.",
    "looks_right": "Photos named right, and what spoke for the answer",
    "looks_wrong": "Photos named wrong, and what spoke for the wrong answer",
}

INDONESIAN = {
    "section_looks": "Di mana model melihat",
    "looks_shown": "Yang diperlihatkan",
    "looks_named_right": "Dikenali dengan benar",
    "looks_whole": "seluruh foto",
    "looks_edge_only": "tepinya saja (sepertujuh bagian terluar)",
    "looks_middle_only": "bagian tengahnya saja",
    "looks_covered": "{n} foto uji; bagian lain tiap foto ditutupi dengan warna rata-rata bagian yang"
    " diperlihatkan. Bila yang penting ada di tengah, bagian tengah saja seharusnya sudah cukup, sedangkan tepi saja"
    " seharusnya tidak.",
    "looks_edge_suffices": "Tepi foto saja sudah hampir cukup bagi model ini. Itu wajar bila objek"
    " memenuhi seluruh foto, misalnya tekstur. Bila tidak, mungkin yang dikenali adalah bingkai, tulisan, latar belakang, atau"
    " cara foto dipotong; model seperti itu akan gagal pada foto yang diambil dengan cara lain, setinggi apa pun akurasinya"
    " di sini.",
    "looks_heat": "Dari semua yang mendukung kelas yang benar, {ring:%0} berada di sepanjang tepi dan {corners:%0} di sudut;"
    " bila model melihat merata, angkanya {ring_even:%0} dan {corners_even:%0}.",
    "looks_maps_title": "Peta panas",
    "looks_how": "Makin terang suatu tempat, makin kuat tempat itu mendukung kelasnya. Tiap gambar memakai skalanya sendiri,"
    " jadi warna menunjukkan di mana, bukan seberapa banyak. Yang seharusnya terang adalah ciri kelas itu, bukan tepi,"
    " tulisan, atau latar belakang. Peta yang tampak wajar belum membuktikan apa-apa: yang ada di seluruh foto, misalnya"
    " ketajaman atau rona warnanya, tidak terlihat di peta.",
    "looks_maps": "Ini class activation map (peta aktivasi kelas) yang dihitung oleh model itu sendiri, pada {n} foto uji.",
    "looks_occlusion": "Dibuat dengan menutupi {n} foto uji sepotong demi sepotong dan mengamati jawabannya.",
    "looks_scale": "Warna dari tidak ada (kiri) sampai tempat yang paling mendukung (kanan)",
    "looks_nothing": "tidak ada",
    "looks_most": "paling kuat",
    "looks_classes": "Rata-rata tiap kelas",
    "looks_classes_how": "Rata-rata panas dari foto uji suatu kelas, di atas rata-rata foto-foto itu. Tepi atau sudut yang"
    " terang di sini bukan kebetulan satu foto saja.",
    "looks_class": "{n} foto",
    "looks_omitted": "Tidak ditampilkan: {n} kelas dengan foto uji lebih sedikit.",
    "looks_right": "Foto yang dikenali dengan benar, dan apa yang mendukung jawabannya",
    "looks_wrong": "Foto yang salah dikenali, dan apa yang mendukung jawaban yang salah itu",
}
