"""helpdeskd: a company's whole helpdesk, driven by e-mail.

Where a mail goes:

    SMTP, LMTP, IMAP, files ─▶ storage.inbox           committed before the sender is told 250
    storage.inbox ─▶ mail.parse ─▶ triage.triage       what is it, who is it, what is it about: an Outcome with events
    events ─▶ domain.evolve ─▶ policy.clock            the ticket, and when what is due
           ─▶ policy.react ─▶ daemon.letters           who is told what
    all of it in one transaction (daemon.turn) ─▶ storage.outbox ─▶ daemon.dispatch ─▶ the smarthost

The clock's way is the same from the second line on: `daemon.sweep` finds what is due and makes events of it.

Rooms, imports only to the right: cli, daemon ─▶ config | mail | storage ─▶ triage | policy ─▶ domain.
"""

__version__ = "0.1.0"
