"""Commands that would end the process of the client that receives them are refused, with the reason."""

from typing import Any

import pytest

from conftest import Published
from jobs.models import Job
from sitecfg.models import Site
from testing.cast import SITE, Api, Person, a_command, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def known_site() -> Site:
    devices = {"camera": ["camera_1_1"], "mount": ["eastpier"], "sequencer": ["sequencer"], "selector": []}
    return Site.objects.create(code=SITE, kind=Site.Kind.OBS, wema="safw", devices=devices)


def ask(api: Api, person: Person, device: str, instance: str, action: str, **required: Any) -> Any:
    return api.post(
        "/jobs/newjob",
        a_command(device=device, instance=instance, action=action, required_params=required),
        as_=person,
    )


def test_it_works(api: Api, alice: Person, published: Published) -> None:
    assert ask(api, alice, "camera", "camera_1_1", "expose", time="1").status_code == 200


@pytest.mark.parametrize(
    ("device", "instance", "reason"),
    [
        ("camera", "camera_9", "instance: saf has no camera named 'camera_9'; it has: camera_1_1."),
        ("selector", "port", "instance: saf has no selector named 'port'; it has: none."),
        (
            "dome",
            "dome1",
            "device: saf has no device of the type 'dome'; it has: camera, mount, selector, sequencer.",
        ),
        (
            "all",
            "all",
            "device: saf has no device of the type 'all'; it has: camera, mount, selector, sequencer.",
        ),
    ],
)
def test_an_unknown_device_is_refused(
    api: Api, alice: Person, published: Published, device: str, instance: str, reason: str
) -> None:
    answer = ask(api, alice, device, instance, "go")

    assert answer.status_code == 400
    assert text(answer) == reason
    assert not Job.objects.exists()


def test_run_needs_a_script(api: Api, alice: Person, published: Published) -> None:
    refused = ask(api, alice, "sequencer", "sequencer", "run")

    assert refused.status_code == 400
    assert text(refused).startswith("required_params.script: ")
    assert ask(api, alice, "sequencer", "sequencer", "run", script="focusAuto").status_code == 200


@pytest.mark.parametrize(
    ("device", "instance", "action", "required"),
    [
        ("all", "all", "cancel_all_commands", {}),
        ("camera", "whatever", "stop", {}),
        ("sequencer", "any", "STOP", {}),
        ("sequencer", "any", "run", {"script": "stopScript"}),
        ("all", "all", "observatory_restart", {"user_provided_reason": "stuck"}),
        ("obs", "obs", "configure_sun_safety", {"mode": "on"}),
    ],
)
def test_what_needs_no_device_is_let_through(
    api: Api, alice: Person, published: Published, device: str, instance: str, action: str, required: Any
) -> None:
    assert ask(api, alice, device, instance, action, **required).status_code == 200


def test_without_a_configuration_devices_cannot_be_checked(
    api: Api, alice: Person, published: Published
) -> None:
    Site.objects.all().delete()

    assert ask(api, alice, "camera", "camera_9", "expose").status_code == 200
