"""What looks like spam in a request, as reasons for staff.

Owns the signs. It does not promise that a flagged request is spam, so nothing is dropped: a
flagged request is kept and delivered with its reasons, and only the confirmation to the address
it names is withheld, lest the form be used to write to strangers.
"""

from __future__ import annotations

import re

from assistant.leads.form import LeadForm

_LINK = re.compile(
    r"https?://|www\.|\[url|<a\s|\b[\w-]+\.(?:ru|xyz|top|click|shop|biz)\b", re.IGNORECASE
)
_MARKUP = re.compile(r"</?[a-z][^>]*>|\[/?(?:url|b|img)\b", re.IGNORECASE)
_SALES = re.compile(
    r"\b(?:seo|backlinks?|casino|crypto|bitcoin|viagra|guest post|rank(?:ing)? (?:on|in) google)\b",
    re.IGNORECASE,
)


def suspicions(form: LeadForm) -> list[str]:
    """Reasons why this request may be spam; empty for most."""
    texts = (form.name, form.wish, form.message)
    together = "\n".join(texts)
    signs = {
        "the hidden field was filled in": bool(form.website),
        "a link stands in the name": bool(_LINK.search(form.name)),
        "it holds links": bool(_LINK.search(together)),
        "it holds markup": bool(_MARKUP.search(together)),
        "it reads like an advertisement": bool(_SALES.search(together)),
    }
    return [reason for reason, seen in signs.items() if seen]
