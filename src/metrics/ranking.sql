-- What one ranked list is worth.

CREATE FUNCTION mediaml.precision_at_k(recommended anycompatiblearray, relevant anycompatiblearray, k bigint,
	denominator text DEFAULT 'k')
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_hits'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION mediaml.precision_at_k(anycompatiblearray, anycompatiblearray, bigint, text) IS
	'relevant items among the first k recommended, over k (or the denominator given)';

CREATE FUNCTION mediaml.recall_at_k(recommended anycompatiblearray, relevant anycompatiblearray, k bigint,
	denominator text DEFAULT 'relevant')
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_hits'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION mediaml.recall_at_k(anycompatiblearray, anycompatiblearray, bigint, text) IS
	'relevant items among the first k recommended, over all that are relevant; NULL where nothing is relevant';

CREATE FUNCTION mediaml.average_precision_at_k(recommended anycompatiblearray, relevant anycompatiblearray, k bigint,
	denominator text DEFAULT 'min')
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_average_precision'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION mediaml.average_precision_at_k(anycompatiblearray, anycompatiblearray, bigint, text) IS
	'mean over relevant items of the precision at their rank, of the first k recommended; NULL where nothing is relevant';

CREATE FUNCTION mediaml.ndcg_at_k(recommended anycompatiblearray, relevant anycompatiblearray, k bigint)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_ndcg'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION mediaml.ndcg_at_k(anycompatiblearray, anycompatiblearray, bigint) IS
	'discounted cumulative gain of the first k recommended, over the best that was possible; NULL where nothing is relevant';

CREATE FUNCTION mediaml.hit_rate_at_k(recommended anycompatiblearray, relevant anycompatiblearray, k bigint)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_hit_rate'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION mediaml.hit_rate_at_k(anycompatiblearray, anycompatiblearray, bigint) IS
	'1 where one of the first k recommended is relevant, else 0; NULL where nothing is relevant';

CREATE FUNCTION mediaml.reciprocal_rank(recommended anycompatiblearray, relevant anycompatiblearray, k bigint)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_reciprocal'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION mediaml.reciprocal_rank(anycompatiblearray, anycompatiblearray, bigint) IS
	'1 over the rank of the first relevant item among the first k recommended, 0 without; NULL where nothing is relevant';
