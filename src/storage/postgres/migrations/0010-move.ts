/** What a move to another store, or from one, left here: see `move-mark.ts`. The function refuses what an instance still writes that did not hear of the move. */
export const MOVE_TABLES = `
CREATE TABLE move_mark (is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only), mark text NOT NULL);
CREATE FUNCTION refuse_moved() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'this store was moved to another one' USING ERRCODE = 'object_not_in_prerequisite_state';
END
$body$;
`;
