"""A worker's first frame with a WCS finds astropy there."""

import subprocess
import sys

STARTED = """
import sys, threading, django
django.setup()
from images import warming
assert "astropy.wcs" not in sys.modules
warming.warm_up()
[thread] = [each for each in threading.enumerate() if each.name == "warming"]
thread.join()
print(*sorted({"astropy.wcs", "astropy.coordinates", "astropy.time"} & set(sys.modules)))
"""


def test_it_works() -> None:
    run = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)
    assert run.stdout == "astropy.coordinates astropy.time astropy.wcs\n"
