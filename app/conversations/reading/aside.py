"""Long runs of base64 set aside, so that the standard library's parser does not walk them line by line.

Nine tenths of a dossier's mail are base64, and the parser takes 40 ms for each megabyte of it. A run is replaced by one
line that looks like base64 too, so the parser sees the same mail, only shorter; where a part's content is taken out, the
run is put back, byte for byte. No line that could be a boundary or a header is ever in such a run.
"""

import re
import secrets

_RUN = re.compile(rb"\n((?:[A-Za-z0-9+/]{60,}+\r?\n){8,}+)")


class Aside:
    """What was set aside from one mail and from the mails inside it."""

    def __init__(self) -> None:
        # Whoever wrote the mail cannot know it, so none of their lines is taken for one of these.
        self._token = secrets.token_hex(24).encode()
        self._mark = re.compile(self._token + rb"(\d{8})")
        self._runs: list[bytes] = []

    def shorter(self, raw: bytes) -> bytes:
        """The mail with each long run replaced by its mark."""
        return _RUN.sub(self._set_aside, raw)

    def whole(self, content: bytes) -> bytes:
        """What `shorter` took out put back in."""
        if self._token not in content:
            return content
        return self._mark.sub(lambda mark: self._runs[int(mark[1])], content)

    def _set_aside(self, found: "re.Match[bytes]") -> bytes:
        run = found[1]
        end = b"\r\n" if run.endswith(b"\r\n") else b"\n"
        self._runs.append(run.removesuffix(end))
        return b"\n" + self._token + b"%08d" % (len(self._runs) - 1) + end
