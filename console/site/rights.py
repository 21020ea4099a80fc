"""What whoever looks at a site's page may do there, and why not: the rules of the REST calls themselves."""

from typing import Any, Final

from jobs.services import refusal
from photonranch.auth.callers import Caller
from sitecfg.models import Site

SIGN_IN: Final = "Sign in to do this."


def rights(caller: Caller, code: str, site: Site | None, wema: str) -> dict[str, Any]:
    """Why not, as a sentence, for each kind of thing; empty: it is allowed.

    `command` is to the site itself, `enclosure` to its WEMA, `write` everything that takes any signed-in
    user: to reserve and to write the night log.
    """
    if caller.kind != "user":
        return {"command": SIGN_IN, "enclosure": SIGN_IN, "write": SIGN_IN}
    own = refusal(caller, code, site)
    return {"command": own, "enclosure": own if wema == code else _enclosure(caller, wema), "write": ""}


def _enclosure(caller: Caller, wema: str) -> str:
    return refusal(caller, wema, Site(code=wema, kind=Site.Kind.WEMA)) if wema else ""
