"""A client's frames, taken apart and checked: each message is right, or a typed error says what is wrong with it."""

from collections.abc import Iterator
from typing import get_args

import msgspec

from realtime.conf import conf
from realtime.errors import BinaryFrame, FrameTooLarge, InvalidMessage, NotJson, RealtimeError, UnknownType
from realtime.protocol import ClientMessage

KNOWN = tuple(kind.__struct_config__.tag for kind in get_args(ClientMessage))
_message: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_anything = msgspec.json.Decoder()


def messages(frame: str | bytes) -> Iterator[ClientMessage | RealtimeError]:
    """The messages of a frame, which holds one or an array of them; in the place of a wrong one its error.

    Raises an error for a frame that is wrong as a whole.
    """
    if isinstance(frame, bytes):
        raise BinaryFrame
    text = frame.encode(errors="surrogatepass")
    if len(text) > conf.MAX_MESSAGE_BYTES:
        raise FrameTooLarge(size=len(text), limit=conf.MAX_MESSAGE_BYTES)
    parts = _parts(text)
    return (_decoded(part) for part in parts)


def _parts(text: bytes) -> list[msgspec.Raw]:
    try:
        _anything.decode(text)  # the whole first: `Raw` alone is not looked into
        found = msgspec.json.decode(text, type=list[msgspec.Raw]) if text.lstrip()[:1] == b"[" else [msgspec.Raw(text)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson from error
    return found


def _decoded(part: msgspec.Raw) -> ClientMessage | RealtimeError:
    try:
        return _message.decode(part)
    except msgspec.ValidationError as error:
        return _wrong(_anything.decode(part), str(error))


def _wrong(message: object, problem: str) -> RealtimeError:
    fields = message if isinstance(message, dict) else {}
    given, kind = fields.get("id"), fields.get("type")
    reply_to = given if isinstance(given, str) and len(given) <= 64 else None
    if isinstance(kind, str) and kind not in KNOWN:
        return UnknownType(type=kind[:64], known=", ".join(map(str, KNOWN)), in_reply_to=reply_to)
    return InvalidMessage(problem=problem, in_reply_to=reply_to)
