"""What mails call charsets, and which of Python's codecs is meant."""

import codecs
import re

# Labels that mail programs use for something wider, or that Python does not know.
_MEANT = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8": "utf-8-sig",
    "unicode": "utf-8",
    "x-unknown": "utf-8",
    "unknown": "utf-8",
    "unknown-8bit": "utf-8",
    "default": "utf-8",
    "default_charset": "utf-8",
    "8bit": "utf-8",
    "binary": "utf-8",
    "none": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "euc-cn": "gb18030",
    "cp936": "gb18030",
    "big5": "cp950",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "ks_c_5601-1992": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "hz-gb-2312": "hz",
    "koi8": "koi8-r",
    "koi-8": "koi8-r",
    "macintosh": "mac_roman",
    "iso-10646-ucs-2": "utf-16",
    # Code pages as Outlook numbers them.
    "cp20127": "utf-8",
    "cp20866": "koi8-r",
    "cp21866": "koi8-u",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "cp50225": "iso2022_kr",
    "cp51932": "euc-jp",
    "cp51949": "cp949",
    "cp51936": "gb18030",
    "cp52936": "hz",
    "cp54936": "gb18030",
    "cp10000": "mac_roman",
    "cp65000": "utf-7",
    "cp65001": "utf-8-sig",
    "cp1200": "utf-16le",
    "cp28591": "cp1252",
    "cp28599": "cp1254",
    "ucs-2": "utf-16",
} | {f"cp{28590 + part}": f"iso-8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 13, 15)}
# Python calls these codecs text, no mail means them, and some take quadratic time.
_REFUSED = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
_WINDOWS = re.compile(r"(?:x-)?(?:windows|win|cp|ms|ibm|dos)[-_ ]?(\d{3,5})")
_ISO = re.compile(r"(?:iso[-_ ]?)?8859[-_ ]?(\d{1,2})(?::\d{4}|\W.*)?")


def codec_of(label: str | None) -> str | None:
    """The name of the Python codec to try for a label of a mail; None for an unknown one."""
    wanted = (label or "").strip().strip("\"'").strip().lower()[:80]
    for name in dict.fromkeys((wanted, *_respelled(wanted))):
        codec = _MEANT.get(name, name)
        if _known(codec):
            return codec
    return None


def _respelled(label: str) -> list[str]:
    found = []
    if iso := _ISO.fullmatch(label):
        found.append(f"iso-8859-{iso[1]}")
    if windows := _WINDOWS.fullmatch(label):
        found.append(f"cp{windows[1]}")
    # utf-8; something, x-euc-jp, utf 8
    found += [re.split(r"[;,\s]", label)[0], label.removeprefix("x-"), re.sub(r"[\s_]+", "-", label)]
    return found


def _known(codec: str) -> bool:
    try:
        name = codecs.lookup(codec).name
        "".encode(codec)
    except (LookupError, ValueError, TypeError):
        return False
    return name.replace("-", "_") not in _REFUSED
