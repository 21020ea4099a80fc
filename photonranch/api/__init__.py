"""The edge: what holds for every endpoint of every app, written once.

JSON in whatever the Content-Type says; strict JSON out; `/x`, `/x/` and `//x/` are one path and nothing
redirects; errors are raised as small named exceptions where the problem is, and rendered in one place.
"""
