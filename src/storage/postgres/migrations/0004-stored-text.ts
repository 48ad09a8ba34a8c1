/** Reads a text of stored JSON; null where there is none, or where the JSON is damaged: a damaged row must not make a page or a command fail. */
export const STORED_TEXT = `
CREATE FUNCTION stored_text(json text, name text) RETURNS text LANGUAGE plpgsql STABLE AS $body$
BEGIN
  RETURN json::json ->> name;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END
$body$;
`;
