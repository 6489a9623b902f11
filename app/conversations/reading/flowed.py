"""format=flowed (RFC 3676): lines that a mail program broke for the wire, joined again."""


def unflowed(text: str, *, delete_space: bool) -> str:
    """Paragraphs of a flowed text as single lines; `delete_space` is the DelSp parameter."""
    out: list[tuple[int, list[str]]] = []
    flowing = False
    for line in text.split("\n"):
        rest = line.lstrip(">")
        depth = len(line) - len(rest)
        rest = rest.removeprefix(" ")
        continues = rest.endswith(" ") and rest != "-- "
        piece = rest[:-1] if continues and delete_space else rest
        if flowing and out[-1][0] == depth:
            out[-1][1].append(piece)
        else:
            out.append((depth, [piece]))
        flowing = continues
    return "\n".join(
        (">" * depth + " " if depth else "") + "".join(pieces).rstrip(" ") for depth, pieces in out
    )
