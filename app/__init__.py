"""The support desk of Xignature. `create_app` is the only place where things are wired."""

from __future__ import annotations

import functools
import importlib
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.gateways import Gateways
from app.gateways.database_place import DatabasePlace
from app.kernel import access, health, locale, logging, office, web
from app.kernel.database import db, migrate

if TYPE_CHECKING:
    from app.gateways.mailbox import Mailbox
    from config import MailboxSettings, Settings

# Every module that declares rows or jobs; a row must be known before mappers are configured, a job before a worker runs.
KERNEL_ROWS = ("kernel.full_text.jobs", "kernel.links", "kernel.limits")
ROOMS_WITH_ROWS = (
    *(
        "vault",
        "audit",
        "staff",
        "letters",
        "knowledge",
        "accounts",
        "documents",
        "conversations",
        "dossiers",
        "calls",
    ),
    *("approvals", "certificates", "intake", "desk"),
)
ROOMS_WITH_JOBS = (
    "accounts",
    "audit",
    "certificates",
    "conversations",
    "documents",
    "intake",
    "letters",
    "staff",
)


def create_app(settings: Settings, gateways: Gateways | None = None) -> Flask:
    """The desk as a WSGI application; `gateways` replaces the outside systems that the settings name."""
    logging.configure()
    app = Flask("app", root_path=None, template_folder="../templates", static_folder="static")
    app.extensions["desk_settings"] = settings
    _configure(app, settings)
    _load()
    db.init_app(app)
    migrate.init_app(app, db, directory="migrations", compare_type=True)
    app.extensions["desk_gateways"] = gateways or _gateways(app, settings)
    access.init_app(app)
    web.init_app(app)
    locale.init_app(app)
    health.init_app(app)
    office.init_app(app, settings)
    _sign_in(app, settings)
    _connect(app)
    _screens(app)
    _commands(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    place = app.extensions["desk_database"] = DatabasePlace(settings)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI="postgresql+psycopg://",
        SQLALCHEMY_ENGINE_OPTIONS={
            "creator": lambda: psycopg.connect(place.application),
            "hide_parameters": True,
            "pool_pre_ping": True,
            "pool_size": 10,
        },
        SESSION_COOKIE_NAME="desk",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=60 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=8 * 3600,
        # The public pages send no referrer, because their addresses carry tokens; the form's own token is what counts.
        WTF_CSRF_SSL_STRICT=False,
        PREFERRED_URL_SCHEME="https" if settings.secure else "http",
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        # Flask documents wsgi_app as the place for middleware; to mypy it is a method.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _load() -> None:
    jobs = [*(f"{room}.jobs" for room in ROOMS_WITH_JOBS), "intake.rounds"]
    for module in (*KERNEL_ROWS, *(f"{room}.models" for room in ROOMS_WITH_ROWS), *jobs):
        importlib.import_module(f"app.{module}")


def _gateways(app: Flask, settings: Settings) -> Gateways:
    from app.gateways.authority import Authority
    from app.gateways.key_store import KeyStore
    from app.gateways.mailer import Mailer
    from app.gateways.store import FileStore
    from app.gateways.vault import Vault

    smtp = settings.smtp
    settings.vault_dir.mkdir(parents=True, exist_ok=True)
    mailer = Mailer(
        host=smtp.host, port=smtp.port, security=smtp.security, username=smtp.username, password=smtp.password
    )
    mailer.init_app(app)
    return Gateways(
        vault=Vault(
            FileStore(str(settings.vault_dir)), KeyStore(settings.key_store_dir, settings.master_key)
        ),
        mailer=mailer,
        open_mailbox=functools.partial(_mailbox, settings),
        open_authority=lambda: Authority.load(settings.authority_dir, settings.master_key),
    )


def _mailbox(
    settings: Settings,
    which: MailboxSettings | None = None,
    *,
    token: str = "",
    readonly: bool = False,
    timeout: float | None = None,
) -> Mailbox:
    from app.gateways.mailbox import Mailbox

    which = which or settings.mailboxes[0]
    return Mailbox(
        host=which.server.host,
        port=which.server.port,
        security=which.server.security,
        username=which.server.username,
        password=which.server.password,
        token=token,
        mechanism=which.tokens.mechanism if which.tokens else "XOAUTH2",
        folder=which.folder,
        timeout=timeout or settings.intake_timeout_seconds,
        readonly=readonly,
    )


def _sign_in(app: Flask, settings: Settings) -> None:
    from app.staff import sign_in, views

    sign_in.init_app(app, settings)
    views.init_app(app)


def _connect(app: Flask) -> None:
    """Which feature hears of what; handlers run inside the transaction that emits."""
    from app.accounts import close
    from app.approvals import submit, void
    from app.calls import cancel
    from app.certificates import jobs as certificates
    from app.certificates import resend_link
    from app.dossiers import evidence
    from app.kernel.events import connect
    from app.letters import powers_given

    connect(app, "account.activated", certificates.account_activated)
    connect(app, "account.link_asked", resend_link.link_asked)
    connect(app, "document.added", evidence.document_added)
    connect(app, "document.rendered", evidence.document_rendered)
    connect(app, "dossier.approve", certificates.dossier_approved)
    for submitted in ("confirm_identity", "accept_again"):
        connect(app, f"dossier.{submitted}", submit.awaiting_approval)
    connect(app, "dossier.lack_again", cancel.dossier_left)
    for left in ("ask_again", "hold", "reject", "withdraw", "expire"):
        connect(app, f"dossier.{left}", cancel.dossier_left)
        connect(app, f"dossier.{left}", void.dossier_left)
    for closed in ("reject", "withdraw"):
        connect(app, f"dossier.{closed}", close.dossier_closed)
    connect(app, "dossier.change_evidence", void.evidence_changed)
    connect(app, "staff.powers_given", powers_given.tell_supervisors)


def _screens(app: Flask) -> None:
    """Flask-Admin's screens and the public pages."""
    from flask_admin import Admin
    from flask_admin.theme import Bootstrap4Theme

    from app.accounts.views import accounts
    from app.approvals.admin import ApprovalsView
    from app.calls.admin import CallsView
    from app.certificates.admin import CertificatesView
    from app.certificates.views import owner
    from app.conversations.admin import MessagesView
    from app.desk import metrics, rail, search_texts
    from app.desk.accounts import AccountsView
    from app.desk.health import HealthView
    from app.desk.home import HomeView
    from app.desk.inbox import ConversationsView
    from app.desk.joining import JoinView
    from app.desk.merging import MergeView
    from app.desk.moving import MoveView
    from app.desk.search import SearchView
    from app.desk.split import SplitView
    from app.desk.trail import TrailView
    from app.desk.trail_words import verb_label
    from app.desk.workbench import WorkbenchView
    from app.documents.admin import DocumentPicturesView
    from app.dossiers.admin import DossiersView
    from app.intake.admin import QuarantineView
    from app.kernel.back_office import register
    from app.knowledge.admin import MacrosView
    from app.letters.admin import LettersView
    from app.staff.admin import StaffView

    home = HomeView(name="Home", endpoint="home", url="/desk")
    admin = Admin(
        app,
        name="Xignature Desk",
        url="/desk",
        index_view=home,
        theme=Bootstrap4Theme(base_template="admin/base.html"),
        csp_nonce_generator=web.csp_nonce,
    )
    rail.init_app(app)
    metrics.init_app(app)
    search_texts.init_app(app)
    app.jinja_env.filters["verb_label"] = verb_label
    app.extensions["desk_admin_views"]["home"] = home
    access.state(app, access.SIGNED_IN, "home.static")
    register(
        app,
        admin,
        AccountsView(name="Accounts", endpoint="accounts", url="/desk/accounts"),
        ApprovalsView(name="Approvals", endpoint="approvals", url="/desk/approvals"),
        CallsView(name="Calls", endpoint="calls", url="/desk/calls"),
        CertificatesView(name="Certificates", endpoint="certificates", url="/desk/certificates"),
        ConversationsView(name="Inbox", endpoint="conversations", url="/desk/conversations"),
        DocumentPicturesView(name="Documents", endpoint="documents", url="/desk/documents"),
        DossiersView(name="Dossiers", endpoint="dossiers", url="/desk/dossiers"),
        HealthView(name="Health", endpoint="health", url="/desk/health"),
        JoinView(name="Join", endpoint="join", url="/desk/join"),
        LettersView(name="Letters", endpoint="letters", url="/desk/letters"),
        MergeView(name="Merge", endpoint="merge", url="/desk/merge"),
        MacrosView(name="Macros", endpoint="macros", url="/desk/macros"),
        MessagesView(name="Messages", endpoint="messages", url="/desk/messages"),
        MoveView(name="Move", endpoint="move", url="/desk/move"),
        QuarantineView(name="Quarantine", endpoint="quarantine", url="/desk/quarantine"),
        SearchView(name="Search", endpoint="search", url="/desk/search"),
        SplitView(name="Split", endpoint="split", url="/desk/split"),
        StaffView(name="Staff", endpoint="staff", url="/desk/staff"),
        TrailView(name="Trail", endpoint="trail", url="/desk/trail"),
        WorkbenchView(name="Workbench", endpoint="workbench", url="/desk/workbench"),
    )
    for pages in (accounts, owner):
        app.register_blueprint(pages)


def _commands(app: Flask) -> None:
    """The operator's commands."""
    from app import cli

    cli.register(app)
