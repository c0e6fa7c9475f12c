"""A Bot API server of our own on loopback: people, chats and faults under control, no Telegram needed.

    world     bots, persons, chats, files          calls     the Bot API's methods
    hand      what a person does in a chat         app       HTTP: methods, downloads, faults
    faults    what may go wrong on the wire        control   HTTP: /_emulator/…, the same by hand
    push      updates to webhooks                  serving   start and stop the server

In one process (tests, journeys) use World and Hand; from outside use the control API.
"""
