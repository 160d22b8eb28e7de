-- repairing scalars

CREATE FUNCTION mediaml.parse_number(value text, decimal_mark text DEFAULT 'auto') RETURNS numeric
	AS 'MODULE_PATHNAME', 'mml_repair_parse_number'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;

CREATE FUNCTION mediaml.parse_date(value text, date_order text DEFAULT 'ymd', partial boolean DEFAULT false,
		years_from bigint DEFAULT 0) RETURNS date
	AS 'MODULE_PATHNAME', 'mml_repair_parse_date'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;

CREATE FUNCTION mediaml.clean_text(value text) RETURNS text
	AS 'MODULE_PATHNAME', 'mml_repair_clean_text'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;

CREATE FUNCTION mediaml.title_key(title text, seasons boolean DEFAULT false) RETURNS text
	AS 'MODULE_PATHNAME', 'mml_repair_title'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

COMMENT ON FUNCTION mediaml.parse_number(text, text) IS 'the number that a text states, NULL where it states none';
COMMENT ON FUNCTION mediaml.parse_date(text, text, boolean, bigint) IS 'the date that a text states, NULL where it states none';
COMMENT ON FUNCTION mediaml.clean_text(text) IS 'a text without what encodings, HTML and invisible characters have done to it';
COMMENT ON FUNCTION mediaml.title_key(text, boolean) IS 'a key to join titles by: no case, accents, articles, punctuation, year or season';
