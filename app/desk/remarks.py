"""Remarks about a mail in the reader's language. They are kept in English with the mail, as it was read."""

from __future__ import annotations

import re

from flask_babel import gettext

from app.intake import thread
from app.kernel.locale import N_

# The sentences as the intake and the mail reader write them; a defect of Python's own parser is shown as it is.
KNOWN = (
    N_("The sender is not the one this conversation is with."),
    N_(
        "Its files were not put into the dossier: it could not be made sure that the applicant sent them, "
        "or the dossier takes no more."
    ),
    N_("It holds more files than are kept one by one; the rest lies in the mail as it came."),
    N_("a file that is not of the type it claims"),
    N_("text after the last part"),
    N_("HTML kept as a file instead of being shown"),
    N_("mails inside mails, deeper than 8"),
    N_("a file name that cannot be read"),
    N_("an overlong header, read only at its beginning"),
    N_("a date that cannot be read"),
    N_("unknown charset"),
    N_("bytes that are not of the charset they claim"),
    N_("unknown transfer encoding"),
    N_("broken base64"),
    N_("base64 that goes on after its padding"),
    N_("uuencoded content without a beginning"),
    N_("broken uuencoding"),
    N_("more parts than any letter has, kept whole as an attachment"),
    N_("more than 2,000 addresses in one header"),
    N_("HTML that cannot be cleaned"),
    N_("more inside an archive than is taken out of one"),
    N_("an archive that grows beyond measure when opened, kept as it is"),
    N_("an archive that cannot be opened, kept as it is"),
    N_("an archive with a password, kept as it is"),
    N_("an archive of a kind that is not opened here, kept as it is"),
    N_("a file with a password, which cannot be opened"),
    N_("an encrypted mail, which cannot be read here"),
    N_("a signed mail that cannot be opened, kept as it is"),
    N_("a damaged winmail.dat, read as far as it goes"),
    N_("parts that are not divided as the mail says"),
)
_ELSEWHERE = re.compile(re.escape(thread.REFERS_ELSEWHERE).replace(r"\{reference\}", r"(?P<reference>\S+)"))
_UNVERIFIED = re.compile(re.escape(thread.REFERS_UNVERIFIED).replace(r"\{reference\}", r"(?P<reference>\S+)"))
_WHOLE = re.compile(r"cannot be taken apart \((?P<kind>\w+)\), kept whole as an attachment")


def in_words(remark: str) -> str:
    """One remark for the reader."""
    if found := _ELSEWHERE.fullmatch(remark):
        return gettext(
            "It refers to conversation %(reference)s, but its sender has no part in that one.",
            reference=found["reference"],
        )
    if found := _UNVERIFIED.fullmatch(remark):
        return gettext(
            "It refers to conversation %(reference)s, but it is not sure who sent it.",
            reference=found["reference"],
        )
    if found := _WHOLE.fullmatch(remark):
        return gettext("cannot be taken apart (%(kind)s), kept whole as an attachment", kind=found["kind"])
    return gettext(remark)
