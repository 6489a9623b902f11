"""Who else has the same thing on the screen. Each page tells it every few seconds; whoever is silent for a while is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.desk.models import Presence
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.kernel.errors import InvalidInput
from app.staff.models import StaffMember

LOOKING, REPLYING, GONE = "looking", "replying", "gone"
# Pages tell every 15 seconds: two may get lost.
FRESH = timedelta(seconds=45)
KEPT = timedelta(minutes=10)


@use_case
def tell(subject_type: str, subject_id: int, doing: str, *, actor: Actor) -> None:
    """This person is looking, replying, or gone. InvalidInput for anything else. What they left long ago is forgotten."""
    if doing not in (LOOKING, REPLYING, GONE):
        raise InvalidInput
    mine = Presence.staff_id == actor.staff_id
    here = (Presence.subject_type == subject_type) & (Presence.subject_id == subject_id)
    old = Presence.seen_at < now() - KEPT
    db.session.execute(delete(Presence).where(mine, here | old if doing == GONE else old))
    if doing == GONE:
        return
    told = {"doing": doing, "seen_at": now()}
    db.session.execute(
        insert(Presence)
        .values(staff_id=actor.staff_id, subject_type=subject_type, subject_id=subject_id, **told)
        .on_conflict_do_update(index_elements=["subject_type", "subject_id", "staff_id"], set_=told)
    )


def others(subject_type: str, subject_id: int, *, but: int | None) -> Sequence[tuple[str, str]]:
    """(name, looking or replying) of everybody else who has it on the screen, who replies first."""
    query = (
        select(StaffMember.name, Presence.doing)
        .join(StaffMember, StaffMember.id == Presence.staff_id)
        .where(
            Presence.subject_type == subject_type,
            Presence.subject_id == subject_id,
            Presence.seen_at > now() - FRESH,
            Presence.staff_id != but,
        )
        .order_by(Presence.doing.desc(), StaffMember.name)
        .limit(20)
    )
    return db.session.execute(query).all()


def in_words(found: Sequence[tuple[str, str]]) -> str:
    """Such as “Budi is replying · Sari is looking”; "" for nobody."""
    said = [
        _("%(name)s is replying", name=name) if doing == REPLYING else _("%(name)s is looking", name=name)
        for name, doing in found
    ]
    return " · ".join(said)


def replying(subject_type: str, ids: list[int], *, but: int | None) -> dict[int, str]:
    """Who replies at this moment, by id, for a list of them."""
    query = (
        select(Presence.subject_id, StaffMember.name)
        .join(StaffMember, StaffMember.id == Presence.staff_id)
        .where(
            Presence.subject_type == subject_type,
            Presence.subject_id.in_(ids),
            Presence.doing == REPLYING,
            Presence.seen_at > now() - FRESH,
            Presence.staff_id != but,
        )
    )
    return dict(db.session.execute(query).all())
