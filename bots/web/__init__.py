"""The web chat, twice: the residents' at `/`, which asks for no name, and the handlers' at `/desk`, behind a log-in.

    channel    the adapter                      residents  who comes to `/`: a cookie is the chat
    premises   what both chats need             desk       who comes to `/desk`: log-in, log-out
    routes     the chat's HTTP endpoints        door       what the two have in common
    inbound    a posted message (pure)          guard      headers, same origin, errors as words
    upload     a posted file → spool            pace       so many a minute
    lines      correspondence → JSON (pure)     page       templates, static files, the page's words
    live       server-sent events               examples   three requests to try, from the territory

What was said is read from the record's correspondence, whose sequence is the id of each event: a page
that reloads or loses its connection asks for what came after the last one it has.
"""
