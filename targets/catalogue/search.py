"""Objects by their names, while somebody types: exact, by the beginning, inside, and with small mistakes."""

import gzip
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from targets.catalogue.names import is_designation, key_of

DATA: Final = Path(__file__).with_name("objects.tsv.gz")
# Shorter words resemble too many.
FUZZY_FROM: Final = 4
FUZZY_SCORE: Final = 0.66
_FAINT: Final = 30.0
_END: Final = "\x7f"


@dataclass(frozen=True, slots=True)
class CatalogueObject:
    """An object that stands still among the stars: degrees (ICRS, epoch J2000), milliarcseconds a year,
    minutes of arc, magnitudes; None where nobody knows."""

    name: str
    aliases: tuple[str, ...]
    kind: str
    ra: float
    dec: float
    source: str
    pm_ra: float = 0.0
    pm_dec: float = 0.0
    parallax: float = 0.0
    size: float | None = None
    magnitude: float | None = None

    @property
    def prominence(self) -> float:
        """The smaller, the sooner it is offered: its magnitude, with Messier's objects and named ones
        first."""
        faint = _FAINT if self.magnitude is None else self.magnitude
        messier = self.name.startswith("M") and self.name[1:].isdigit()
        return faint - 40 * messier - 20 * (not is_designation(key_of(self.name)))


@dataclass(frozen=True)
class Catalogue:
    """All objects, their keys in order, and which object each key belongs to."""

    objects: list[CatalogueObject]
    keys: list[str]
    owners: list[int]
    prominence: Any = field(repr=False)
    joined: str = field(repr=False)
    starts: list[int] = field(repr=False)
    words: list[str] = field(repr=False)
    word_keys: list[int] = field(repr=False)

    def search(self, text: str, limit: int) -> list[CatalogueObject]:
        """The objects that `text` may mean, the likeliest first, `limit` at most."""
        key = key_of(text)
        if not key:
            return []
        order: dict[int, None] = {}
        for entry in chain(self._exact(key), self._beginning(key, limit), self._inside(key, limit)):
            order.setdefault(self.owners[entry])
            if len(order) >= limit:
                break
        if not order and len(key) >= FUZZY_FROM and not is_designation(key):
            order = dict.fromkeys(self.owners[entry] for entry in self._alike(key, limit))
        return [self.objects[owner] for owner in list(order)[:limit]]

    def named(self, text: str) -> CatalogueObject | None:
        """The object with exactly this name, the most prominent of several."""
        return next((self.objects[self.owners[entry]] for entry in self._exact(key_of(text))), None)

    def _exact(self, key: str) -> list[int]:
        first = bisect_left(self.keys, key)
        last = bisect_left(self.keys, key + "\0", first)
        return sorted(range(first, last), key=lambda entry: (self._is_alias(entry), self.prominence[entry]))

    def _is_alias(self, entry: int) -> bool:
        return key_of(self.objects[self.owners[entry]].name) != self.keys[entry]

    def _beginning(self, key: str, limit: int) -> Iterable[int]:
        first, last = bisect_left(self.keys, key), bisect_left(self.keys, key + _END)
        return self._most_prominent(np.arange(first, last), limit)

    def _inside(self, key: str, limit: int) -> Iterable[int]:
        if len(key) < 2:
            return ()
        entries: list[int] = []
        at = self.joined.find(key)
        while at >= 0 and len(entries) < 20 * limit:
            entry = bisect_left(self.starts, at + 1) - 1
            entries.append(entry)
            at = self.joined.find(key, self.starts[entry] + len(self.keys[entry]))
        return self._most_prominent(np.array(entries, dtype=int), limit)

    def _most_prominent(self, entries: Any, limit: int) -> Iterator[int]:
        """Several names of one object may come: twice as many as asked for are enough in practice."""
        ranks = self.prominence[entries]
        if len(entries) > 4 * limit:
            nearest = np.argpartition(ranks, 4 * limit)[: 4 * limit]
            entries, ranks = entries[nearest], ranks[nearest]
        yield from entries[np.argsort(ranks, kind="stable")].tolist()

    def _alike(self, key: str, limit: int) -> Iterator[int]:
        found = process.extract(
            key, self.words, scorer=OSA.normalized_similarity, score_cutoff=FUZZY_SCORE, limit=limit
        )
        heads = (word[: len(key) + 1] for word in self.words)
        if not found:
            found = process.extract(
                key, list(heads), scorer=OSA.normalized_similarity, score_cutoff=FUZZY_SCORE, limit=limit
            )
        yield from (self.word_keys[at] for _, _, at in found)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Read once: 0.2 s and some 30 MB."""
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        columns = next(lines).rstrip("\n").split("\t")
        return _indexed(dict(zip(columns, line.rstrip("\n").split("\t"), strict=True)) for line in lines)


def _indexed(rows: Iterable[dict[str, str]]) -> Catalogue:
    objects, entries = [], []
    for number, row in enumerate(rows):
        objects.append(_object(row))
        entries += [(key, number) for key in dict.fromkeys(row["keys"].split("|"))]
    entries.sort()
    keys, owners = [key for key, _ in entries], [owner for _, owner in entries]
    ranks = np.array([each.prominence for each in objects])
    starts = np.cumsum([0, *(len(key) + 1 for key in keys[:-1])]).tolist()
    words = [at for at, key in enumerate(keys) if not is_designation(key)]
    return Catalogue(
        objects, keys, owners, ranks[owners], "\n".join(keys), starts, [keys[at] for at in words], words
    )


def _object(row: dict[str, str]) -> CatalogueObject:
    return CatalogueObject(
        name=row["name"],
        aliases=tuple(row["aliases"].split("|")) if row["aliases"] else (),
        kind=row["kind"],
        ra=float(row["ra"]),
        dec=float(row["dec"]),
        source=row["source"],
        pm_ra=float(row["pm_ra"] or 0),
        pm_dec=float(row["pm_dec"] or 0),
        parallax=float(row["parallax"] or 0),
        size=float(row["size"]) if row["size"] else None,
        magnitude=float(row["magnitude"]) if row["magnitude"] else None,
    )
