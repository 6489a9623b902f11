"""Sign-in: who gets in, who does not, and when a session ends."""

from __future__ import annotations

from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import SignIn


def test_a_good_sign_in_leads_to_the_desk(client: InspectingClient, sign_in: SignIn) -> None:
    member = sign_in(client, "agent", name="Sari Wulandari")

    assert member.role_names == ["agent"]
    assert client.get("/password").status_code == 200
