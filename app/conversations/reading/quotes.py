"""What is new in a reply, apart from the history quoted below it."""

import re

_WEEKDAYS_OR_DIGIT = r"(?=.*\d)"
# Each says "what follows is the earlier mail". Kept to one line; a line folded by the wire is tried with
# its next.
_INTRODUCTIONS = (
    re.compile(rf"^On\b{_WEEKDAYS_OR_DIGIT}.{{5,300}}\bwrote\s?:$", re.IGNORECASE),
    re.compile(rf"^Pada\b{_WEEKDAYS_OR_DIGIT}.{{5,300}}\b(?:menulis|wrote)\s?:$", re.IGNORECASE),
    re.compile(
        rf"^{_WEEKDAYS_OR_DIGIT}.{{5,300}}(?:<[^<>@\s]+@[^<>@\s]+>|@\S+)\s*(?:menulis|wrote|writes)?\s?:$"
    ),
)
_DIVIDER = re.compile(
    r"^[-_ ]{2,}\s*(?:Original Message|Original Appointment|Pesan Asli|Forwarded message|Pesan terusan"
    r"|Reply message)"
    r"\s*[-_ ]{2,}$",
    re.IGNORECASE,
)
_BLOCK_START = re.compile(r"^\*?(?:From|Dari|De|Von|Pengirim)\s?:\*?\s*\S", re.IGNORECASE)
_BLOCK_FIELD = re.compile(
    r"^\*?(?:Sent|Date|To|Subject|Cc|Dikirim|Tanggal|Kepada|Perihal|Subjek|Hal)\s?:\*?", re.IGNORECASE
)
_LONGEST = 400


def visible_text(text: str) -> tuple[str, str]:
    """Split a letter into (new, quoted). `quoted` begins at the history's introduction, "" without one.

    An answer between or below the quoted lines is new too: then only the quoted lines are folded away.
    """
    lines = text.split("\n")
    start = next((place for place in range(len(lines)) if _begins_history(lines, place)), None)
    if start is None:
        return _without_quoted_lines(lines)
    new, quoted = "\n".join(lines[:start]).strip(), "\n".join(lines[start:]).strip()
    below = _answer_below(lines[start:])
    if below and not new:
        return below, quoted
    return (f"{new}\n\n{below}".strip(), quoted) if below else (new, quoted)


def _begins_history(lines: list[str], place: int) -> bool:
    line = lines[place].strip()
    if not line or len(line) > _LONGEST:
        return False
    if _DIVIDER.match(line):
        return True
    if _BLOCK_START.match(line):
        following = [one.strip() for one in lines[place + 1 : place + 6]]
        return sum(bool(_BLOCK_FIELD.match(one)) for one in following) >= 2
    following_line = lines[place + 1].strip() if place + 1 < len(lines) else ""
    joined = [line, f"{line} {following_line}"] if len(following_line) < _LONGEST else [line]
    return any(pattern.match(one) for one in joined for pattern in _INTRODUCTIONS)


def _answer_below(history: list[str]) -> str:
    """Lines after the last or between the ">" lines: only where the history is quoted with ">"."""
    marked = [place for place, line in enumerate(history) if line.startswith(">")]
    if not marked:
        return ""
    return "\n".join(line for line in history[marked[0] :] if not line.startswith(">")).strip()


def _without_quoted_lines(lines: list[str]) -> tuple[str, str]:
    new = [line for line in lines if not line.startswith(">")]
    quoted = [line for line in lines if line.startswith(">")]
    return "\n".join(new).strip(), "\n".join(quoted).strip()
