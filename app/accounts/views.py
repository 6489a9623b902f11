"""Pages without a sign-in: activate the account, ask for the link again."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import proof_of_work
from app.accounts.activate import activate, look
from app.accounts.forms import PressForm, ResendForm
from app.accounts.owner_link import new_owner_link
from app.accounts.resend import ask_resend
from app.kernel.access import public
from app.kernel.database import use_case
from app.kernel.links import LinkUnusable
from app.kernel.network import network_of

accounts = Blueprint("activation", __name__)


@accounts.get("/activate/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """The button. Opening the page changes nothing: mail scanners open every link."""
    look(token)
    return render_template("accounts/activate.html", form_url=request.path)


@accounts.post("/activate/<token>")
@public
def press(token: str) -> ResponseReturnValue:
    """Activate, and go on to the owner's page with a link of its own."""
    PressForm().checked()
    return redirect(url_for("owner.show", token=_activate(token)))


@use_case
def _activate(token: str) -> str:
    return new_owner_link(activate(token).id)


@accounts.errorhandler(LinkUnusable)
def unusable(refusal: LinkUnusable) -> ResponseReturnValue:
    """Say what to do next; the sentence does not tell why the link does not work."""
    return render_template(
        "accounts/activate.html", problem=refusal.message, resend_url=_ask_url()
    ), refusal.status


@accounts.get("/register/activate")
@public
def ask() -> ResponseReturnValue:
    """The form that asks for the link again."""
    return _ask_page({}, {})


@accounts.post("/register/activate")
@public
def asked() -> ResponseReturnValue:
    """Take the wish. The answer is the same whether or not anybody has this address."""
    form = ResendForm()
    if not form.validate_on_submit():
        return _ask_page(
            {"email": form.email.data}, {name: each[0] for name, each in form.errors.items()}
        ), 400
    try:
        proof_of_work.check(form.proof.data or "")
    except proof_of_work.ProofRefused as refusal:
        return _ask_page({"email": form.email.data}, {"proof": refusal.message}), refusal.status
    ask_resend(form.email.data, network=network_of(request.remote_addr))
    sender = current_app.extensions["desk_settings"].activation_sender
    return render_template("accounts/resend.html", sent=True, activation_sender=sender)


@accounts.get("/register/activate/task")
@public
def task() -> ResponseReturnValue:
    """A task for the check in the browser."""
    return jsonify(proof_of_work.task())


def _ask_url() -> str:
    return url_for("activation.ask")


def _ask_page(values: dict[str, object], errors: dict[str, object]) -> str:
    return render_template(
        "accounts/resend.html",
        form_url=_ask_url(),
        challenge_url=url_for("activation.task"),
        values=values,
        errors=errors,
    )
