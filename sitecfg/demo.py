"""Two sites to begin with: the observatory saf, and the WEMA under whose roof and weather it stands.

Their place is real (Apache Ridge, Santa Fe, New Mexico); the instruments are made up after real ones.
"""

from pathlib import Path

from photonranch.jsontext import loads
from sitecfg import services
from sitecfg.models import Site

FOLDER = Path(__file__).with_name("demo_sites")
# The WEMA first: whoever looks at the observatory finds the place it stands at.
CODES = ("safw", "saf")


def load_into_empty() -> bool:
    """Put the demo sites, if there is no site at all; whether they were put."""
    if Site.objects.exists():
        return False
    for code in CODES:
        services.put_configuration(code, loads((FOLDER / f"{code}.json").read_bytes()), by="demo")
    return True
