"""REST over WSGI, for servers such as granian and gunicorn; sockets need `photonranch.asgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
application = get_wsgi_application()
