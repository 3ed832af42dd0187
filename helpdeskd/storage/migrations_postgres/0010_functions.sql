CREATE FUNCTION json_each(list text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT json_array_elements_text(CAST(list AS json)) $$

CREATE FUNCTION json_each(record json, path text) RETURNS TABLE (value json) LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT json_array_elements(record -> substr(path, 3)) $$

CREATE FUNCTION json_replace(record json, path text, word text) RETURNS json LANGUAGE sql IMMUTABLE AS
$$ SELECT CAST(jsonb_set(CAST(record AS jsonb), ARRAY[substr(path, 3)], to_jsonb(word), FALSE) AS json) $$

CREATE FUNCTION client_of(source text, account text, peer text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
$$ BEGIN
    RETURN CASE
        WHEN source = 'imap' THEN 'mailbox ' || account
        WHEN strpos(peer, ':') = 0 THEN peer
        ELSE CAST(network(set_masklen(CAST(split_part(peer, '%', 1) AS inet), 64)) AS text)
    END;
EXCEPTION WHEN data_exception THEN RETURN peer;
END $$

CREATE FUNCTION some_with(query text, most bigint) RETURNS SETOF bigint LANGUAGE sql STABLE
SET gin_fuzzy_search_limit = 1000 SET enable_seqscan = off AS
$$ SELECT rowid FROM search WHERE words @@ CAST(query AS tsquery) LIMIT most $$
