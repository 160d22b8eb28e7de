CREATE TYPE mediaml.state;

CREATE FUNCTION mediaml.state_in(cstring) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_state_in'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION mediaml.state_out(mediaml.state) RETURNS cstring
	AS 'MODULE_PATHNAME', 'mml_state_out'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION mediaml.state_recv(internal) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_state_recv'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION mediaml.state_send(mediaml.state) RETURNS bytea
	AS 'MODULE_PATHNAME', 'mml_state_send'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE mediaml.state (
	INPUT = mediaml.state_in,
	OUTPUT = mediaml.state_out,
	RECEIVE = mediaml.state_recv,
	SEND = mediaml.state_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = external
);

COMMENT ON TYPE mediaml.state IS 'what an aggregate of mediaml knows of the rows it has seen';
COMMENT ON FUNCTION mediaml.state_in(cstring) IS 'input function of mediaml.state';
COMMENT ON FUNCTION mediaml.state_out(mediaml.state) IS 'output function of mediaml.state';
COMMENT ON FUNCTION mediaml.state_recv(internal) IS 'receive function of mediaml.state';
COMMENT ON FUNCTION mediaml.state_send(mediaml.state) IS 'send function of mediaml.state';
