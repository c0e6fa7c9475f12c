"""GET /files/<link>: a file for whoever holds a signed link (media.links), in one form, in ranges, for a short while.

Every refusal is the same 404: nobody learns whether a link was forged, is over, or names nothing.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from casecore.clock import Clock
from media import Archive, NotHeld, RangeNotSatisfiable, Served, Variant
from media.links import Grant, LinkRefused, Signer
from media.sight import Sight

ROOT = "/files"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
}


def link_routes(signer: Signer, archive: Archive, sight: Sight, clock: Clock) -> APIRouter:
    async def show(request: Request) -> Response:
        try:
            grant = signer.open(request.path_params["link"], purpose=None, now=clock.now())
            served = await _served(archive, sight, grant, request.headers.get("range"))
        except (LinkRefused, NotHeld):
            return Response(status_code=404, headers=HEADERS)
        except RangeNotSatisfiable as error:
            return Response(status_code=416, headers={**HEADERS, "Content-Range": f"bytes */{error.size}"})
        return StreamingResponse(served.body, served.status, _headers(served), media_type=served.mime)

    router = APIRouter()
    router.add_route(f"{ROOT}/{{link}}", show, methods=["GET"], include_in_schema=False)
    return router


async def _served(archive: Archive, sight: Sight, grant: Grant, wanted: str | None) -> Served:
    if grant.variant is Variant.PUBLIC:
        return await sight.serve(grant.digest, range_header=wanted)
    return await archive.serve(grant.digest, grant.variant, range_header=wanted)


def _headers(served: Served) -> dict[str, str]:
    headers = {
        **HEADERS,
        "Content-Length": str(served.length),
        "ETag": served.etag,
        "Content-Disposition": "inline" if served.inline else f'attachment; filename="{served.digest[:12]}"',
    }
    return headers | ({"Content-Range": served.content_range} if served.content_range else {})
