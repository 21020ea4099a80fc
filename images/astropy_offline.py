"""astropy as this server uses it: imported when first needed, silent, and never asking the network.

Importing its parts takes half a second, which no web process has to spend: only workers read frames. Its
warnings about other people's files are not this server's; the categories are narrow, because a truncated
file must stay an error where pictures are made.
"""

import logging
import warnings
from functools import lru_cache
from typing import Any


def quiet() -> None:
    """Ignore what astropy and erfa say of odd headers. Cheap, and repeated before each use: whoever saves and
    restores the warnings' filters (a test runner, another thread) takes it back."""
    for category in _categories():
        warnings.filterwarnings("ignore", category=category)


@lru_cache(maxsize=1)
def _categories() -> tuple[type[Warning], ...]:
    from astropy.io.fits.verify import VerifyWarning
    from astropy.utils import iers
    from astropy.wcs import FITSFixedWarning
    from erfa import ErfaWarning

    # The tables of the Earth's rotation that came with the packages are all that are used, however old.
    iers.conf.auto_download = False
    iers.conf.auto_max_age = None
    logging.getLogger("astropy").setLevel(logging.WARNING)
    return VerifyWarning, FITSFixedWarning, ErfaWarning


def card_value(card: str) -> Any:
    """The value that astropy reads in a card; None when it reads none."""
    from astropy.io import fits

    quiet()
    try:
        return fits.Card.fromstring(card).value
    except (fits.VerifyError, ValueError, TypeError):
        return None
