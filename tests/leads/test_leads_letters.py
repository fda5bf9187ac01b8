"""E-mail: handed to a real server over TLS, to the right people, with no header of a visitor's."""

import logging
from dataclasses import replace

import pytest
from sqlalchemy import select

from assistant.leads import (
    ConfirmationRoute,
    EmailRoute,
    LeadDesk,
    Relay,
    RouteMisconfigured,
    SmtpServer,
)
from assistant.leads.tables import outbox

SPA = "desk@serenity.example.com"


@pytest.fixture
def deliver(small_db, clock, filled, visit):
    """Submits a form and delivers it by e-mail; gives the outbox's standing."""

    def run(server, context=None, **changes):
        desk = LeadDesk(small_db, lambda _: None, routes=["email", "confirmation"], clock=clock)
        receipt = desk.submit(filled(**changes), context or visit())
        routes = [EmailRoute(server, SPA, SPA), ConfirmationRoute(server, SPA)]
        relay = Relay(small_db, routes, clock=clock, draw=lambda: 1.0)
        relay.run_once()
        return receipt, relay

    return run


@pytest.mark.parametrize("tls", ["starttls", "implicit", "none"])
def test_the_spa_and_the_visitor_are_told(smtp, deliver, tls):
    mailbox, server = smtp(tls)
    receipt, _ = deliver(server)
    to_spa, to_visitor = sorted(mailbox.messages(), key=lambda each: each["To"] != SPA)
    if tls == "starttls":  # a server of implicit TLS understands nothing else anyway
        assert all(encrypted for encrypted, _ in mailbox.letters)
    assert (to_spa["To"], to_spa["Reply-To"]) == (SPA, "ada@example.com")
    assert receipt.reference in to_spa["Subject"]
    assert "In the afternoon, please." in to_spa.get_content()
    assert to_visitor["To"] == "ada@example.com"
    assert receipt.reference in to_visitor.get_content()


