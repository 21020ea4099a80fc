"""Quick look at frames: what their pixels say, of a region or along a line, and how sharp their stars are."""
