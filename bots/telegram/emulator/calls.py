"""The Bot API's methods, as far as the two adapters and their libraries use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bots.telegram.emulator.call import Call, caption_of, keyboard_of, post, received, shown, text_of
from bots.telegram.emulator.world import ApiError, Webhook

MAX_DOWNLOAD = 20 * 1024 * 1024
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def get_me(call: Call) -> Any:
    powers = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return {**call.bot.user(), **powers}


def set_webhook(call: Call) -> Any:
    url, secret = call.params.get("url", ""), call.params.get("secret_token", "")
    if secret and not _SECRET.fullmatch(secret):
        raise ApiError(400, "Bad Request: secret token contains unallowed characters")
    call.bot.webhook = Webhook(url=url, secret=secret) if url else None
    call.bot.allowed = call.structure("allowed_updates", call.bot.allowed)
    _maybe_drop(call)
    call.world.wake()
    return True


def delete_webhook(call: Call) -> Any:
    call.bot.webhook = None
    _maybe_drop(call)
    return True


def webhook_info(call: Call) -> Any:
    hook = call.bot.webhook
    told = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(call.bot.updates),
        "allowed_updates": call.bot.allowed,
    }
    if hook and hook.last_error:
        told |= {"last_error_message": hook.last_error, "last_error_date": int(call.world.now())}
    return told


def send_message(call: Call) -> Any:
    return post(call, text_of(call))


def send_file(kind: str) -> Callable[[Call], Any]:
    """sendPhoto, sendVideo, sendVoice or sendDocument."""

    def send(call: Call) -> Any:
        stored = received(call, kind, call.params.get(kind, f"attach://{kind}"))
        return post(call, {kind: shown(kind, stored), **caption_of(call.params.get("caption", ""))})

    return send


def send_media_group(call: Call) -> Any:
    items = call.structure("media", [])
    if not 2 <= len(items) <= 10:
        raise ApiError(400, "Bad Request: number of media in an album must be between 2 and 10")
    kinds = {item["type"] for item in items}
    if kinds - {"photo", "video"} and len(kinds) > 1:
        raise ApiError(400, "Bad Request: wrong type of media in the album")
    group = f"sent-{call.bot.id}-{len(call.bot.files)}"
    contents = [
        {
            item["type"]: shown(item["type"], received(call, item["type"], item["media"])),
            "media_group_id": group,
            **caption_of(item.get("caption", "")),
        }
        for item in items
    ]
    return [post(call, content) for content in contents]


def send_location(call: Call) -> Any:
    place = {name: float(call.params[name]) for name in ("latitude", "longitude")}
    return post(call, {"location": place})


def edit_text(call: Call) -> Any:
    return _edit(call, lambda message: text_of(call), needs="text", lacks="text")


def edit_caption(call: Call) -> Any:
    return _edit(call, lambda message: caption_of(call.params.get("caption", "")), needs="", lacks="caption")


def edit_markup(call: Call) -> Any:
    return _edit(call, lambda message: {}, needs="", lacks="")


def delete_message(call: Call) -> Any:
    chat = call.chat()
    found = chat.find(call.number("message_id"))
    if found is None:
        raise ApiError(400, "Bad Request: message to delete not found")
    chat.messages.remove(found)
    return True


def answer_press(call: Call) -> Any:
    query = call.params.get("callback_query_id", "")
    if query not in call.bot.presses:
        late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
        raise ApiError(400, late)
    call.bot.presses.discard(query)
    call.bot.answered.append(dict(call.params))
    return True


def get_file(call: Call) -> Any:
    stored = call.bot.files.get(call.params.get("file_id", ""))
    if stored is None:
        raise ApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    if stored.size > MAX_DOWNLOAD:
        raise ApiError(400, "Bad Request: file is too big")
    facts = {"file_id": stored.file_id, "file_unique_id": f"u-{stored.file_id}"}
    return {**facts, "file_size": stored.size, "file_path": stored.path}


def get_chat(call: Call) -> Any:
    found = call.bot.chats.get(call.number("chat_id"))
    if found is None:
        raise ApiError(400, "Bad Request: chat not found")
    return {**found.shape, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": {}}


def chat_action(call: Call) -> Any:
    call.chat()
    return True


def set_commands(call: Call) -> Any:
    call.bot.commands = call.structure("commands", [])
    return True


def get_commands(call: Call) -> Any:
    return call.bot.commands


def delete_commands(call: Call) -> Any:
    call.bot.commands = []
    return True


CALLS: dict[str, Callable[[Call], Any]] = {
    "getme": get_me,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": webhook_info,
    "sendmessage": send_message,
    "sendphoto": send_file("photo"),
    "sendvideo": send_file("video"),
    "sendvoice": send_file("voice"),
    "senddocument": send_file("document"),
    "sendmediagroup": send_media_group,
    "sendlocation": send_location,
    "editmessagetext": edit_text,
    "editmessagecaption": edit_caption,
    "editmessagereplymarkup": edit_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_press,
    "getfile": get_file,
    "getchat": get_chat,
    "sendchataction": chat_action,
    "setmycommands": set_commands,
    "getmycommands": get_commands,
    "deletemycommands": delete_commands,
}


def _maybe_drop(call: Call) -> None:
    if call.params.get("drop_pending_updates", "").lower() == "true":
        call.bot.updates.clear()


def _edit(call: Call, change: Callable[[dict[str, Any]], dict[str, Any]], *, needs: str, lacks: str) -> Any:
    message = call.chat().find(call.number("message_id"))
    if message is None:
        raise ApiError(400, "Bad Request: message to edit not found")
    if message["from"]["id"] != call.bot.id:
        raise ApiError(400, "Bad Request: message can't be edited")
    if needs and needs not in message:
        raise ApiError(400, f"Bad Request: there is no {needs} in the message to edit")
    kept = {k: v for k, v in message.items() if k not in (lacks, "entities", "reply_markup", "edit_date")}
    changed = {**kept, **change(message)}
    if keyboard := keyboard_of(call):
        changed["reply_markup"] = keyboard
    if changed == {k: v for k, v in message.items() if k != "edit_date"}:
        same = "specified new message content and reply markup are exactly the same as a current content"
        raise ApiError(400, f"Bad Request: message is not modified: {same} and reply markup of the message")
    message.clear()
    message.update(changed, edit_date=int(call.world.now()))
    return message
