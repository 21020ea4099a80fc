"""Frames of every kind in the viewer. The same cases are put to the server's half in images/tests."""

import json
from pathlib import Path
from typing import Any

import pytest

import images.tests
from testing.browser import Browse

pytestmark = [pytest.mark.browser, pytest.mark.live]

CASES: list[dict[str, Any]] = json.loads(Path(images.tests.__path__[0], "pixel_cases.json").read_text())

READ = """async (cases) => {
    const {readFits} = await import("/static/console/js/site/fits.js");
    const {sample, quantile, stretched} = await import("/static/console/js/site/stretch.js");
    const found = [];
    for (const {file} of cases) {
        const bytes = Uint8Array.from(atob(file), (one) => one.charCodeAt(0));
        const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
        try {
            const picture = await readFits(await new Response(plain).arrayBuffer());
            const sorted = sample(picture);
            const [black, white] = [quantile(sorted, 0.001), quantile(sorted, 0.9995)];
            const grey = stretched(picture, {black, white, curve: "linear", inverted: false});
            const {width, height, values} = picture;
            const numbers = Array.from(values, (x) => (Number.isNaN(x) ? null : x));
            const greys = Array.from(grey.filter((_, n) => n % 4 === 0));
            found.push({width, height, black, white, values: numbers, greys});
        } catch (error) { found.push({error: error.message}); }
    }
    return found;
}"""


def test_values_and_greys(browse: Browse) -> None:
    found = browse("/sign-in").evaluate(READ, [{"file": case["file"]} for case in CASES])

    for case, read in zip(CASES, found, strict=True):
        name = case["name"]
        assert "error" not in read, (name, read)
        assert (read["width"], read["height"]) == (case["width"], case["height"]), name
        assert [value is None for value in read["values"]] == [value is None for value in case["values"]], (
            name
        )
        known = [
            (mine, its) for mine, its in zip(read["values"], case["values"], strict=True) if its is not None
        ]
        # A thousandth of what lies between black and white is less than a screen shows.
        span = (case["white"] - case["black"]) or 1
        assert max(abs(mine - its) for mine, its in known) / span < 1e-3, name
        assert abs(read["black"] - case["black"]) / span < 1e-3, name
        assert abs(read["white"] - case["white"]) / span < 1e-3, name
        assert max(abs(m - g / 257) for m, g in zip(read["greys"], case["greys"], strict=True)) < 1.5, name
