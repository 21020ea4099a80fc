"""Django signals of the edge, for whoever wants to know, without knowing them."""

from django.dispatch import Signal

# Sent after a site made one of its calls and was served: `site` is its code, `endpoint` the view's
# `site_call`. Receivers must be fast: they run before the answer leaves.
site_called = Signal()
