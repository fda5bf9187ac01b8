"""The databases and the receiver of the leads' tests, which their faults use as well."""

from tests.leads.databases import postgres_server, postgres_url, sqlite_url, url
from tests.leads.receivers import receiver

__all__ = ["postgres_server", "postgres_url", "receiver", "sqlite_url", "url"]
