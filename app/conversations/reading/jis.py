"""ISO-2022-JP as Japanese programs really write it: with NEC's and IBM's letters such as ① and ㈱, which Python refuses."""

import re

_WIDE = re.compile(rb"\x1b\$[@B]([^\x1b]*)|\x1b\(I([^\x1b]*)|\x1b\([BJH]")


def text_of_jis(raw: bytes) -> str:
    """The text; what is no letter becomes U+FFFD."""
    out: list[str] = []
    at = 0
    for shift in _WIDE.finditer(raw):
        out.append(raw[at : shift.start()].decode("ascii", "replace"))
        if shift[1]:
            out.append(_wide(shift[1]))
        elif shift[2]:
            out.append(bytes(byte | 0x80 for byte in shift[2]).decode("cp932", "replace"))
        at = shift.end()
    return "".join([*out, raw[at:].decode("ascii", "replace")])


def _wide(letters: bytes) -> str:
    """Two bytes a letter, moved to where Shift JIS has them; line ends may stand between."""
    out: list[str] = []
    for line in re.split(rb"([\r\n]+)", letters):
        if line[:1] in b"\r\n":
            out.append(line.decode("ascii"))
            continue
        shifted = bytearray()
        for row, cell in zip(line[::2], line[1::2], strict=False):
            lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
            trail = cell + (0x7E if row % 2 == 0 else 0x20 if cell > 0x5F else 0x1F)
            # Whatever stands there in a broken mail has to fit into a byte.
            shifted += bytes((lead & 0xFF, trail & 0xFF))
        out.append(shifted.decode("cp932", "replace"))
    return "".join(out)
