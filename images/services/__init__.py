"""Everything that changes the archive: uploads, what they are read into, what is made of them, what
expires.
"""
