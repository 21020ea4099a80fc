"""WhiteNoise under ASGI: its middleware is sync only, and one such makes every async view hold a thread."""

from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise's middleware, in both manners."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if not self.is_async:
            return super().__call__(request)
        if self.static_prefix and not request.path_info.startswith(self.static_prefix):
            return self.get_response(request)
        return self.static_or_next(request)

    async def static_or_next(self, request: HttpRequest) -> Any:
        find = sync_to_async(self.find_file) if self.autorefresh else None
        found = await find(request.path_info) if find else self.files.get(request.path_info)
        if found is not None:
            return await sync_to_async(self.serve)(found, request)
        return await self.get_response(request)
