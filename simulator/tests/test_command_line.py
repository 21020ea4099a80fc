"""What `manage.py simulate` refuses."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--speed", "0"], "--speed must be above 0"),
        (["--speed", "1001"], "--speed must be above 0 and at most 1000"),
        (["--sites", "501"], "--sites must be from 1 to 500"),
        (["--server", "localhost"], "--server must be an address"),
        (["--every", "nan"], "--every must not be below 0"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], says: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("simulate", *arguments)
    assert str(refused.value).startswith(says)
