"""Targets: from a name to coordinates, and to when and where they can be observed; people's lists of them."""
