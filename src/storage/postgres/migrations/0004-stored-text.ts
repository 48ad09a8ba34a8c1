/** Reads a text of stored JSON; null where there is none, or where the JSON is damaged: a damaged row must not make a page or a command fail. (From PostgreSQL 17 on, `json` cannot be the
 * name of a parameter.) */
export const STORED_TEXT = `
CREATE FUNCTION stored_text(content text, field text) RETURNS text LANGUAGE plpgsql STABLE AS $body$
BEGIN
  RETURN content::json ->> field;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END
$body$;
`;
