-- profile

CREATE FUNCTION mediaml.profile_columns_step(state mediaml.state, VARIADIC "any") RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_profile_columns_step'
	LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION mediaml.profile_columns_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_profile_columns_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION mediaml.profile_columns_final(state mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_profile_columns_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

-- its state holds up to 100,000 values of each column, so many groups are better
-- sorted than hashed, as its SSPACE tells the planner
CREATE AGGREGATE mediaml.profile_columns(VARIADIC "any") (
	SFUNC = mediaml.profile_columns_step,
	STYPE = mediaml.state,
	SSPACE = 8388608,
	COMBINEFUNC = mediaml.profile_columns_combine,
	FINALFUNC = mediaml.profile_columns_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);

-- unsafe and not restricted: a view may do what only a leader outside of
-- parallel mode may; the query within has workers of its own
CREATE FUNCTION mediaml.profile(relation regclass,
	OUT "position" integer,
	OUT column_name text,
	OUT data_type text,
	OUT rows bigint,
	OUT nulls bigint,
	OUT blanks bigint,
	OUT nans bigint,
	OUT distinct_values bigint,
	OUT distinct_exact boolean,
	OUT min text,
	OUT max text,
	OUT mean double precision,
	OUT sd double precision,
	OUT skew double precision,
	OUT q01 double precision,
	OUT q05 double precision,
	OUT q25 double precision,
	OUT q50 double precision,
	OUT q75 double precision,
	OUT q95 double precision,
	OUT q99 double precision,
	OUT zeros bigint,
	OUT negatives bigint,
	OUT frequent_values text[],
	OUT frequent_counts bigint[],
	OUT suspicions text[])
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'mml_profile'
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 1000000 ROWS 20;

COMMENT ON FUNCTION mediaml.profile(regclass) IS 'what one pass over a table tells of its columns: a row each';
COMMENT ON AGGREGATE mediaml.profile_columns(VARIADIC "any") IS 'sums columns up for profile; its result is a state';
COMMENT ON FUNCTION mediaml.profile_columns_step(mediaml.state, VARIADIC "any") IS 'transition function of profile_columns';
COMMENT ON FUNCTION mediaml.profile_columns_combine(mediaml.state, mediaml.state) IS 'combine function of profile_columns';
COMMENT ON FUNCTION mediaml.profile_columns_final(mediaml.state) IS 'final function of profile_columns';
