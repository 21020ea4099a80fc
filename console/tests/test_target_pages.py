"""The pages of targets as the server renders them."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sitecfg import services as sites
from sitecfg.tests.cast import obs_configuration, put_both, wema_configuration
from targets.models import TargetList

pytestmark = pytest.mark.django_db


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_search(client: Client) -> None:
    html = page(client, "/targets?q=crab")

    assert '<a href="/targets/M1">M1</a>' in html
    assert "supernova remnant" in html


def test_a_search_for_nothing_and_for_nonsense(client: Client) -> None:
    assert "For example" in page(client, "/targets")
    html = page(client, "/targets?q=%3Cscript%3Enonsense")
    assert "Nothing is known of “&lt;script&gt;nonsense”" in html


def test_a_target_over_all_sites(client: Client) -> None:
    put_both()
    html = page(client, "/targets/M31")

    assert "<h1>M31" in html
    assert "0.71232 h" in html
    assert "/api/visibility.svg?site=saf&amp;target=M31&amp;theme=light" in html
    assert "The next 14 nights at saf" in html
    assert html.count("% lit") == 14


def test_a_name_with_a_slash(client: Client) -> None:
    assert "<h1>1P/Halley" in page(client, "/targets/1P/Halley")


def test_without_a_place_nobody_knows_when(client: Client) -> None:
    sites.put_configuration("saf", obs_configuration())
    assert "No site says where it stands" in page(client, "/targets/M31")


def test_a_site_whose_night_cannot_be_computed_hides_no_other(client: Client) -> None:
    put_both()
    sites.put_configuration("eco", obs_configuration(wema_name="ecow"))
    sites.put_configuration("ecow", wema_configuration(TZ_database_name="Nowhere/Else"))

    assert "The next 14 nights at saf" in page(client, "/targets/M31?site=eco")


def test_an_unknown_target_is_a_page(client: Client) -> None:
    answer = client.get("/targets/nonsense99")

    assert answer.status_code == 404
    assert "Nothing is known of nonsense99." in answer.content.decode()


def test_ones_own_lists_are_offered(client: Client) -> None:
    put_both()
    ada = User.objects.create_user("ada", password="x")
    assert "to keep targets in lists" in page(client, "/targets/M31")
    client.force_login(ada)
    TargetList.objects.create(user_id="local|ada", name="autumn")
    TargetList.objects.create(user_id="auth0|bob", name="somebody else's")

    html = page(client, "/targets/M31")

    assert "somebody else" not in html
    assert "a new list" in html


def test_many_sites_cost_as_many_queries_as_one(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    put_both()
    for number in range(10):
        sites.put_configuration(f"s{number}", obs_configuration(wema_name="safw"))

    with django_assert_max_num_queries(6):
        page(client, "/targets/M31")
