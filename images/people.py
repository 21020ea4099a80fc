"""Whose frame it is. Telescopes write the user's id into the header without the characters `-` and `|`, and
with `at` for `@`: `google-oauth2|1124` arrives as `googleoauth21124`. Pure: no Django, no disk.
"""

# How identity providers' connections begin a user's id (`sub`). Longest first, as one may begin another.
_PROVIDERS = sorted(
    (
        "ad|", "adfs|", "apple|", "auth0|", "bitbucket|", "email|", "facebook|", "github|", "google-apps|",
        "google-oauth2|", "linkedin|", "oauth2|", "oidc|", "paypal|", "samlp|", "sms|", "twitter|", "waad|",
        "windowslive|", "yahoo|",
    ),
    key=len,
    reverse=True,
)  # fmt: skip


def key_of(user_id: str) -> str:
    """What a user's id and the id in their frames' headers have in common."""
    return user_id.strip().strip("'").translate({ord("-"): None, ord("|"): None, ord("@"): "at"})


def restored(header_id: str) -> str:
    """The id as its provider gives it, where the header's form says which provider that is.

    `googleoauth21124` → `google-oauth2|1124`. Others stay as they are; `key_of` finds them all the same.
    """
    text = header_id.strip().strip("'").strip()
    if "|" in text:
        return text
    for provider in _PROVIDERS:
        stripped = key_of(provider)
        if text.startswith(stripped) and len(text) > len(stripped):
            return provider + text[len(stripped) :]
    return text
