"""Whose frame it is."""

import pytest

from images.people import key_of, restored


@pytest.mark.parametrize(
    ("user_id", "in_header"),
    [
        ("google-oauth2|1124", "googleoauth21124"),
        ("auth0|5f3c", "auth05f3c"),
        ("google-apps|ann@example.org", "googleappsannatexample.org"),
        ("alice", "alice"),
        ("windowslive|77", "windowslive77"),
    ],
)
def test_it_works(user_id: str, in_header: str) -> None:
    assert key_of(user_id) == key_of(in_header)
    assert key_of(restored(in_header)) == key_of(user_id)


def test_the_id_comes_back_as_its_provider_gives_it() -> None:
    assert restored("googleoauth21124") == "google-oauth2|1124"
    assert restored("auth05f3c") == "auth0|5f3c"
    assert restored("'googleoauth21124'") == "google-oauth2|1124"
    assert restored("google-oauth2|1124") == "google-oauth2|1124"
    assert restored("auth0") == "auth0"
    assert restored("tycho") == "tycho"
