"""Names for streets and places, in Malay, from words for flowers, trees, birds and crafts."""

from __future__ import annotations

from typing import Final

MAIN: Final = {
    "coast": "Jalan Pantai",
    "east": "Jalan Besar",
    "north": "Jalan Stesen",
    "west": "Jalan Lingkaran",
    "market": "Jalan Pasar",
    "quay": "Persiaran Sungai",
    "bank": "Jalan Tebing",
    "south": "Jalan Seberang",
}

_WORDS: Final = """
Kenanga Melati Cempaka Seroja Anggerik Teratai Mawar Kemboja Dahlia Tanjung Orkid Kesidang
Bakawali Melur Alamanda Seri Siantan Bunga-Raya Meranti Cengal Merbau Jati Keruing Nyatoh
Damar Gaharu Kapur Ramin Tembusu Angsana Ketapang Bakau Nipah Rhu Pandan Kelapa Pinang
Sagu Manggis Rambutan Durian Langsat Cempedak Nangka Belimbing Jambu Duku Ciku Mempelam
Pisang Merpati Merak Kenyalang Helang Camar Bangau Raja-Udang Tiong Murai Kelicap Serindit
Punai Tenggiri Kerapu Siakap Selar Pari Bawal Tongkol Kembung Ketam Tiram Mutiara Karang
Ombak Songket Batik Tenun Ukir Tembaga Perak Wau Gasing Rebana Gamelan Serunai Keris Labu
Tikar
"""


class Names:
    """Hands out street names, each word once before any is used again."""

    def __init__(self) -> None:
        self._words = [word.replace("-", " ") for word in _WORDS.split()]
        self._used = 0

    def street(self, length: float) -> str:
        """A name for a street of that length [m]."""
        turn, position = divmod(self._used, len(self._words))
        self._used += 1
        kind = "Jalan" if length > 320 else "Lorong"
        word = self._words[position]
        return f"{kind} {word}" if turn == 0 else f"{kind} {word} {turn + 1}"
