"""What staff do with jobs: take back what nobody fetched yet, ask for the same again."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from conftest import Published
from jobs import services, states
from jobs.models import ALTERNATE, Job
from photonranch.auth.callers import Caller
from testing.cast import SITE, Api, Person, a_command, an_event, at_once
from testing.staff import act, offered, staff, superuser, text

pytestmark = pytest.mark.django_db

SOMEBODY = Caller("user", "auth0|alice", "Alice")
RESTART = {"device": "all", "instance": "all", "action": "observatory_restart"}


def ask(**changes: Any) -> Job:
    return services.create_job(SOMEBODY, a_command(**changes))


def state_of(job: Job) -> str:
    return Job.objects.get(pk=job.pk).status


def test_it_works(published: Published) -> None:
    waiting, stays = ask(), ask()
    published.clear()

    said = act(superuser(), "cancel", waiting)

    assert "1 canceled." in said
    assert state_of(waiting) == states.CANCELED
    assert [job["ulid"] for job in services.claim_unread(SITE)] == [stays.pk]
    assert services.claim_unread(SITE, ALTERNATE) != []
    assert published.of("jobs")[0]["statusId"] == f"CANCELED#{waiting.ulid}"
    [entry] = LogEntry.objects.all()
    assert (entry.object_id, entry.change_message, entry.user.username) == (waiting.pk, "Cancel", "ada")


def test_what_was_fetched_already_stays_as_it_is(published: Published) -> None:
    fetched = ask()
    services.claim_unread(SITE)
    waiting = ask()

    said = act(superuser(), "cancel", fetched, waiting)

    assert "1 canceled. 1 had been fetched by the site, or ended, already." in said
    assert state_of(fetched) == states.RECEIVED
    assert [entry.object_id for entry in LogEntry.objects.all()] == [waiting.pk]


def test_a_restart_that_waits_on_the_alternate_queue_is_canceled(published: Published) -> None:
    restart = ask(**RESTART)

    assert "1 canceled." in act(superuser(), "cancel", restart)
    assert services.claim_unread(SITE, ALTERNATE) == []


@pytest.mark.django_db(transaction=True)
def test_a_job_is_fetched_or_canceled_never_both() -> None:
    jobs = [ask() for _ in range(30)]

    def work(number: int) -> list[str]:
        if number < 2:
            return [job.pk for job in services.cancel([job.pk for job in jobs[number::2]])]
        return [job["ulid"] for _ in range(3) for job in services.claim_unread(SITE)]

    canceled_a, canceled_b, *fetched = at_once(4, work)
    canceled = {*canceled_a, *canceled_b}
    delivered = [ulid for mine in fetched for ulid in mine]
    assert len(delivered) == len(set(delivered))
    assert canceled.isdisjoint(delivered)
    assert canceled | set(delivered) == {job.pk for job in jobs}
    assert set(Job.objects.filter(status=states.CANCELED).values_list("pk", flat=True)) == canceled


def test_a_job_is_issued_again_in_the_name_of_who_asks(api: Api, published: Published) -> None:
    old = ask(action="expose")
    services.claim_unread(SITE)
    client = superuser()

    asked = act(client, "issue_again", old, confirmed=False)
    assert "carry out these commands once more?" in asked
    assert Job.objects.count() == 1
    assert "1 job issued again." in act(client, "issue_again", old)

    new = Job.objects.exclude(pk=old.pk).get()
    assert (new.action, new.required_params) == (old.action, old.required_params)
    assert (new.user_id, new.user_roles, new.status) == ("ada", ["admin"], states.UNREAD)
    assert state_of(old) == states.RECEIVED


def test_issuing_again_follows_the_rules_of_any_command(alice: Person, published: Published) -> None:
    """Whoever is no admin may not command a site that somebody else holds."""
    old = ask()
    Api().post("/calendar/newevent", an_event(timezone.now() - timedelta(minutes=1)), as_=alice)
    client = staff("jobs.view_job", "jobs.add_job")

    assert "0 jobs issued again." in act(client, "issue_again", old)
    assert Job.objects.count() == 1


def test_each_action_needs_its_permission(published: Published) -> None:
    job = ask()
    looker = staff("jobs.view_job", name="eve")

    assert offered(looker, job) == set()
    act(looker, "cancel", job)
    assert looker.post(f"/admin/jobs/job/{job.pk}/act/cancel/").status_code == 403
    assert state_of(job) == states.UNREAD
    assert offered(staff("jobs.view_job", "jobs.change_job"), job) == {"cancel"}
    assert offered(superuser(), job) == {"cancel", "issue_again"}


def test_a_link_changes_nothing_and_its_page_asks(published: Published) -> None:
    job = ask()
    client = superuser()
    path = f"/admin/jobs/job/{job.pk}/act/cancel/"

    assert "Yes: Cancel" in text(client.get(path))
    assert state_of(job) == states.UNREAD
    done = client.post(path, {"confirmed": "yes"}, follow=True)
    assert "1 canceled." in text(done)
    assert done.redirect_chain == [(f"/admin/jobs/job/{job.pk}/change/", 302)]
    assert state_of(job) == states.CANCELED


def test_nobody_edits_a_job(published: Published) -> None:
    job = ask()
    client = superuser()

    assert client.post(f"/admin/jobs/job/{job.pk}/change/", {"status": "COMPLETE"}).status_code == 403
    assert client.post(f"/admin/jobs/job/{job.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/jobs/job/add/").status_code == 403
    assert state_of(job) == states.UNREAD


def test_a_job_is_found_by_its_ulid_and_by_words(published: Published) -> None:
    one, other = ask(action="expose"), ask(action="park", device="mount", instance="eastpier")
    client = superuser()

    for term, found in ((one.pk[:7].lower(), {one, other}), (one.pk, {one}), ("park mount", {other})):
        changelist = client.get("/admin/jobs/job/", {"q": term}).context["cl"]
        assert set(changelist.result_list) == found
