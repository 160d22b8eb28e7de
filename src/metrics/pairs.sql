-- Precision, recall, F1, the confusion matrix, and the adjusted Rand index.

CREATE FUNCTION mediaml.outcomes_step(state mediaml.state, actual boolean, predicted boolean) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_outcomes_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.outcomes_step(mediaml.state, boolean, boolean) IS 'transition function of precision, recall, f1 and confusion of booleans';

CREATE FUNCTION mediaml.outcomes_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_outcomes_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.outcomes_combine(mediaml.state, mediaml.state) IS 'combine function of precision, recall, f1 and confusion of booleans';

CREATE FUNCTION mediaml.pairs_step(state mediaml.state, actual bigint, predicted bigint) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_pairs_bigint'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.pairs_step(mediaml.state, bigint, bigint) IS 'transition function of precision, recall, f1, confusion and adjusted_rand of labels';

CREATE FUNCTION mediaml.pairs_step(state mediaml.state, actual bigint, predicted bigint, average text)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_pairs_bigint'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.pairs_step(mediaml.state, bigint, bigint, text) IS 'transition function of precision, recall and f1 with an average';

CREATE FUNCTION mediaml.pairs_step(state mediaml.state, actual text, predicted text) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_pairs_text'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.pairs_step(mediaml.state, text, text) IS 'transition function of precision, recall, f1, confusion and adjusted_rand of labels';

CREATE FUNCTION mediaml.pairs_step(state mediaml.state, actual text, predicted text, average text)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_pairs_text'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.pairs_step(mediaml.state, text, text, text) IS 'transition function of precision, recall and f1 with an average';

CREATE FUNCTION mediaml.pairs_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_pairs_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.pairs_combine(mediaml.state, mediaml.state) IS 'combine function of precision, recall, f1, confusion and adjusted_rand of labels';

