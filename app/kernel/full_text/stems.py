"""Stems by PostgreSQL's own Snowball dictionaries, English and Indonesian: both, because a mail mixes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import text

from app.kernel.database import db

Stems = Mapping[str, frozenset[str]]

# PostgreSQL brings no list of Indonesian words that say nothing by themselves; the English one is its own.
_INDONESIAN_STOP = frozenset(
    """
    ada adalah agar akan anda apa apakah atas atau bagi bahwa banyak bapak bagaimana belum bisa boleh
    bu dan dapat dari dengan di dia hanya harus ia ibu ini itu jadi jika juga kalau kami kapan karena
    ke kepada kita lagi lebih maka masih mereka mohon nya oleh pada pak para pun saat saja sangat saya
    sebagai sebuah sedang seperti serta sudah telah tentang terima tersebut tidak tolong untuk yaitu
    yang
    """.split()  # noqa: SIM905  # seventy words, one a line, would hide the code
)
# The Indonesian stemmer takes off one prefix: memperpanjang, perpanjangan and panjang meet when it is asked twice.
_QUESTION = text(
    "SELECT word, ts_lexize('english_stem', word), once, ts_lexize('indonesian_stem', once[1])"
    " FROM (SELECT word, ts_lexize('indonesian_stem', word) AS once"
    " FROM unnest(CAST(:words AS text[])) AS asked (word)) AS stemmed"
)
# A nasal prefix swallows the first letter of its word, and the stemmer does not give it back: mengirim is kirim.
_SWALLOWED = {
    "meng": "k",
    "peng": "k",
    "meny": "s",
    "peny": "s",
    "men": "t",
    "pen": "t",
    "mem": "p",
    "pem": "p",
}


def stems_of(words: Iterable[str]) -> dict[str, frozenset[str]]:
    """The stems of each word that differ from it; none for a word that has none. One question for all of them."""
    return stems_and_silent(words)[0]


def stems_and_silent(words: Iterable[str]) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """The stems, and those of the words that stand in every text of one of the languages, such as `the` and `yang`."""
    letters = sorted({word for word in words if word.isalpha()})
    found: dict[str, frozenset[str]] = {}
    silent = set()
    for word, english, once, twice in db.session.execute(_QUESTION, {"words": letters}) if letters else ():
        if english == [] or word in _INDONESIAN_STOP:
            silent.add(word)
        elif stems := _stems(word, {*(english or ()), *(once or ()), *(twice or ())}):
            found[word] = stems
    return found, frozenset(silent)


def _stems(word: str, stems: set[str]) -> frozenset[str]:
    whole = {letters for stem in stems for letters in _given_back(word, stem)}
    return frozenset((stems | whole) - {word}) if len(word) > 2 else frozenset()


def _given_back(word: str, stem: str) -> list[str]:
    return [
        letter + stem
        for prefix, letter in _SWALLOWED.items()
        if stem[:1] in "aeiou" and word.startswith(prefix + stem)
    ]
