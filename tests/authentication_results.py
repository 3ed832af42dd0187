"""What known mail servers write into Authentication-Results, for a mail of anna@bakery.example that passed and one that
failed; written for the tests, after the forms that these servers use.
"""

from dataclasses import dataclass

FROM = "bakery.example"
HASH = "b5Tq/8+="


@dataclass(frozen=True)
class Server:
    """A server: `name` as it is configured, the fields that it writes, topmost first, and its hops above these."""

    title: str
    name: str
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    hops: int = 0
    host: str = ""

    def __post_init__(self) -> None:
        if not self.host:
            object.__setattr__(self, "host", self.name or "mail.protection.outlook.example")

    def __str__(self) -> str:
        return self.title


def _like(title: str, name: str, field: str, hops: int = 0, host: str = "") -> Server:
    """A server that writes one field, which says `VERDICT` where a verdict stands."""
    host = host or name
    said = [field.replace("HOST", host).replace("VERDICT", verdict) for verdict in ("pass", "fail")]
    return Server(title, name, (said[0],), (said[1],), hops, host)


EXCHANGE = (
    "spf=VERDICT (sender IP is 192.0.2.1)\r\n smtp.mailfrom=bakery.example; dkim=VERDICT (signature was verified)\r\n"
    " header.d=bakery.example;dmarc=VERDICT action=none\r\n header.from=bakery.example;compauth=VERDICT reason=100"
)
GMAIL = (
    f"HOST;\r\n       dkim=VERDICT header.i=@bakery.example header.s=s1 header.b={HASH};\r\n"
    "       spf=VERDICT (google.com: domain of anna@bakery.example designates 192.0.2.1 as permitted sender)"
    " smtp.mailfrom=anna@bakery.example;\r\n"
    "       dmarc=VERDICT (p=NONE sp=QUARANTINE dis=NONE) header.from=bakery.example"
)
RSPAMD = (
    f"HOST;\r\n\tdkim=VERDICT header.d=bakery.example header.s=s1 header.b={HASH};\r\n"
    "\tspf=VERDICT (HOST: domain of anna@bakery.example designates 192.0.2.1 as permitted sender)"
    " smtp.mailfrom=anna@bakery.example;\r\n\tdmarc=VERDICT (policy=reject) header.from=bakery.example"
)
STALWART = (
    f"HOST;\r\n\tdkim=VERDICT header.d=bakery.example header.s=s1 header.b={HASH};\r\n"
    "\tspf=VERDICT (HOST: domain of anna@bakery.example designates 192.0.2.1 as permitted sender)"
    " smtp.mailfrom=anna@bakery.example;\r\n\tiprev=pass policy.iprev=192.0.2.1;\r\n"
    "\tdmarc=VERDICT header.from=bakery.example policy.dmarc=none"
)
FASTMAIL = (
    "HOST;\r\n    arc=none (no signatures found);\r\n    bimi=skipped (DMARC did not pass);\r\n"
    f"    dkim=VERDICT (2048-bit rsa key sha256) header.d=bakery.example header.i=@bakery.example header.b={HASH}"
    " header.a=rsa-sha256 header.s=s1 x-bits=2048;\r\n"
    "    dmarc=VERDICT policy.published-domain-policy=none policy.applied-disposition=none"
    " policy.evaluated-disposition=none (p=none,d=none,d.eval=none) policy.policy-from=p"
    " header.from=bakery.example;\r\n"
    "    iprev=pass smtp.remote-ip=192.0.2.1 (mail.bakery.example);\r\n"
    "    spf=VERDICT smtp.mailfrom=anna@bakery.example smtp.helo=mail.bakery.example"
)
YAHOO = (
    "HOST;\r\n dkim=VERDICT header.i=@bakery.example header.s=s1;\r\n spf=VERDICT smtp.mailfrom=bakery.example;\r\n"
    " dmarc=VERDICT(p=REJECT) header.from=bakery.example;"
)
ZOHO = (
    "HOST;\r\n\tdkim=VERDICT;\r\n\tspf=VERDICT (HOST: domain of anna@bakery.example designates 192.0.2.1 as permitted"
    " sender) smtp.mailfrom=anna@bakery.example;\r\n"
    "\tdmarc=VERDICT(p=reject dis=none) header.from=<anna@bakery.example>"
)
EXIM = (
    "HOST;\r\n\tiprev=pass (mail.bakery.example) smtp.remote-ip=192.0.2.1;\r\n"
    "\tspf=VERDICT smtp.mailfrom=bakery.example;\r\n"
    "\tdkim=VERDICT header.d=bakery.example header.s=s1 header.a=rsa-sha256;\r\n"
    "\tdmarc=VERDICT header.from=bakery.example"
)
AMAVIS = (
    'HOST (amavisd-new); dkim=VERDICT (2048-bit key)\r\n reason="VERDICT (just generated, assumed good)"\r\n'
    " header.d=bakery.example"
)
OPENDKIM = (
    "HOST;\r\n\tdkim=VERDICT (2048-bit key; unprotected) header.d=bakery.example header.i=@bakery.example"
    f' header.b="{HASH}"'
)
OPENDMARC = "HOST; dmarc=VERDICT (p=reject dis=none) header.from=bakery.example"
ICLOUD = (
    'bimi.icloud.com; bimi=skipped reason="insufficient dmarc"',
    "dmarc.icloud.com; dmarc=VERDICT header.from=bakery.example",
    "dkim-verifier.icloud.com;\r\n\tdkim=VERDICT (2048-bit key) header.d=bakery.example header.i=@bakery.example",
    "spf.icloud.com; spf=VERDICT (spf.icloud.com: domain of anna@bakery.example designates 192.0.2.1 as permitted"
    " sender) smtp.mailfrom=anna@bakery.example",
)


def _fields(fields: tuple[str, ...], verdict: str, host: str) -> tuple[str, ...]:
    return tuple(field.replace("HOST", host).replace("VERDICT", verdict) for field in fields)


def _several(title: str, name: str, fields: tuple[str, ...], hops: int = 0) -> Server:
    return Server(title, name, _fields(fields, "pass", name), _fields(fields, "fail", name), hops, name)


MX = "mx.desk.example"
SERVERS = (
    Server("exchange-online", "", _fields((EXCHANGE,), "pass", ""), _fields((EXCHANGE,), "fail", ""), 4),
    _like("gmail", "mx.google.com", GMAIL, hops=2),
    _several("postfix-opendkim-opendmarc", MX, (OPENDMARC, OPENDKIM), hops=1),
    _several("postfix-opendkim", MX, (OPENDKIM,), hops=1),
    _several("postfix-opendmarc", MX, (OPENDMARC,), hops=1),
    _like("rspamd", MX, RSPAMD, hops=1),
    _like("stalwart", MX, STALWART),
    _like("mailcow", "mail.desk.example", RSPAMD, hops=1),
    _like("fastmail", "*.messagingengine.com", FASTMAIL, host="phl-mx-05.messagingengine.com"),
    _like("yahoo", "*.yahoo.com", YAHOO, host="atlas-production.v2-mail-prod1-gq1.omega.yahoo.com"),
    _several("icloud", "dmarc.icloud.com", ICLOUD),
    _like("zoho", "mx.zohomail.com", ZOHO),
    _like("exim", MX, EXIM),
    _like("amavis", MX, AMAVIS, hops=1),
)
