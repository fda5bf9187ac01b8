"""Book at Serenity: requests kept and delivered, the owner's view, a person's data.

`Office` wires the room from settings; `validate_form`, `VisitContext` and `Office.desk` are what
a page needs to take a request.
"""

from assistant.leads.access import StaffAccess, StaffAccessMisconfigured, TooManyAttempts
from assistant.leads.booking import BookingLinkRefused, allowed_hosts, booking_link
from assistant.leads.caps import Caps
from assistant.leads.contact import ContactUnreadable
from assistant.leads.database import Database, DatabaseUnavailable, ErasureIncomplete
from assistant.leads.desk import (
    LeadDesk,
    LeadRefused,
    Receipt,
    RequestErased,
    StoppedConversation,
    TryLater,
    VisitContext,
)
from assistant.leads.figures import Figures
from assistant.leads.form import FormErrors, LeadForm, mint_key, validate_form
from assistant.leads.journal import Journal
from assistant.leads.letters import ConfirmationRoute, EmailRoute
from assistant.leads.office import Office
from assistant.leads.outbox import NotReplayable, Outbox
from assistant.leads.personal_data import Erasure, PersonalData
from assistant.leads.relay import Relay, Schedule
from assistant.leads.routes import Outcome, Route, RouteMisconfigured
from assistant.leads.smtp import SmtpServer
from assistant.leads.staff import LeadPage, NoSuchLead, Staff
from assistant.leads.webhook import WebhookRoute

__all__ = [
    "BookingLinkRefused", "Caps", "ConfirmationRoute", "ContactUnreadable", "Database",
    "DatabaseUnavailable", "EmailRoute", "Erasure", "ErasureIncomplete", "Figures", "FormErrors",
    "Journal", "LeadDesk", "LeadForm", "LeadPage", "LeadRefused", "NoSuchLead", "NotReplayable",
    "Office", "Outbox", "Outcome", "PersonalData", "Receipt", "Relay", "RequestErased", "Route",
    "RouteMisconfigured", "Schedule", "SmtpServer", "Staff", "StaffAccess",
    "StaffAccessMisconfigured", "StoppedConversation", "TooManyAttempts", "TryLater",
    "VisitContext", "WebhookRoute", "allowed_hosts", "booking_link", "mint_key", "validate_form",
]  # fmt: skip
