"""The applicant's own address, entered when somebody else had sent the papers."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.desk.bench_forms import AddressForm
from app.desk.coming_back import back
from app.dossiers.address import learn_address
from app.dossiers.find import by_reference
from app.kernel.access import current_actor, permit
from app.kernel.permissions import Permission
from app.kernel.web import told


class Addressing:
    """Mixin of the workbench."""

    @expose("/<reference>/address", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def learn_address(self, reference: str) -> ResponseReturnValue:
        """From now on letters and links go there, for good."""
        dossier, actor, form = by_reference(reference), current_actor(), AddressForm().checked()
        learn_address(dossier.id, email=str(form.email.data), actor=actor)
        told(_("The address is kept. The applicant is told what arrived and what is missing."))
        return back(dossier)
