"""The commands about leads: list them, deliver them, hand over or erase a person's data.

Owns their wording and exit codes. Contacts are printed by `leads` and `data export` alone, which
are asked for them. It does not promise privacy of the shell: `--contact -` reads from stdin.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from assistant.leads.access import StaffAccessMisconfigured, hash_password
from assistant.leads.contact import ContactUnreadable
from assistant.leads.database import DatabaseUnavailable, ErasureIncomplete
from assistant.leads.office import Office
from assistant.leads.personal_data import Erasure
from assistant.leads.routes import RouteMisconfigured
from assistant.settings import Settings, SettingsUnreadable, read_settings

Contact = Annotated[
    str, typer.Option(help="E-mail address or telephone number; - reads it from stdin.")
]

app = typer.Typer(help="Look after requests and personal data.")
data = typer.Typer(help="A person's data: export or erase.", no_args_is_help=True)
app.add_typer(data, name="data")


@app.command("leads")
def list_leads(
    search: Annotated[str, typer.Option(help="Words to look for.")] = "",
    undelivered: Annotated[bool, typer.Option(help="Only what did not reach the spa.")] = False,
    page: Annotated[int, typer.Option(help="Page, 25 leads each.")] = 1,
) -> None:
    """List the requests of visitors, newest first."""
    with _office() as office:
        found = office.staff.leads(search=search, undelivered=undelivered, page=page)
        for row in found.rows:
            contact = " ".join(filter(None, (row.name, row.email, row.phone)))
            when = f"{row.last_at:%Y-%m-%d %H:%M}"
            typer.echo(f"{row.reference}  {when}  {row.state:9}  {row.reach:11}  {contact}")
        typer.echo(f"{found.total} leads, page {found.page} of {found.pages}")


@app.command("relay")
def run_relay(
    once: Annotated[bool, typer.Option(help="Deliver what is due and end.")] = False,
) -> None:
    """Deliver requests to the spa until stopped; several relays share the work."""
    with _office() as office:
        for warning in office.warnings:
            typer.echo(warning, err=True)
        if once:
            typer.echo(f"{office.relay.run_once()} deliveries tried")
            return
        stop = threading.Event()
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, lambda *_: stop.set())
        office.run_until(stop)


@app.command("retention")
def keep_retention(
    days: Annotated[int | None, typer.Option(min=1, help="Age in days; else the setting.")] = None,
) -> None:
    """Erase what is older than the retention."""
    with _office() as office:
        asked = days or office.settings.retention_days
        _tell(office.personal_data.apply_retention(asked))


@app.command("hash-password")
def print_hash() -> None:
    """Make the hash of a staff password, typed twice, for SERENITY_STAFF_PASSWORD_HASH."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    typer.echo(hash_password(password))


@data.command("export")
def export_data(contact: Contact) -> None:
    """Print everything kept about a contact as JSON."""
    with _office() as office:
        found = office.personal_data.export(_given(contact))
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@data.command("erase")
def erase_data(contact: Contact) -> None:
    """Erase everything kept about a contact."""
    with _office() as office:
        _tell(office.personal_data.erase(_given(contact)))


def _given(contact: str) -> str:
    return sys.stdin.readline().strip() if contact == "-" else contact


def _tell(erased: Erasure) -> None:
    typer.echo(
        f"erased: {erased.leads} leads, {erased.requests} requests, {erased.questions} questions, "
        f"{erased.feedback} feedback"
    )


@contextmanager
def _office() -> Iterator[Office]:
    """The wired room; its errors become one line and exit code 1."""
    try:
        settings = read_settings(Settings)
        office = Office.open(settings, level_of=lambda _turns: "urgent")  # takes no request
        try:
            yield office
        finally:
            office.close()
    except (
        ContactUnreadable, DatabaseUnavailable, ErasureIncomplete, RouteMisconfigured,
        SettingsUnreadable, StaffAccessMisconfigured,
    ) as error:  # fmt: skip
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
