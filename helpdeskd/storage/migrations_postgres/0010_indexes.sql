CREATE INDEX inbox_queue ON inbox (position) WHERE status = 'queued'

CREATE INDEX inbox_status ON inbox (status, id)

CREATE INDEX inbox_same ON inbox (sha256, forward_path)

CREATE INDEX inbox_check ON inbox (check_at) WHERE check_at IS NOT NULL

CREATE INDEX inbox_unchecked ON inbox (author, position) WHERE check_at IS NOT NULL

CREATE INDEX inbox_unchecked_mail ON inbox (raw_id) WHERE check_at IS NOT NULL

CREATE INDEX inbox_raw ON inbox (raw_id)

CREATE INDEX raw_kept ON raw (has_files, id) WHERE size > 0

CREATE INDEX outbox_due ON outbox (next_at, id) WHERE status = 'queued'

CREATE INDEX outbox_otherwise ON outbox (next_at, id) WHERE status = 'queued' AND channel NOT IN ('mail', 'sms')

CREATE INDEX outbox_status ON outbox (status, id)

CREATE INDEX outbox_caps ON outbox (recipient, created_at) WHERE automatic AND NOT to_agent

CREATE INDEX outbox_caps_desk ON outbox (created_at) WHERE automatic AND NOT to_agent

CREATE INDEX outbox_thread ON outbox (reference, recipient, id)

CREATE INDEX outbox_kept ON outbox (done_at) WHERE done_at IS NOT NULL AND NOT is_blank

CREATE INDEX ticket_status ON ticket (status, id)

CREATE INDEX ticket_customer ON ticket (customer, id)

CREATE INDEX ticket_wake ON ticket (wake_at) WHERE wake_at IS NOT NULL

CREATE INDEX ticket_duty ON ticket (duty_at) WHERE duty_at IS NOT NULL

CREATE INDEX ticket_ask ON ticket (ask_at) WHERE ask_at IS NOT NULL

CREATE INDEX ticket_quota ON ticket (customer, plan, accepted_at)

CREATE INDEX ticket_alert ON ticket (alert_key, id) WHERE alert_key IS NOT NULL

CREATE INDEX event_ticket ON event (ticket_id, id)

CREATE INDEX event_inbox ON event (inbox_id)

CREATE INDEX event_held ON event (at) WHERE type = 'MailHeld'

CREATE INDEX event_swap ON event (id) WHERE type = 'DutySwapped'

CREATE INDEX event_digest ON event (at)
WHERE type IN (
    'TicketOpened', 'OwnerChanged', 'StatusChanged', 'DutyPaged', 'DutyTaken', 'DutyReleased', 'TargetPassed'
)

CREATE INDEX heard_message ON heard (message_id)

CREATE INDEX heard_ticket ON heard (reference, sender, id)

CREATE INDEX target_next ON target (next_at) WHERE next_at IS NOT NULL

CREATE INDEX reminder_due ON reminder (not_before)

CREATE INDEX reminder_mail ON reminder (notice, address, not_before)

CREATE INDEX draw_customer ON draw (customer)

CREATE INDEX billing_due ON billing (due_at)

CREATE INDEX morning_due ON morning (due_at)

CREATE INDEX audit_what ON audit (what, number)

CREATE INDEX search_words ON search USING gin (words)
