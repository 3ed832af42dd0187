CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$

CREATE FUNCTION without(record json, key text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT CAST(record AS jsonb) - key $$

CREATE FUNCTION lines_without_notes(record json) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT jsonb_agg(line - 'notes') FROM jsonb_array_elements(CAST(record -> 'lines' AS jsonb)) AS line $$

CREATE TRIGGER audit_kept BEFORE UPDATE ON audit FOR EACH ROW
WHEN ((OLD.number, OLD.at, OLD.what, OLD.seal, OLD.hash)
    IS DISTINCT FROM (NEW.number, NEW.at, NEW.what, NEW.seal, NEW.hash))
EXECUTE FUNCTION refuse('the audit record is never edited')

CREATE TRIGGER entry_kept BEFORE UPDATE ON entry FOR EACH ROW
WHEN ((OLD.ticket_id, OLD.number, OLD.minutes, without(OLD.state, 'agent'))
    IS DISTINCT FROM (NEW.ticket_id, NEW.number, NEW.minutes, without(NEW.state, 'agent')))
EXECUTE FUNCTION refuse('an entry is never edited: reverse it')

CREATE TRIGGER approval_kept BEFORE UPDATE ON approval FOR EACH ROW
WHEN ((OLD.ticket_id, OLD.number, OLD.minutes, without(OLD.state, 'by'))
    IS DISTINCT FROM (NEW.ticket_id, NEW.number, NEW.minutes, without(NEW.state, 'by')))
EXECUTE FUNCTION refuse('an approval is never edited')

CREATE TRIGGER statement_kept BEFORE UPDATE ON statement FOR EACH ROW
WHEN ((OLD.customer, OLD.month, OLD.issued_at, without(OLD.state, 'lines'), lines_without_notes(OLD.state))
    IS DISTINCT FROM
    (NEW.customer, NEW.month, NEW.issued_at, without(NEW.state, 'lines'), lines_without_notes(NEW.state)))
EXECUTE FUNCTION refuse('a statement is never edited')

CREATE TRIGGER entry_stays BEFORE DELETE ON entry FOR EACH ROW
EXECUTE FUNCTION refuse('an entry is never removed: reverse it')

CREATE TRIGGER approval_stays BEFORE DELETE ON approval FOR EACH ROW
EXECUTE FUNCTION refuse('an approval is never removed')

CREATE TRIGGER statement_stays BEFORE DELETE ON statement FOR EACH ROW
EXECUTE FUNCTION refuse('a statement is never removed')
