"""Reports of mail servers that follow no standard: qmail, Exim, old Postfix and Sendmail, Exchange, Gmail, Yahoo, Lotus."""

import re
from email.message import Message

from app.conversations.reading.headers import header, message_ids
from app.conversations.reading.message import Address, Bounce

_ADDRESS = re.compile(r"[\w.+=~-][\w.+=~'-]{0,63}@[\w.-]{1,190}\.\w{2,24}")
# As qmail, Postfix and Exchange point at it.
_NAMED = re.compile(
    rf"^<({_ADDRESS.pattern})>:|\bSMTP[=:]\s?<?({_ADDRESS.pattern})", re.IGNORECASE | re.MULTILINE
)
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45])[0-5]\d(?=[ -])")
_ROBOT = re.compile(
    r"\W?(?:mailer[-_ ]?daemon|mail[-_. ]delivery[-_. ](?:system|subsystem)|system ?administrator|postmaster|mail[-_]?daemon"
    r"|mdaemon|microsoftexchange[0-9a-f]{8,}|double-bounce|bounces?)(?:[^\w@][^@]*)?(?:@|$)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver(?:able|ed)|mail (?:delivery|system|error|failed|not delivered|could not)|failed mail|processing error"
    r"|rejected mail|warning: |邮件传输失败|邮件投递失败|returned mail|mail delivery (?:failed|failure|error|status)"
    r"|delivery (?:status )?(?:notification|failure|failed"
    r"|has failed|report)|delivery (?:is )?delayed|failure notice"
    r"|could not be delivered|mail system error|non[- ]?deliver(?:able|y)"
    r"|message (?:delivery failure|not delivered|undeliverable)|nondeliverable"
    r"|warning: (?:message|could not send)|unzustellbar"
    r"|nicht zustellbar|non remis|échec de (?:la )?remise|non recapitabile"
    r"|mancato recapito|no se puede entregar|no entregado"
    r"|não (?:é possível|foi possível) entregar|onbestelbaar"
    r"|tidak (?:dapat )?(?:terkirim|dikirim)|gagal (?:dikirim|terkirim)"
    r"|недостав|не доставлено|niedostarcz|teslim edilemedi|退信|无法(?:投递|送达)|配信(?:不能"
    r"|できません)|エラーメール|배달(?:되지|할 수)|반송",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"undeliver|not be delivered|could not (?:be )?deliver|delivery (?:to|failed"
    r"|error)|unable to deliver|permanent(?:ly)? (?:fatal )?(?:error|fail)"
    r"|returned (?:to|below|message)|fatal errors|user unknown|unknown user"
    r"|no such user|mailbox (?:unavailable|full|not found)|quota"
    r"|not listed|does not exist|doesn't exist|wasn't delivered|was not delivered"
    r"|rejected|tidak dapat dikirim|gagal",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\s*(?:re|fwd?|aw|wg|antw|rv|tr|bls|trs)\s*:", re.IGNORECASE)
_DELAY = re.compile(
    r"still being retried|will (?:be )?(?:retr|keep trying|continue to try)"
    r"|has not (?:yet )?been delivered|not yet been delivered"
    r"|delayed|this is a warning message only|do not need to resend",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"permanent|giving up|failed after|could not be delivered|has failed|failed permanently", re.IGNORECASE
)
# What follows is the letter that came back.
_RETURNED = re.compile(
    r"^(?:[-> *=]{0,60}\s*(?:this is a copy of (?:the|your) message"
    r"|below this line is a copy|the header of the original|original message"
    r"|unsent message below|copy of the message|message header|returned message"
    r"|the following (?:is|text was).{0,60}original"
    r"|start of returned message|undelivered message).*|(?:return-path|received):.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_ID_LINE = re.compile(
    r"^[>\s]{0,8}(?:original-)?message-id:\s*(<[^<>\s]{1,998}>)", re.IGNORECASE | re.MULTILINE
)
_REASON = re.compile(
    r"\b[45]\d\d[ -]|\b[45]\.\d{1,3}\.\d{1,3}\b|error|fail|unknown|no such"
    r"|not (?:found|listed|exist|known)|does ?n.t exist|does not exist"
    r"|quota|full|reject|refused|disabled|inactive|unrouteable|timed? out",
    re.IGNORECASE,
)
_LONGEST = 20_000


def is_report(
    message: "Message[str, str]", senders: tuple[Address, ...], subject: str, text: str, *, returned: bool
) -> bool:
    """True for a server's report: it says so itself, or its address, an empty path, its words and the letter it returns agree.

    `returned` tells that the mail holds the Message-ID of another one.
    """
    if header(message, "X-Failed-Recipients"):
        return True
    start = text[:_LONGEST]
    null_path = header(message, "Return-Path").replace(" ", "") == "<>"
    said = bool(_SUBJECT.search(subject)) and not _ANSWER.match(subject)
    reason = bool(_STATUS.search(start) or _PHRASE.search(start))
    if any(_ROBOT.match(one.address or one.name) for one in senders):
        return null_path or said or reason
    return said and reason and (null_path or returned or not any(one.address for one in senders))


def read_report(
    message: "Message[str, str]",
    people: tuple[tuple[Address, ...], tuple[Address, ...]],
    subject: str,
    text: str,
    message_id: str,
) -> Bounce:
    """What a report says, as well as it can be known."""
    start = text[:_LONGEST]
    returned = _RETURNED.search(start, 1)
    said = start[: returned.start()] if returned else start
    own = {one.address.lower() for group in people for one in group}
    status, code = _STATUS.search(said), _CODE.search(said)
    late = _DELAY.search(said) and not _FINAL.search(said)
    return Bounce(
        recipient=_recipient(header(message, "X-Failed-Recipients"), f"{said}\n{subject}", start, own),
        status=status[1] if status else f"{code[1]}.0.0" if code else "",
        action="delayed" if late else "failed",
        diagnostic=diagnostic_in(said)[:1000],
        message_id=message_id,
    )


def is_address(text: str) -> bool:
    """True for what looks like an e-mail address and nothing else."""
    return bool(_ADDRESS.fullmatch(text))


def diagnostic_in(text: str) -> str:
    """The line of a report that gives the reason, "" when none does."""
    lines = [line.strip() for line in text[:_LONGEST].split("\n")]
    coded = (line for line in lines if re.search(r"(?<![\d.])[45]\d\d[ -]|\b[45]\.\d{1,3}\.\d{1,3}\b", line))
    after = (line for line, before in zip(lines[1:], lines, strict=False) if line and _ADDRESS.search(before))
    reasons = (line for line in after if _REASON.search(line))
    anywhere = (line for line in lines if _REASON.search(line))
    return next(coded, "") or next(reasons, "") or next(anywhere, "")


def id_in(text: str) -> str:
    """The first Message-ID that stands as a header in a text, "" when there is none."""
    found = _ID_LINE.search(text[:200_000])
    return next(iter(message_ids(found[1])), "") if found else ""


def _recipient(failed: str, said: str, start: str, own: set[str]) -> str:
    """Where the letter went: what the header says, else the first address that is neither the server's nor ours."""
    if stated := _ADDRESS.search(failed):
        return stated[0]
    named = [one[1] or one[2] for one in _NAMED.finditer(said)]
    found = named + [one[0] for part in (said, start) for one in _ADDRESS.finditer(part)]
    others = (one for one in found if one.lower() not in own and not _ROBOT.match(one))
    return next(others, "")
