# The one image of all processes: web, live, worker, beat, prepare (deploy/start). It needs no secrets to be built,
# runs as a user that owns nothing but the two folders at the end, and its root may be read-only.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt .
# Wheels only: a package that would have to be compiled fails here instead of dragging a compiler in.
# What is no part of a program at work is left out again: the largest packages' own tests, and pip (80 of 640 MB).
RUN python -m venv /venv && /venv/bin/pip install --only-binary :all: --require-hashes -r requirements.txt \
    && cd /venv/lib/python3.11/site-packages \
    && find numpy scipy twisted -type d \( -name test -o -name tests \) -prune -exec rm -r {} + \
    && /venv/bin/pip uninstall --yes pip

FROM python:3.11-slim-bookworm
# For `manage.py backup`: of the same version as the server in docker-compose.yml.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 photonranch \
    && useradd --uid 10001 --gid 10001 --home-dir /app --shell /usr/sbin/nologin photonranch
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DEMO=0 VAR_DIR=/var/lib/photonranch LISTEN=0.0.0.0:8000
# Settings that cannot be read, or an app that was not copied, end the build and not the start. Compiled here, since
# nothing can be written later.
RUN VAR_DIR=/tmp/build python manage.py check \
    && rm -rf /tmp/build \
    && python -m compileall -q . \
    && install -d -o photonranch -g photonranch /var/lib/photonranch /var/lib/photonranch/media /run/photonranch
USER 10001:10001
VOLUME ["/var/lib/photonranch"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "deploy/healthy.py"]
ENTRYPOINT ["deploy/start"]
CMD ["web"]
