"""A person's own lists of targets: kept, changed, shared, taken elsewhere."""

from typing import Any

import pytest

from targets.models import TargetList
from testing.cast import Api, Person, at_once, text

pytestmark = pytest.mark.django_db

M31, MINE = {"name": "M31"}, {"name": "mine", "ra": 83.8, "dec": -5.4, "note": "kept as sent"}


def made(api: Api, alice: Person, *targets: Any, name: str = "autumn") -> dict[str, Any]:
    answer = api.post("/api/targets/lists", {"name": name, "targets": list(targets)}, as_=alice)
    assert answer.status_code == 200, text(answer)
    kept: dict[str, Any] = answer.json()
    return kept


def test_it_works(api: Api, alice: Person) -> None:
    kept = made(api, alice, M31, MINE)

    assert kept["targets"] == [M31, MINE]
    assert api.get("/api/targets/lists", as_=alice).json() == [kept]
    assert api.get(f"/api/targets/lists/{kept['id']}", as_=alice).json() == kept


def test_a_name_alone_is_a_target(api: Api, alice: Person) -> None:
    assert made(api, alice, "M31")["targets"] == [M31]


def test_changing(api: Api, alice: Person) -> None:
    path = f"/api/targets/lists/{made(api, alice, M31)['id']}"

    assert api.put(path, {"name": "winter"}, as_=alice).json()["targets"] == [M31]
    assert api.put(path, {"targets": [MINE]}, as_=alice).json()["name"] == "winter"
    assert api.post(f"{path}/targets", M31, as_=alice).json()["targets"] == [MINE, M31]
    again = {"name": "mine", "ra": 1, "dec": 2}
    assert api.post(f"{path}/targets", again, as_=alice).json()["targets"] == [M31, again]
    assert api.delete(path, as_=alice).status_code == 200
    assert not TargetList.objects.exists()


def test_nobody_elses(api: Api, alice: Person, bob: Person) -> None:
    path = f"/api/targets/lists/{made(api, alice, M31)['id']}"
    calls = [
        api.get(path, as_=bob), api.put(path, {"name": "x"}, as_=bob), api.delete(path, as_=bob),
        api.post(f"{path}/targets", MINE, as_=bob), api.post(f"{path}/share", {}, as_=bob),
        api.get(f"{path}/export.csv", as_=bob),
    ]  # fmt: skip

    assert [call.status_code for call in calls] == [404] * len(calls)
    assert api.get("/api/targets/lists", as_=bob).json() == []
    assert api.get("/api/targets/lists").status_code == 401
    assert api.post("/api/targets/lists", {"name": "x"}).status_code == 401
    assert TargetList.objects.get().targets == [M31]


def test_a_link_shows_it_until_it_ends(api: Api, alice: Person) -> None:
    path = f"/api/targets/lists/{made(api, alice, M31)['id']}"
    link = api.post(f"{path}/share", {}, as_=alice).json()["shared_at"]

    assert api.post(f"{path}/share", {}, as_=alice).json()["shared_at"] == link
    assert api.get(link).json() == {"name": "autumn", "targets": [M31]}
    assert api.delete(f"{path}/share", as_=alice).json()["shared_at"] is None
    assert api.get(link).status_code == 404
    assert api.post(f"{path}/share", {}, as_=alice).json()["shared_at"] != link


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "name: this key is missing."),
        ({"name": ""}, "name: must not be empty."),
        ({"name": "x" * 101}, "name: is longer than 100 characters."),
        ({"name": "x", "targets": "M31"}, "targets: "),
        ({"name": "x", "targets": [7]}, "targets.0: must be a name or an object."),
        ({"name": "x", "targets": [{"ra": 1}]}, "targets.0.name: must be text"),
        (
            {"name": "x", "targets": [M31, {"name": "y", "note": "z" * 5000}]},
            "targets.1: larger than 4000 bytes.",
        ),
        ({"name": "x", "targets": ["y"] * 1001}, "targets: "),
    ],
)
def test_what_is_no_list(api: Api, alice: Person, body: Any, sentence: str) -> None:
    answer = api.post("/api/targets/lists", body, as_=alice)

    assert answer.status_code == 400
    assert text(answer).startswith(sentence)


def test_two_hundred_are_enough(api: Api, alice: Person) -> None:
    TargetList.objects.bulk_create(TargetList(user_id=alice.user_id, name=str(n)) for n in range(200))

    answer = api.post("/api/targets/lists", {"name": "one more"}, as_=alice)

    assert (answer.status_code, text(answer)) == (409, "You have 200 lists; please remove one first.")


@pytest.mark.django_db(transaction=True)
def test_targets_added_at_once_are_all_there(api: Api, alice: Person) -> None:
    path = f"/api/targets/lists/{made(api, alice)['id']}/targets"

    at_once(4, lambda number: api.post(path, {"name": f"T{number}"}, as_=alice))

    assert {each["name"] for each in TargetList.objects.get().targets} == {"T0", "T1", "T2", "T3"}


# --- Other programs ----------------------------------------------------------------------------------------


def imported(api: Api, alice: Person, lines: str, form: str | None = None) -> Any:
    body = {"name": "from elsewhere", "text": lines, **({"form": form} if form else {})}
    return api.post("/api/targets/lists/import", body, as_=alice)


def test_csv_there_and_back(api: Api, alice: Person) -> None:
    number = made(api, alice, M31, MINE, {"name": "=evil()"})["id"]
    answer = api.get(f"/api/targets/lists/{number}/export.csv", as_=alice)

    assert answer["Content-Disposition"] == f'attachment; filename="targets-{number}.csv"'
    assert answer.content.decode().splitlines() == ["name,ra,dec", "M31,,", "mine,83.8,-5.4", "'=evil(),,"]
    assert imported(api, alice, answer.content.decode()).json()["targets"] == [
        M31,
        {"name": "mine", "ra": 83.8, "dec": -5.4},
        {"name": "=evil()"},
    ]


def test_as_telescopius_writes_it(api: Api, alice: Person) -> None:
    lines = (
        '"Catalogue Entry","Familiar Name","Right Ascension (j2000)","Declination (j2000)"\n'
        '"M 31","Andromeda Galaxy","00hr 42\' 44""","41º 16\' 08"""\n'
    )
    (target,) = imported(api, alice, lines).json()["targets"]

    assert target == {
        "name": "M 31",
        "ra": pytest.approx(10.68333, abs=1e-4),
        "dec": pytest.approx(41.26889, abs=1e-4),
    }


def test_skysafari_there_and_back(api: Api, alice: Person) -> None:
    number = made(api, alice, M31, {"name": "NGC 7000"})["id"]
    written = text(api.get(f"/api/targets/lists/{number}/export.skylist", as_=alice))

    assert written.startswith("SkySafariObservingListVersion=3.0\n")
    assert imported(api, alice, written).json()["targets"] == [M31, {"name": "NGC 7000"}]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("name,ra,dec\nM31,soon,later\n", "text: line 2 has no coordinates that can be read."),
        ("name,ra,dec\n,1,2\n", "text: line 2 has no name."),
        ('name,ra\n"M31\n', "text: is no CSV"),
    ],
)
def test_what_cannot_be_imported(api: Api, alice: Person, lines: str, sentence: str) -> None:
    answer = imported(api, alice, lines)

    assert answer.status_code == 400
    assert text(answer).startswith(sentence)
