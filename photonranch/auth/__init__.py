"""Who is calling: a token, a browser session, a site's key, or nobody; the same for HTTP and sockets.

Identity comes from the credential alone. What a body says of itself (`user_id`, `user_roles`) is a claim
and grants nothing.
"""
