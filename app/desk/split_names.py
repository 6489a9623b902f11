"""Which files of a mail belong together, by the names found in them and beside them. Pure: texts in, a suggestion out.

A suggestion only sorts: an agent sees it, changes it, and gives every person their own address.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MOST_PEOPLE = 26
_MOST_TEXT = 20_000
_MOST_LINES = 400
_LONGEST_LINE = 200
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}[A-Za-z0-9]")
_NUMBERED = re.compile(r"\s*(?:\(?\d{1,2}[.):]|[-*•–])\s*(.+)")
_AFTER_NAME = re.compile(r"\s*(?:[<(\[:;,|/]|\s[-–—]\s|\t).*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
# What files are called for what they are, in English and Indonesian; never a part of a name.
_KIND_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    passport passports paspor pasport kitas kitap itas itap ekitas selfie selfi swafoto foto photo photos picture pic
    image images img dsc scan scanned scans scanner copy copies kopi salinan page pages hal halaman front back depan
    belakang final new baru rev version signed ttd hr hrd letter letters surat keterangan kerja employment employer
    reference work working sponsor sponsorship company perusahaan pt tbk cv ltd inc corp document documents doc docs
    dokumen file files lampiran attachment permit stay izin ijin tinggal for of the and dan untuk from dari by with
    id card kartu mr mrs ms miss bapak ibu pak bu sdr whatsapp whats app wa at am pm screenshot untitled face diri wajah
    registration pendaftaran employee karyawan staff data identity bio biodata cover email mail part no nr
    """,
    )
)


@dataclass
class Found:
    """A person found: `name` as it was written, `email` in lower case or "", the keys of the files that bear the name."""

    name: str
    email: str = ""
    files: list[str] = field(default_factory=list)


def suggest(filenames: Mapping[str, str], texts: Sequence[str], *, known: Sequence[str] = ()) -> list[Found]:
    """People and their files, in the order in which they are named; files that fit nobody, or two people, are left out.

    `filenames` by key; `texts` are subject and bodies; `known` are names to look for besides, such as the sender's.
    """
    tokens = _telling({key: name_tokens(name) for key, name in filenames.items()})
    people = people_in(texts)
    listed = {frozenset(_tokens(one.name)) for one in people}
    people += [Found(name) for name in known if name.strip() and frozenset(_tokens(name)) not in listed]
    left = _give(people, tokens)
    people += _clusters(left, filenames)
    # A short form of a name may have met its long form only now.
    _give(people, {key: left[key] for key in left if not any(key in one.files for one in people)})
    return [one for one in people if one.files or one.email][:MOST_PEOPLE]


def people_in(texts: Sequence[str]) -> list[Found]:
    """People that a text lists: "1. Anna Eriksson <anna@…>", "- Anna Eriksson", or a name beside an address."""
    found: dict[str, Found] = {}
    for line in _lines(texts):
        address = _ADDRESS.search(line)
        numbered = _NUMBERED.fullmatch(line)
        if address is None and numbered is None:
            continue
        rest = numbered[1] if numbered else line
        name = _name(rest[: rest.find(address[0])] if address and address[0] in rest else rest)
        if name and name.casefold() not in found:
            found[name.casefold()] = Found(name, address[0].lower() if address else "")
    return list(found.values())


def name_tokens(filename: str) -> tuple[str, ...]:
    """The words of a file's name that may be somebody's: folded, without what files are called for what they are."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", filename)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem)
    return tuple(word for word in _tokens(apart) if len(word) > 1 and word not in _KIND_WORDS)


def same_name(one: str, other: str) -> bool:
    """Whether two names have the same words, in whatever order, case and accents."""
    return bool(_tokens(one)) and sorted(_tokens(one)) == sorted(_tokens(other))


def _lines(texts: Sequence[str]) -> list[str]:
    lines = [line.strip() for text in texts for line in text[:_MOST_TEXT].splitlines()]
    return [line for line in lines if 0 < len(line) <= _LONGEST_LINE][:_MOST_LINES]


def _name(text: str) -> str:
    """What stands before an address, a bracket or a dash, when it reads like a name of one to six words; else ""."""
    plain = _AFTER_NAME.sub("", text.strip().strip("\"'“”*")).strip(" .,;:-–\"'“”*")
    words = plain.split()
    real = [word for word in words if _WORD.fullmatch(word)]
    if not 1 <= len(words) <= 6 or len(real) != len(words) or len(plain) < 3:
        return ""
    if any(word in _KIND_WORDS for word in _tokens(plain)) or not all(_capital(word) for word in words):
        return ""
    return plain


def _capital(word: str) -> bool:
    """Names begin with a capital where the script has one; particles such as "van" and "bin" are short."""
    return not word[0].islower() or len(word) <= 3


def _tokens(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return re.findall(r"[^\W\d_]+", plain)


def _telling(tokens: dict[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """Without words that nearly every file bears, such as the company's: they tell nobody apart."""
    named = [set(words) for words in tokens.values() if words]
    counts = Counter(word for words in named for word in words)
    common = {word for word, count in counts.items() if len(named) > 2 and count > 0.8 * len(named)}
    return {key: frozenset(words) - common for key, words in tokens.items()}


def _give(people: list[Found], tokens: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Give each file to the one person whose name shares most words with it; what is left, by key."""
    left = {}
    for key, words in tokens.items():
        shared = [(len(words & set(_tokens(one.name))), one) for one in people]
        best = max((count for count, _one in shared), default=0)
        fitting = [one for count, one in shared if count == best]
        if best and len(fitting) == 1:
            fitting[0].files.append(key)
        else:
            left[key] = words
    return left


def _clusters(left: Mapping[str, frozenset[str]], filenames: Mapping[str, str]) -> list[Found]:
    """People known from file names alone: the same words, or some of the words of exactly one longer name."""
    longest = sorted(
        {words for words in left.values() if words}, key=lambda words: (-len(words), sorted(words))
    )
    names = [words for words in longest if not any(words < other for other in longest)]
    found = []
    for words in sorted(names, key=lambda one: min(_place(one, left))):
        keys = [key for key, own in left.items() if own == words]
        found.append(Found(_written(filenames[keys[0]], words)))
    return found


def _place(words: frozenset[str], left: Mapping[str, frozenset[str]]) -> list[int]:
    return [index for index, own in enumerate(left.values()) if own == words]


def _written(filename: str, words: frozenset[str]) -> str:
    """The name as the file's name has it, its first letters made capitals."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"\.[A-Za-z0-9]{1,5}$", "", filename))
    kept = [word for word in re.findall(r"[^\W\d_]+", apart) if set(_tokens(word)) & words]
    return " ".join(word if word[0].isupper() and not word.isupper() else word.title() for word in kept)[:200]
