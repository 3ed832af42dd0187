"""What the ledger must agree with: the questions that `audit` asks about money, each with words for what it finds.

Entries, approvals and statements are compared with the events that made them, by number and by minutes, and entries
with the audit record too; draws with the cards that they are on; each line of an issued statement with its own minutes
and rate, and with its month. A customer who was removed has no cards to compare with.
"""

CHECKS = (
    ("{} has entries of {} min, but {} min were booked", """
        SELECT coalesce(reference, CAST(ticket_id AS TEXT)), sum(kept), sum(told) FROM (
            SELECT ticket_id, 1 AS number, minutes AS kept, 0 AS told FROM entry
            UNION ALL SELECT ticket_id, -1, 0, CAST(state -> 'entry' ->> 'minutes' AS BIGINT)
            FROM event WHERE type = 'TimeBooked'
        ) AS booked LEFT JOIN ticket ON ticket.id = ticket_id
        GROUP BY ticket_id, reference HAVING sum(number) <> 0 OR sum(kept) <> sum(told)"""),
    ("{} has approvals of {} min, but {} min were approved", """
        SELECT coalesce(reference, CAST(ticket_id AS TEXT)), sum(kept), sum(told) FROM (
            SELECT ticket_id, 1 AS number, minutes AS kept, 0 AS told FROM approval
            UNION ALL SELECT ticket_id, -1, 0, CAST(state ->> 'minutes' AS BIGINT)
            FROM event WHERE type = 'EstimateApproved'
            UNION ALL SELECT ticket_id, -1, 0, CAST(state -> 'approval' ->> 'minutes' AS BIGINT)
            FROM event WHERE type = 'ApprovalMoved'
        ) AS approved LEFT JOIN ticket ON ticket.id = ticket_id
        GROUP BY ticket_id, reference HAVING sum(number) <> 0 OR sum(kept) <> sum(told)"""),
    ("entry {} of {} has {} min, but the audit record has {} min", """
        SELECT told.id, coalesce(reference, CAST(told.ticket AS TEXT)), coalesce(entry.minutes, 0), told.minutes FROM (
            SELECT CAST(detail ->> 'ticket' AS BIGINT) AS ticket, CAST(detail -> 'entry' ->> 'id' AS BIGINT) AS id,
                CAST(detail -> 'entry' ->> 'minutes' AS BIGINT) AS minutes
            FROM audit WHERE what = 'TimeBooked'
        ) AS told
        LEFT JOIN entry ON entry.ticket_id = told.ticket AND entry.number = told.id
        LEFT JOIN ticket ON ticket.id = told.ticket
        WHERE entry.minutes IS DISTINCT FROM told.minutes"""),
    ("{} has drawn {} min on the card {}, which has {} min", """
        SELECT draw.customer, sum(draw.minutes), draw.card, coalesce(known.minutes, 0) FROM draw
        JOIN customer ON customer.name = draw.customer
        LEFT JOIN (
            SELECT customer.name AS owner, value ->> 'id' AS id, CAST(value ->> 'minutes' AS BIGINT) AS minutes
            FROM customer, json_each(customer.state, '$.cards')
        ) AS known ON known.owner = draw.customer AND known.id = draw.card
        GROUP BY draw.customer, draw.card, known.minutes HAVING sum(draw.minutes) > coalesce(known.minutes, 0)"""),
    ("the statement of {} for {} is there {} times, but was issued {} times", """
        SELECT customer, month, sum(kept), sum(told) FROM (
            SELECT customer, month, 1 AS kept, 0 AS told FROM statement
            UNION ALL SELECT state ->> 'customer', concat(
                state -> 'month' ->> 'year',
                CASE length(state -> 'month' ->> 'month') WHEN 1 THEN '-0' ELSE '-' END,
                state -> 'month' ->> 'month'), 0, 1
            FROM event WHERE type = 'StatementIssued'
        ) AS issued GROUP BY customer, month HAVING sum(kept) <> sum(told)"""),
    ("the statement of {} for {} has a line of {} cents, which comes to {}", """
        SELECT customer, month, amount, due FROM (
            SELECT customer, month, CAST(value -> 'correction' AS TEXT) AS correction,
                CAST(value ->> 'amount' AS BIGINT) AS amount,
                coalesce(
                    CAST(value ->> 'quantity' AS BIGINT) * CAST(value ->> 'rate' AS BIGINT),
                    (2 * CAST(value ->> 'minutes' AS BIGINT) * CAST(value ->> 'rate' AS BIGINT) + 60)
                        / 120  -- cents for minutes, half up
                ) AS due
            FROM statement, json_each(statement.state, '$.lines')
        ) AS line WHERE correction = 'false' AND amount <> due"""),
    ("the statement of {} for {} has a line of {}", """
        SELECT customer, month, value ->> 'day' FROM statement, json_each(statement.state, '$.lines')
        WHERE CAST(value -> 'correction' AS TEXT) = 'false' AND substr(value ->> 'day', 1, 7) <> month"""),
)  # fmt: skip
