"""Sign-ins: access tokens for mailboxes and the smarthost, kept in memory and renewed ahead.

A SignIn is asked for a token at each login, from any thread, and asks its token server one question at a time, five
minutes before the token ends, by a clock that nobody sets. While the server cannot be asked, a token that still lasts
is used; the pause between questions grows from a second to five minutes, whoever asks. A token that a mail server
refused is replaced, once a minute at most. What only an administrator can mend is an alarm, once, and asked again
after a minute.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from threading import Lock

from helpdeskd.config.load import Settings
from helpdeskd.config.oauth import OAuthTable
from helpdeskd.daemon import log
from helpdeskd.daemon.oauth_grant import Granted, granted
from helpdeskd.daemon.oauth_store import RefreshToken
from helpdeskd.mail.oauth import NoToken, NoTokenYet, TokenSource

AHEAD_SECONDS = 300.0
LONGEST_PAUSE = 300.0
REFUSED_PAUSE = 60.0
"""Seconds between two questions of which the answer depends on what an administrator does."""


class SignIn:
    """One sign-in; `kept` is where its refresh token is, if it has one, `monotonic` gives seconds."""

    def __init__(
        self,
        name: str,
        table: OAuthTable,
        kept: RefreshToken | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._table, self._kept, self._monotonic = name, table, kept, monotonic
        self._lock = Lock()
        self._access, self._ends_at = "", 0.0
        self._fault: NoToken | None = None
        self._failures, self._not_before, self._replace_from = 0, 0.0, 0.0

    def token(self, refused: str = "") -> str:
        """An access token that the mail server has not just `refused`. Raises NoToken."""
        with self._lock:
            now = self._monotonic()
            if refused and refused == self._access and now >= self._replace_from:
                self._ends_at, self._replace_from = now, now + REFUSED_PAUSE
            lasts = self._ends_at - now
            if lasts > AHEAD_SECONDS:
                return self._access
            try:
                self._renew(now)
            except NoToken:
                if lasts <= 0:
                    raise
            return self._access

    def _renew(self, now: float) -> None:
        """Take a new token, or fail as the last time where that was just now."""
        if self._fault and now < self._not_before:
            raise type(self._fault)(str(self._fault))
        try:
            new = self._ask()
        except NoToken as fault:
            self._put_off(fault, self._monotonic())
            raise
        self._access, self._ends_at = new.access, now + new.seconds
        self._fault, self._failures = None, 0

    def _ask(self) -> Granted:
        try:
            with self._kept.held() if self._kept else nullcontext():
                refresh_token = self._kept.read() if self._kept else ""
                new = granted(self._name, self._table, refresh_token, time.time())
                if self._kept and new.refresh not in {"", refresh_token}:
                    self._kept.write(new.refresh)
                return new
        except (OSError, ValueError) as fault:
            raise NoToken(f"oauth.{self._name}: {fault}") from None

    def _put_off(self, fault: NoToken, now: float) -> None:
        if isinstance(fault, NoTokenYet):
            pause = min(2.0**self._failures, LONGEST_PAUSE)
            self._failures = min(self._failures + 1, 10)
        else:
            pause = REFUSED_PAUSE
            if not self._fault or isinstance(self._fault, NoTokenYet):
                log.alarm(what="sign-in", detail=str(fault))
        self._fault, self._not_before = fault, now + pause


def sign_ins(settings: Settings) -> Mapping[str, TokenSource]:
    """All sign-ins of a configuration, by name; none asks before it is asked."""
    return {name: SignIn(name, table, _kept(name, table, settings)).token for name, table in settings.oauth.items()}


def _kept(name: str, table: OAuthTable, settings: Settings) -> RefreshToken | None:
    if table.grant != "refresh_token":
        return None
    return RefreshToken(name, table, settings.state, lambda: settings.token_keys)
