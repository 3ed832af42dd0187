"""Bytes → text for any charset that a mail claims, repaired where the claim is wrong.

`decode` takes the bytes and the declared name and always gives text without lone surrogates. Only charsets of text are
allowed (never Python's own codecs such as `unicode_escape`, `idna` or `undefined`); a name that is not known counts
as none. Order: what is declared, then UTF-8, then windows-1252, as browsers do it (WHATWG Encoding §4.2): the narrow
charsets are read as the wider ones that mailers really send (gb2312 as gb18030, iso-8859-1 as windows-1252,
shift_jis as cp932). Linear in time; nothing here raises.
"""

import re
from functools import lru_cache

_WIDER = {
    "ascii": "", "usascii": "", "ansix341968": "", "utf8": "utf-8", "unicode11utf8": "utf-8", "utf8mb4": "utf-8",
    "65001": "utf-8", "latin1": "cp1252", "l1": "cp1252", "latin9": "iso8859_15", "latin2": "iso8859_2",
    "gb2312": "gb18030", "gb231280": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "euccn": "gb18030",
    "936": "gb18030", "hz": "hz", "hzgb2312": "hz", "big5": "cp950", "950": "cp950", "big5hkscs": "big5hkscs",
    "ksc5601": "cp949", "ksc56011987": "cp949", "euckr": "cp949", "949": "cp949", "iso2022kr": "iso2022_kr",
    "shiftjis": "cp932", "sjis": "cp932", "mskanji": "cp932", "932": "cp932", "31j": "cp932", "eucjp": "euc_jp",
    "iso2022jp": "iso2022_jp_ext", "iso2022jp1": "iso2022_jp_ext", "iso2022jp2": "iso2022_jp_2",
    "iso2022jp3": "iso2022_jp_3", "50220": "iso2022_jp_ext", "50221": "iso2022_jp_ext",
    "koi8r": "koi8_r", "koi8": "koi8_r", "koi8u": "koi8_u", "koi8ru": "koi8_u", "tis620": "cp874", "874": "cp874",
    "utf7": "utf-7", "unicode11utf7": "utf-7", "65000": "utf-7",
    "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf32": "utf-32", "utf32le": "utf-32-le",
    "utf32be": "utf-32-be", "mac": "mac_roman", "macintosh": "mac_roman", "macroman": "mac_roman",
    "maccentraleurope": "mac_latin2", "maccyrillic": "mac_cyrillic", "macgreek": "mac_greek",
    "macturkish": "mac_turkish",
}  # fmt: skip
_ISO = {1: "cp1252", 9: "cp1254", 11: "cp874"} | {n: f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}
_CODE_PAGES = {437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869} | set(range(1250, 1259))
_SEVEN_BIT = ("utf-7", "utf-16", "utf-32", "iso2022", "hz")
_DIGITS = re.compile(r"(?:cs|x|ms|ansi|windows|win|cp|ibm|dos|oem)*(\d{2,5})")
_ISO_NAME = re.compile(r"(?:cs|x)?iso8859(\d{1,2})(?:19\d\d)?[ie]?")
_SURROGATE = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=256)
def codec_for(charset: str) -> str:
    """The codec that reads a declared charset, or "" for ASCII, none, unknown and forbidden ones."""
    name = re.sub(r"[^a-z0-9]", "", charset[:60].lower().split("*")[0])
    if match := _ISO_NAME.fullmatch(name):
        return _ISO.get(int(match[1]), "")
    if match := _DIGITS.fullmatch(name):
        name = match[1]
        if int(name) in _CODE_PAGES:
            return f"cp{int(name)}"
    return _WIDER.get(name) or _WIDER.get(name.removeprefix("cs").removeprefix("x"), "")


def decode(data: bytes, charset: str = "") -> str:
    """The text of `data`: as declared, else UTF-8, else windows-1252 (spec "Parse": charset aliases and repair)."""
    codec = codec_for(charset)
    if data.isascii() and not codec.startswith(_SEVEN_BIT):
        return data.decode("iso2022_jp_ext", "replace") if b"\x1b$" in data else data.decode("ascii")
    text = _strictly(data, codec) if codec else None
    if text is None:
        text = _strictly(data, "utf-8")
    if text is None:
        text = _repaired(data, codec or "utf-8")
    # UTF-8 has none, and neither has what is read as windows-1252 for want of it.
    return text if codec in {"", "utf-8"} else _SURROGATE.sub("\ufffd", text)


def encode(text: str, charset: str) -> bytes:
    """The bytes of `text` in a declared charset, in UTF-8 where it has no place for them."""
    try:
        return text.encode(codec_for(charset) or "utf-8")
    except UnicodeError:
        return text.encode("utf-8", "replace")


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeError:
        return None


def _repaired(data: bytes, codec: str) -> str:
    """Text with a few broken characters beats text in a wrong charset; many broken ones mean a wrong claim.

    What switches charsets in seven bits is unreadable as anything else.
    """
    text = data.decode(codec, "replace")
    foreign = sum(not c.isascii() for c in text)
    if codec.startswith(_SEVEN_BIT) or text.count("\ufffd") * 4 <= foreign:
        return text
    return _strictly(data, "cp1252") or data.decode("latin-1")
