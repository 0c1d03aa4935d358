# syntax=docker/dockerfile:1
# The page, then the package with it, then an image that holds neither compiler nor Node.
ARG NODE=node:24-bookworm-slim
ARG PYTHON=python:3.12-slim-bookworm

FROM ${NODE} AS page
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM ${PYTHON} AS package
WORKDIR /src
RUN python -m venv /opt/pcviz
COPY pyproject.toml README.md ./
COPY frontend/hatch_build.py frontend/
COPY pcviz_core pcviz_core
COPY server server
COPY --from=page /src/server/pcviz_server/static server/pcviz_server/static
RUN PCVIZ_SKIP_FRONTEND=1 /opt/pcviz/bin/pip install --no-cache-dir .

FROM ${PYTHON}
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin pcviz \
    && install -d -o pcviz -g pcviz -m 0700 /cache
COPY --from=package /opt/pcviz /opt/pcviz
ENV PATH=/opt/pcviz/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/cache
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["pcviz"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
