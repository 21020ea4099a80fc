"""PIPE: queues, what is under way, what died, and the machines."""

from dataclasses import dataclass
from typing import Any

from console.pages import Page
from pipe.models import DEAD, Depth, Item, Machine, Queue, Sample, now_ms
from pipe.serializers import depths_object
from pipe.services import MOST_ATTEMPTS

# Of each list; the REST calls have all.
MOST_ROWS = 200
DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Row:
    """A queue and how deep it is."""

    name: str
    depth: Depth

    @property
    def dead(self) -> bool:
        return self.name.endswith(DEAD)


class PipePage(Page):
    template_name = "console/pipe.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = now_ms()
        queues = [Row(name, depth) for name, depth in Queue.objects.depths(now).items()]
        known = Machine.objects.order_by("pk")[: Machine.objects.all().MOST]
        machines = [(machine, machine.is_stale(now)) for machine in known]
        leases, dead = list(Item.objects.under_way(now)), list(Item.objects.newest_dead())
        return super().get_context_data(
            **kwargs,
            queues=queues,
            leases=leases[:MOST_ROWS],
            more_leases=len(leases) - MOST_ROWS,
            dead=dead[:MOST_ROWS],
            more_dead=len(dead) - MOST_ROWS,
            machines=machines,
            most_attempts=MOST_ATTEMPTS,
            counts=[
                ("waiting", "waiting", sum(each.depth.waiting for each in queues if not each.dead)),
                ("leased", "under way", sum(each.depth.leased for each in queues)),
                ("dead", "dead", sum(each.depth.waiting for each in queues if each.dead)),
                ("stale", "silent machines", sum(stale for _, stale in machines)),
            ],
            depths=depths_object(Sample.objects.since(now - DAY_MS)),
        )