def test_a_confirmation_repeats_nothing_that_was_typed(smtp, deliver):
    mailbox, server = smtp("none")
    deliver(server, name="Buy now", wish="Buy now", message="Buy now")
    letter = next(each for each in mailbox.messages() if each["To"] == "ada@example.com")
    assert "Buy now" not in letter.as_string()
    assert letter["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("ticked", [True, False])
def test_words_of_the_chat_go_to_the_spa_only_if_ticked(smtp, deliver, visit, ticked):
    mailbox, server = smtp("none")
    context = visit(turns=("I have canarysymptom",), condition="canarysymptom: ask first")
    deliver(server, context, attach_chat=ticked)
    assert len(mailbox.messages()) == 2
    for letter in mailbox.messages():
        assert ("canarysymptom" in letter.as_string()) == (ticked and letter["To"] == SPA)


def test_no_line_of_a_form_becomes_a_header(smtp, deliver):
    mailbox, server = smtp("none")
    evil = "x\r\nBcc: stranger@example.net\r\n\r\nhello"
    deliver(server, name=evil, wish=evil, message=evil)
    assert len(mailbox.messages()) == 2
    for _, envelope in mailbox.letters:
        assert "stranger@example.net" not in envelope.rcpt_tos
    for letter in mailbox.messages():
        assert letter["Bcc"] is None


def test_the_message_id_is_the_same_on_each_try(smtp, deliver, clock):
    mailbox, server = smtp("none")
    mailbox.answers["DATA"] = "451 later"
    _, relay = deliver(server)
    assert mailbox.letters == []
    mailbox.answers.clear()
    clock.advance(minutes=1)
    assert relay.run_once() == 2
    ids = [letter["Message-ID"] for letter in mailbox.messages()]
    assert len(set(ids)) == 2
    assert all(each.startswith("<msg_") and each.endswith("@serenity.example.com>") for each in ids)


@pytest.mark.parametrize(
    ("step", "answer", "pending", "dead"),
    [
        ("RCPT", "550 no such user ada@example.com", 0, 2),
        ("RCPT", "450 greylisted ada@example.com", 2, 0),
        ("DATA", "554 spam", 0, 2),
        ("DATA", "452 disk full", 2, 0),
    ],
)
def test_a_refusal_is_final_and_a_delay_is_not(
    smtp, deliver, small_db, caplog, step, answer, pending, dead
):
    caplog.set_level(logging.INFO, logger="assistant")
    mailbox, server = smtp("none")
    mailbox.answers[step] = answer
    _, relay = deliver(server)
    standing = relay._outbox.standing()
    assert (standing.pending, standing.dead) == (pending, dead)
    assert "ada@example.com" not in caplog.text


def test_starttls_is_never_given_up(smtp, deliver):
    """A server without TLS gets nothing: someone between may have taken the offer out."""
    mailbox, plain = smtp("none")
    _, relay = deliver(SmtpServer(plain.host, plain.port, "starttls"))
    assert mailbox.letters == []
    assert relay._outbox.standing().pending == 2


def test_a_certificate_that_is_not_trusted_gets_nothing(smtp, deliver):
    mailbox, server = smtp("implicit")
    _, relay = deliver(SmtpServer(server.host, server.port, "implicit"))
    assert mailbox.letters == []
    assert relay._outbox.standing().pending == 2


def test_a_server_that_is_away_is_tried_again(deliver):
    _, relay = deliver(SmtpServer("127.0.0.1", 1, "none"))
    assert relay._outbox.standing().pending == 2


ALL_WORDS = (b"CONNECT", b"EHLO", b"MAIL", b"RCPT", b"DATA")


@pytest.mark.parametrize("answered", range(len(ALL_WORDS)))
def test_a_server_that_drips_is_left_at_whatever_word(
    small_desk, small_db, dripping_server, clock, filled, visit, answered
):
    """Each byte comes in time, so no time-out of a single step would ever end it."""
    dripping = dripping_server(*ALL_WORDS[:answered])
    small_desk.submit(filled(), visit())
    server = SmtpServer("127.0.0.1", dripping.port, "none", total_seconds=0.4)
    Relay(small_db, [EmailRoute(server, SPA, SPA)], clock=clock).run_once()
    with small_db.read() as conn:
        row = conn.execute(select(outbox).where(outbox.c.route == "email")).one()
    assert (row.state, row.last_error) == (
        "pending",
        "no answer of the mail server in 0.4 s",
    )


def test_a_letter_that_was_taken_is_not_sent_again_for_a_farewell_that_drips(
    small_desk, small_db, dripping_server, clock, filled, visit
):
    dripping = dripping_server(*ALL_WORDS)
    small_desk.submit(filled(), visit())
    server = SmtpServer("127.0.0.1", dripping.port, "none")
    Relay(small_db, [EmailRoute(server, SPA, SPA)], clock=clock).run_once()
    with small_db.read() as conn:
        states = select(outbox.c.state).where(outbox.c.route == "email")
        assert conn.execute(states).scalar_one() == "delivered"


def test_a_login_that_is_refused_is_tried_again(smtp, deliver, small_db):
    """The owner may put the password right; no letter is lost over it."""
    mailbox, server = smtp("starttls")
    mailbox.answers["AUTH"] = "no"
    _, relay = deliver(replace(server, user="spa", password="guess"))
    assert mailbox.letters == []
    with small_db.read() as conn:
        errors = set(conn.execute(select(outbox.c.last_error)).scalars())
    assert errors == {"the mail server refused our login (535)"}
    assert relay._outbox.standing().pending == 2
    del mailbox.answers["AUTH"]
    deliver(replace(server, user="spa", password="right"), email="other@example.com")
    assert len(mailbox.letters) == 2


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_server_that_hangs_behind_tls_is_left_too(smtp, deliver, tls):
    mailbox, server = smtp(tls)
    mailbox.hang_seconds = 5
    _, relay = deliver(replace(server, total_seconds=0.4), email="", phone="+1 202 555 0123")
    assert mailbox.letters == []
    assert relay._outbox.standing().pending == 1


def test_an_address_beyond_ascii_still_reaches_the_spa(smtp, deliver):
    mailbox, server = smtp("none")
    deliver(server, email="ädä@example.com")
    to_spa = next(each for each in mailbox.messages() if each["To"] == SPA)
    assert "ädä@example.com" in to_spa.get_content()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1", "scheme 'http'"),
        ("smtp://", "host ''"),
        ("smtp://mail.example.com:port", "port"),
        ("smtp://mail.example.com?tls=none", "this machine only"),
    ],
)
def test_a_mail_url_that_cannot_work_is_refused(url, told):
    with pytest.raises(RouteMisconfigured, match=told):
        SmtpServer.from_url(url)


def test_the_url_says_how_to_speak():
    found = SmtpServer.from_url("smtps://ada%40x:p%3Aw@mail.example.com")
    assert (found.port, found.tls, found.user, found.password) == (465, "implicit", "ada@x", "p:w")
    assert SmtpServer.from_url("smtp://mail.example.com").port == 587
    assert "p:w" not in repr(found)
