"""What stands in a signature: folded on the screen, and still known to the dossier."""

from __future__ import annotations

from flask import Flask

from app.conversations.models import Conversation
from app.dossiers.models import Dossier
from app.kernel.database import db
from tests.factories.mails import PAPERS, mail, take_in
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import SignIn

TEXT = (
    "Dear team, my papers are attached.\n\nBest regards,\nAnna Eriksson\n+62 812 3456 7890\n\n> earlier words"
)


def test_a_signature_is_folded_and_its_telephone_number_is_taken(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        take_in(mail(files=PAPERS, text=TEXT))
    run_jobs()
    with app.app_context():
        reference = db.session.query(Conversation).one().reference
        assert db.session.query(Dossier).one().phone == "+6281234567890"

    sign_in(client, "agent")
    source = client.get(f"/desk/conversations/{reference}").get_data(as_text=True)

    folded = source.split("<summary>Signature</summary>")[1].split("</details>")[0]
    assert "Best regards," in folded and "+62 812 3456 7890" in folded
    assert "earlier words" not in folded
