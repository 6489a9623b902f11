"""Is a letter Indonesian or English? Decided by counting the small words that every sentence has."""

import re
from typing import Literal

_INDONESIAN_WORDS = """
yang dan di ke dari untuk dengan saya kami anda tidak sudah belum ini itu ada akan pada bisa mohon terima kasih
bagaimana apakah atau juga karena telah dapat harus kalau jika selamat pagi siang sore malam bapak ibu pak bu
terlampir berikut lampiran silakan tolong kapan dimana berapa sertifikat tanda tangan akun aktivasi paspor
"""
_ENGLISH_WORDS = """
the and of to in is are was for with from i we you my our your it this that have has not please be can will on at
as an or if how what when where thank thanks attached hello dear regards would could me us do does did
"""
_INDONESIAN = frozenset(_INDONESIAN_WORDS.split())
_ENGLISH = frozenset(_ENGLISH_WORDS.split())


def detect_language(text: str) -> Literal["id", "en"]:
    """The language of a letter to answer in: "id" when Indonesian words outnumber English ones, else "en"."""
    words = re.findall(r"[a-z]+", text[:20_000].lower())
    indonesian = sum(word in _INDONESIAN for word in words)
    english = sum(word in _ENGLISH for word in words)
    return "id" if indonesian > english else "en"
