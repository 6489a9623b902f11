"""Who made a dossier: whoever reviewed, held the call, edited or submitted it never approves it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.dossiers.models import DossierMaker
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.kernel.errors import NotPermitted

PARTS = ("reviewer", "caller", "editor", "submitter")


class ApproverCannotMake(NotPermitted):
    """Raised when somebody who approved a dossier would work on it afterwards, as when the approval lapsed (403)."""

    default = lazy_gettext("You approved this dossier before, so a colleague works on it now.")


@use_case
def add_maker(dossier_id: int, *, actor: Actor, part: str) -> None:
    """Note that a staff member took this part (one of PARTS) in making a dossier; done again it changes nothing.

    The desk itself and the applicant are no makers. Raises ApproverCannotMake: the database knows who approved before.
    """
    if part not in PARTS:
        raise ValueError("There is no such part in making a dossier.")
    if actor.kind != "staff":
        return
    try:
        with db.session.begin_nested():
            _insert(dossier_id, actor.staff_id, part)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "four_eyes":
            raise
        raise ApproverCannotMake from None


def _insert(dossier_id: int, staff_id: int, part: str) -> None:
    db.session.execute(
        insert(DossierMaker)
        .values(dossier_id=dossier_id, staff_id=staff_id, part=part, created_at=now())
        .on_conflict_do_nothing(index_elements=["dossier_id", "staff_id", "part"])
    )


@use_case
def copy_makers(from_id: int, to_id: int) -> None:
    """Whoever made one dossier is a maker of the other too, with the same parts. Raises ApproverCannotMake."""
    for maker in makers_of(from_id):
        add_maker(to_id, actor=Actor("staff", maker.staff_id), part=maker.part)


def makers_of(dossier_id: int) -> Sequence[DossierMaker]:
    """Every part somebody took in making a dossier, in the order in which they came in."""
    wanted = select(DossierMaker).where(DossierMaker.dossier_id == dossier_id).order_by(DossierMaker.id)
    return db.session.scalars(wanted).all()
