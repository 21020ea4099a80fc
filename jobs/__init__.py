"""Commands from people to observatories: asked for here, fetched by the site, followed to their end."""
