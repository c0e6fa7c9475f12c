"""Telegram, twice: the residents' bot on aiogram and the handlers' bot on python-telegram-bot.

    settings   what one bot needs to know             residents  the aiogram adapter
    inbound    update → InboundMessage (pure)         handlers   the python-telegram-bot adapter
    outbound   OutboundMessage → parts (pure)         emulator/  a Bot API server of our own
    bot        polling, sending in parts: what both share
    webhook    the HTTP route that takes updates
    secrecy    no token in any log line

Nothing here imports a Telegram library but the two adapter modules, and those only when they are
imported themselves: aiogram costs seconds and a hundred megabytes.
"""
