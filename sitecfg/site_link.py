"""The column of a list, or field of a page, of the admin that leads to the row's site."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from photonranch.admin.display import link


class SiteLinked:
    """For an admin of rows that name their site in `site`: "site_link" in its lists and fields."""

    @admin.display(description="site", ordering="site")
    def site_link(self, row: Any) -> SafeString | str:
        return link("sitecfg.site", row.site)
