# The bridge alone: no compiler, no package manager, no shell start-up, not root.
#
#   docker build -t legacy-bridge .
#   docker run -p 8080:8080 -v ./bridge.yaml:/etc/legacy-bridge/bridge.yaml:ro -v bridge-data:/data legacy-bridge
#
# Inside a container every address is foreign: bridge.yaml needs `access:`, or append `--open` to the command.

FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=/opt/legacy-bridge
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
WORKDIR /src
# The dependencies first: this layer stays while only our code changes.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project --no-cache
COPY bridge bridge
COPY adapters adapters
COPY config config
COPY mappings mappings
RUN uv sync --frozen --no-dev --no-editable --no-cache

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 bridge \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin bridge \
 && install -d -o bridge -g bridge -m 0700 /data
COPY --from=build /opt/legacy-bridge /opt/legacy-bridge
# HEALTH_URL is for those who serve TLS or another port.
ENV PATH=/opt/legacy-bridge/bin:$PATH PYTHONUNBUFFERED=1 HEALTH_URL=http://127.0.0.1:8080/healthz
USER 10001:10001
# State (`store: sqlite:///data/bridge.db`, kept contracts) is relative to here: a volume on /data.
WORKDIR /
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, ssl, urllib.request as r; r.urlopen(os.environ['HEALTH_URL'], timeout=2, context=ssl._create_unverified_context())"]
ENTRYPOINT ["legacy-bridge"]
CMD ["serve", "/etc/legacy-bridge/bridge.yaml", "--host", "0.0.0.0"]
