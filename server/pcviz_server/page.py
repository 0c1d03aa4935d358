"""The built page: files from `static/`, compressed once, cached by the browser for as long as they are true.

The index is asked for anew each time and answered with 304 while it has not changed. Files under `assets/` carry a hash of
their content in their name, so they are kept for a year.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

STATIC = Path(__file__).parent / "static"
_COMPRESSED_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml", "font/ttf")
_SMALLEST_COMPRESSED = 1024
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>pcviz</title>
<p>The server runs, but its page has not been built. Run <code>make run</code>, or <code>npm ci &amp;&amp; npm run build</code>
in <code>frontend/</code>, and load this page again.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    gzipped: bytes | None
    type: str
    etag: str


async def page(request: Request) -> Response:
    """The file that the path names; the index for the root."""
    name = request.path_params.get("path") or "index.html"
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        if name == "index.html":
            return HTMLResponse(_NOT_BUILT, status_code=503)
        return PlainTextResponse(f"There is nothing at {request.url.path}.\n", status_code=404)
    changed = path.stat()
    file = await run_in_threadpool(_read, path, changed.st_mtime_ns, changed.st_size)
    is_hashed = name.startswith("assets/")
    headers = {
        "ETag": file.etag,
        "Cache-Control": "public, max-age=31536000, immutable" if is_hashed else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if file.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.gzipped, media_type=file.type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.type, headers=headers)


@lru_cache(maxsize=256)
def _read(path: Path, changed_ns: int, size: int) -> _File:
    """A file as it was when it changed last; a rebuilt page has other times."""
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    gzipped = gzip.compress(content, 6) if kind.startswith(_COMPRESSED_TYPES) and len(content) >= _SMALLEST_COMPRESSED else None
    return _File(content, gzipped, kind, f'"{hashlib.sha256(content).hexdigest()[:24]}"')
