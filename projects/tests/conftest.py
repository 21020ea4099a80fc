"""Frames come into an archive of the test's own, and are read and matched at once."""

from images.tests.conftest import _own_store, worker  # noqa: F401