CREATE FUNCTION mediaml.outcomes_precision(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_outcomes_precision'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.outcomes_precision(mediaml.state) IS 'final function of precision of booleans';

CREATE FUNCTION mediaml.pairs_precision(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_pairs_precision'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.pairs_precision(mediaml.state) IS 'final function of precision of labels';

CREATE AGGREGATE mediaml.precision(actual boolean, predicted boolean) (
	SFUNC = mediaml.outcomes_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.outcomes_combine,
	FINALFUNC = mediaml.outcomes_precision,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.precision(boolean, boolean) IS 'share of the rows predicted positive that are';

CREATE AGGREGATE mediaml.precision(actual bigint, predicted bigint) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_precision,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.precision(bigint, bigint) IS 'mean over classes of their precision';

CREATE AGGREGATE mediaml.precision(actual bigint, predicted bigint, average text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_precision,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.precision(bigint, bigint, text) IS 'precision of many classes, averaged: macro, micro or weighted';

CREATE AGGREGATE mediaml.precision(actual text, predicted text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_precision,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.precision(text, text) IS 'mean over classes of their precision';

CREATE AGGREGATE mediaml.precision(actual text, predicted text, average text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_precision,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.precision(text, text, text) IS 'precision of many classes, averaged: macro, micro or weighted';

CREATE FUNCTION mediaml.outcomes_recall(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_outcomes_recall'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.outcomes_recall(mediaml.state) IS 'final function of recall of booleans';

CREATE FUNCTION mediaml.pairs_recall(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_pairs_recall'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.pairs_recall(mediaml.state) IS 'final function of recall of labels';

CREATE AGGREGATE mediaml.recall(actual boolean, predicted boolean) (
	SFUNC = mediaml.outcomes_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.outcomes_combine,
	FINALFUNC = mediaml.outcomes_recall,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.recall(boolean, boolean) IS 'share of the positive rows that are predicted so';

CREATE AGGREGATE mediaml.recall(actual bigint, predicted bigint) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_recall,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.recall(bigint, bigint) IS 'mean over classes of their recall';

CREATE AGGREGATE mediaml.recall(actual bigint, predicted bigint, average text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_recall,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.recall(bigint, bigint, text) IS 'recall of many classes, averaged: macro, micro or weighted';

CREATE AGGREGATE mediaml.recall(actual text, predicted text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_recall,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.recall(text, text) IS 'mean over classes of their recall';

CREATE AGGREGATE mediaml.recall(actual text, predicted text, average text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_recall,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.recall(text, text, text) IS 'recall of many classes, averaged: macro, micro or weighted';

CREATE FUNCTION mediaml.outcomes_f1(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_outcomes_f1'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.outcomes_f1(mediaml.state) IS 'final function of f1 of booleans';

CREATE FUNCTION mediaml.pairs_f1(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_pairs_f1'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.pairs_f1(mediaml.state) IS 'final function of f1 of labels';

CREATE AGGREGATE mediaml.f1(actual boolean, predicted boolean) (
	SFUNC = mediaml.outcomes_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.outcomes_combine,
	FINALFUNC = mediaml.outcomes_f1,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.f1(boolean, boolean) IS 'harmonic mean of precision and recall';

CREATE AGGREGATE mediaml.f1(actual bigint, predicted bigint) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_f1,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.f1(bigint, bigint) IS 'mean over classes of their f1';

CREATE AGGREGATE mediaml.f1(actual bigint, predicted bigint, average text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_f1,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.f1(bigint, bigint, text) IS 'f1 of many classes, averaged: macro, micro or weighted';

CREATE AGGREGATE mediaml.f1(actual text, predicted text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_f1,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.f1(text, text) IS 'mean over classes of their f1';

CREATE AGGREGATE mediaml.f1(actual text, predicted text, average text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_f1,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.f1(text, text, text) IS 'f1 of many classes, averaged: macro, micro or weighted';

CREATE TYPE mediaml.confusion_row AS (
	actual text,
	predicted text,
	n bigint
);
COMMENT ON TYPE mediaml.confusion_row IS 'how many rows of one class were predicted to be of another';

CREATE FUNCTION mediaml.outcomes_confusion(state mediaml.state) RETURNS mediaml.confusion_row[]
	AS 'MODULE_PATHNAME', 'mml_metrics_outcomes_confusion'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.outcomes_confusion(mediaml.state) IS 'final function of confusion of booleans';

CREATE FUNCTION mediaml.pairs_confusion(state mediaml.state) RETURNS mediaml.confusion_row[]
	AS 'MODULE_PATHNAME', 'mml_metrics_pairs_confusion'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.pairs_confusion(mediaml.state) IS 'final function of confusion of labels';

CREATE AGGREGATE mediaml.confusion(actual boolean, predicted boolean) (
	SFUNC = mediaml.outcomes_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.outcomes_combine,
	FINALFUNC = mediaml.outcomes_confusion,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.confusion(boolean, boolean) IS 'the confusion matrix: rows (actual, predicted, n) of the pairs that occur';

CREATE AGGREGATE mediaml.confusion(actual bigint, predicted bigint) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_confusion,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.confusion(bigint, bigint) IS 'the confusion matrix: rows (actual, predicted, n) of the pairs that occur';

CREATE AGGREGATE mediaml.confusion(actual text, predicted text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.pairs_confusion,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.confusion(text, text) IS 'the confusion matrix: rows (actual, predicted, n) of the pairs that occur';

CREATE FUNCTION mediaml.adjusted_rand_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_adjusted_rand_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.adjusted_rand_final(mediaml.state) IS 'final function of adjusted_rand';

CREATE AGGREGATE mediaml.adjusted_rand(a bigint, b bigint) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.adjusted_rand_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.adjusted_rand(bigint, bigint) IS 'how far two groupings agree: 1 wholly, 0 as by chance';

CREATE AGGREGATE mediaml.adjusted_rand(a text, b text) (
	SFUNC = mediaml.pairs_step,
	STYPE = mediaml.state,
	SSPACE = 16384,
	COMBINEFUNC = mediaml.pairs_combine,
	FINALFUNC = mediaml.adjusted_rand_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.adjusted_rand(text, text) IS 'how far two groupings agree: 1 wholly, 0 as by chance';
