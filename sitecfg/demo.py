"""Two sites to begin with: the observatory saf, and the WEMA under whose roof and weather it stands.

Their place is real (Apache Ridge, Santa Fe, New Mexico); the instruments are made up after real ones.
"""

from pathlib import Path

from django.conf import settings

from photonranch.lenient_json import loads
from sitecfg import keys, services
from sitecfg.models import Site, SiteKey

FOLDER = Path(__file__).with_name("demo_sites")
# The WEMA first: whoever looks at the observatory finds the place it stands at.
CODES = ("safw", "saf")
MADE_BY = "manage.py serve"


def load_into_empty() -> bool:
    """Put the demo sites, if there is no site at all; whether they were put."""
    if Site.objects.exists():
        return False
    for code in CODES:
        services.put_configuration(code, loads((FOLDER / f"{code}.json").read_bytes()), by="demo")
    return True


def is_here() -> bool:
    """Whether both demo sites are there, and say so: a real site may have these codes."""
    sites = Site.objects.filter(code__in=CODES)
    return sum("DEMO" in (site.configuration.get("owner_alias") or ()) for site in sites) == len(CODES)


def make_keys() -> dict[str, str]:
    """New keys for the demo sites and PIPE, for the simulator of this start; those of earlier starts go.

    None where no key is asked for.
    """
    SiteKey.objects.filter(made_by=MADE_BY).delete()
    if not settings.REQUIRE_SITE_KEYS:
        return {}
    note = "the simulated observatory, made at each start"
    made = {code: keys.make(SiteKey.Scope.SITE, code, note=note, by=MADE_BY) for code in CODES}
    made["pipe"] = keys.make(SiteKey.Scope.PIPE, note=note, by=MADE_BY)
    return {code: key for code, (_, key) in made.items()}
