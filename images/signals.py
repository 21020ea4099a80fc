"""What the archive tells whoever wants to know, without knowing them."""

from django.dispatch import Signal

# Sent when a frame's header was read, for the first time or corrected, in the transaction that keeps it:
# `image` is the frame. Receivers write down what they have to do, and do it after the commit.
header_read = Signal()
