"""Live streams: what happens at a site, pushed as frames to every socket that watches it.

`publish(site, topic, data)` is the whole interface for other apps. This app imports none of them.
"""
