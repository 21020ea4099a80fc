"""The page of PIPE as the server renders it."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pipe import services, tasks
from pipe.models import Machine, now_ms
from testing.cast import Api

pytestmark = pytest.mark.django_db


def page(client: Client) -> str:
    answer = client.get("/pipe")
    assert answer.status_code == 200
    return str(answer.content.decode())


def a_busy_pipe(count: int) -> None:
    for n in range(count):
        name = f"queue{n}"
        services.create_queue(name)
        services.enqueue(name, [services.NewItem({"n": 1}, "saf"), services.NewItem({"n": 2}, "saf")])
        services.take(name, lease_s=600)
        services.set_status(f"pipe{n}", "online", {"cpu": "3 %"})
        services.create_queue(f"{name}.dead")
        services.enqueue(f"{name}.dead", [services.NewItem({}, "saf")])
    tasks.sample_depths()


def test_it_works(client: Client) -> None:
    a_busy_pipe(1)

    html = page(client)
    assert 'data-key="queue0" data-version="1 1 ' in html
    assert "1 of 5" in html
    assert "Sent there" in html
    assert "<strong>1</strong> under way" in html


def test_the_number_of_queries_is_the_same_for_many_queues(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    a_busy_pipe(30)

    with django_assert_num_queries(9):
        page(client)


def test_a_silent_machine_is_said_to_be(client: Client) -> None:
    services.set_status("pipe1", "online", {})
    Machine.objects.update(last_updated=now_ms() - 3_600_000)

    html = page(client)
    assert "online, silent since" in html
    assert "<strong>1</strong> silent machines" in html


def test_what_machines_and_senders_say_is_escaped(client: Client) -> None:
    nasty = "<script>alert(1)</script>\"'"
    services.create_queue(nasty)
    services.enqueue(nasty, [services.NewItem({}, nasty)])
    services.take(nasty, lease_s=60)
    services.set_status(nasty, nasty, {nasty: {nasty: [nasty]}})

    html = page(client)
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 6


def test_a_receipt_is_never_shown(client: Client, api: Api) -> None:
    services.create_queue("a")
    services.enqueue("a", [services.NewItem({"secret": "payload"}, "")])
    item = services.take("a", lease_s=60)
    assert item

    html = page(client)
    assert str(item.receipt) not in html
    assert "payload" not in html


def test_only_who_may_put_back_is_led_there(client: Client) -> None:
    a_busy_pipe(1)
    client.force_login(User.objects.create_user("carol", is_staff=True))
    assert "Put them back" not in page(client)
    client.force_login(User.objects.create_superuser("ada"))
    assert "Put them back" in page(client)


def test_an_empty_pipe_says_how_to_begin(client: Client) -> None:
    assert "No queue and no machine yet" in page(client)
