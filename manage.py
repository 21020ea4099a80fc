#!/usr/bin/env python
"""Django's command line: `python manage.py help` lists what can be done."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        # One sentence that names the variable is what an operator needs; a trace hides it.
        sys.exit(f"The server is not set up right: {problem}")


if __name__ == "__main__":
    main()
