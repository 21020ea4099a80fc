"""deploy/alerts.yml: rules that Prometheus takes, about numbers that the server has."""

import re
from typing import Any

import promql_parser
import pytest
import yaml
from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families as read

from photonranch.celery import app
from photonranch.observe import metrics
from photonranch.observe.multiprocess import Everything
from testing.cast import Api

FILE = settings.BASE_DIR / "deploy" / "alerts.yml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]
]
NAME = re.compile(r"\bphotonranch_\w+")


def named() -> Any:
    return pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])


def text_of(rule: dict[str, Any]) -> str:
    return f"{rule['expr']} {rule['annotations']['description']}"


@pytest.fixture
def told(transactional_db: None) -> dict[str, set[str]]:
    """What `/metrics` may tell: each sample's name and labels, whether anything was counted yet or not."""
    for probe in metrics.sources.values():
        probe.last = None
    found = {
        sample.name: set(sample.labels) for family in Everything().collect() for sample in family.samples
    }
    for counter in (metrics.REQUESTS, metrics.TASKS):
        found[f"{counter._name}_total"] = {"process", *counter._labelnames}
    for histogram in (metrics.REQUEST_SECONDS, metrics.TASK_SECONDS, metrics.TASK_WAIT_SECONDS):
        found[f"{histogram._name}_bucket"] = {"process", "le", *histogram._labelnames}
    found[metrics.TASK_SUCCEEDED_AT._name] = {"process", "task"}
    return found


def test_it_works() -> None:
    assert len(RULES) > 10
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


@named()
def test_a_rule_is_one_that_prometheus_takes(rule: dict[str, Any]) -> None:
    """Its file format, and its language by a parser of it."""
    promql_parser.parse(rule["expr"])

    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"(\d+[smhd])?", rule.get("for", ""))
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description"}
    assert text_of(rule).count("{{") == text_of(rule).count("}}")


@named()
def test_its_numbers_are_told(rule: dict[str, Any], told: dict[str, set[str]]) -> None:
    assert NAME.findall(rule["expr"])
    for name in NAME.findall(text_of(rule)):
        # Prose may speak of a histogram as a whole.
        assert name in told or f"{name}_bucket" in told, name


@named()
def test_its_labels_are_there(rule: dict[str, Any], told: dict[str, set[str]]) -> None:
    known = set().union(*(told[name] for name in NAME.findall(rule["expr"])))
    used = re.findall(r"\$labels\.(\w+)", str(rule["annotations"])) + re.findall(
        r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)", rule["expr"]
    )
    for names in re.findall(r"by \(([\w, ]+)\)", rule["expr"]):
        used += names.replace(" ", "").split(",")

    assert set(used) - {"instance"} <= known


def test_what_was_counted_has_the_names_that_are_promised(api: Api, told: dict[str, set[str]]) -> None:
    api.get("/healthz")

    samples = {
        sample.name
        for family in read(api.get("/metrics").content.decode())
        for sample in family.samples
        if not sample.name.endswith(("_count", "_sum"))
    }
    assert {"photonranch_requests_total", "photonranch_request_seconds_bucket"} <= samples
    assert samples <= set(told)


@named()
def test_its_tasks_run_by_the_clock_often_enough(rule: dict[str, Any]) -> None:
    for task in re.findall(r'task="([^"]+)"', rule["expr"]):
        every = [entry["schedule"] for entry in app.conf.beat_schedule.values() if entry["task"] == task]
        assert every, task
        assert max(every) <= 120
