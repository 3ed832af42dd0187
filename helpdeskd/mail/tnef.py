"""The names of the files in a TNEF stream (Outlook's winmail.dat, [MS-OXTNEF]).

Bytes in, names out, in their order. Only names are read: nothing is unpacked, so a bomb is as harmless as a photo. Each
attribute is looked at once, the number of attributes, properties and names is capped, and whatever is cut off or
inconsistent ends the list without an error.
"""

import struct
from collections.abc import Iterator

from helpdeskd.mail import charset

_SIGNATURE = b"\x78\x9f\x3e\x22"
IN_BASE64 = b"eJ8+I"
"""How a TNEF stream in base64 begins."""
_ATTACHMENT_LEVEL = 2
_ATTACH_REND_DATA = 0x9002
_ATTACH_TITLE = 0x8010
_ATTACH_PROPERTIES = 0x9005
_PR_NAME, _PR_FILENAME, _PR_LONG_FILENAME = 0x3001, 0x3704, 0x3707
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_STRINGS = {0x1E: "cp1252", 0x1F: "utf-16-le"}
_VARIABLE = (0x0D, 0x102, *_STRINGS)
_MAX_ATTRIBUTES = 5000
_MAX_PROPERTIES = 1000
_MAX_NAMES = 300
_UNNAMED = "Untitled attachment"


def is_tnef(data: bytes) -> bool:
    """Whether the bytes begin as a TNEF stream does."""
    return data.startswith(_SIGNATURE)


def file_names(data: bytes) -> tuple[str, ...]:
    """The names of the attached files; an attachment without one is called so."""
    names: list[str] = []
    for attribute, value in _attributes(data):
        if attribute == _ATTACH_REND_DATA:
            if len(names) == _MAX_NAMES:
                break
            names.append("")
        elif names and attribute == _ATTACH_TITLE:
            names[-1] = names[-1] or charset.decode(value.rstrip(b"\0"))
        elif names and attribute == _ATTACH_PROPERTIES:
            names[-1] = _long_name(value) or names[-1]
    return tuple(name or _UNNAMED for name in names)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The attributes of the attachments: level (1 byte), id and type, length, value, checksum ([MS-OXTNEF] 2.1.2)."""
    offset = 6
    for _ in range(_MAX_ATTRIBUTES):
        if offset + 9 > len(data):
            return
        level, attribute, _, length = struct.unpack_from("<BHHI", data, offset)
        offset += 9
        if level == _ATTACHMENT_LEVEL:
            yield attribute, data[offset : offset + length]
        offset += length + 2


def _long_name(value: bytes) -> str:
    """The best name among the MAPI properties of an attachment."""
    found: dict[int, str] = {}
    try:
        for identity, text in _text_properties(value):
            found.setdefault(identity, text)
    except struct.error:
        pass
    return next((found[key] for key in (_PR_LONG_FILENAME, _PR_FILENAME, _PR_NAME) if found.get(key)), "")


def _text_properties(value: bytes) -> Iterator[tuple[int, str]]:
    """The string properties of a property list ([MS-OXTNEF] 2.1.3.3); struct.error where it is cut off."""
    (count,) = struct.unpack_from("<I", value, 0)
    offset = 4
    for _ in range(min(count, _MAX_PROPERTIES)):
        kind, identity = struct.unpack_from("<HH", value, offset)
        offset += 4
        if identity >= 0x8000:
            offset = _after_property_name(value, offset)
        values = 1
        if kind & 0x1000 or kind in _VARIABLE:
            (values,) = struct.unpack_from("<I", value, offset)
            offset += 4
        kind &= 0x0FFF
        if kind not in _VARIABLE:
            offset += _FIXED.get(kind, 4) * values
            continue
        for _ in range(values):
            (size,) = struct.unpack_from("<I", value, offset)
            if kind in _STRINGS:
                text = value[offset + 4 : offset + 4 + min(size, 1024)].decode(_STRINGS[kind], "replace")
                yield identity, text.rstrip("\0")
            offset += 4 + size + (-size % 4)


def _after_property_name(value: bytes, offset: int) -> int:
    """Skips a named property's GUID, and its number or its name."""
    named, length = struct.unpack_from("<II", value, offset + 16)
    if not named:
        return offset + 24
    return int(offset + 24 + length + (-length % 4))
