/*-------------------------------------------------------------------------
 *
 * mediaml.c
 *	  Load the library: settings, and the lists of kinds of models and states.
 *
 * The only file that sees every module.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "fmgr.h"
#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "clean/clean_pg.h"
#include "compose/compose_pg.h"
#include "core/kind_pg.h"
#include "core/model_name_pg.h"
#include "core/numbers.h"
#include "core/settings_pg.h"
#include "core/state_pg.h"
#include "kmeans/kmeans_pg.h"
#include "linalg/linalg_pg.h"
#include "logistic/logistic_pg.h"
#include "metrics/bootstrap.h"
#include "metrics/clusters.h"
#include "metrics/metrics.h"
#include "metrics/pairs.h"
#include "metrics/scores.h"
#include "nn/nn_pg.h"
#include "profile/profile.h"
#include "recommend/als_pg.h"
#include "recommend/content_pg.h"
#include "recommend/ease_pg.h"
#include "recommend/hybrid_pg.h"
#include "recommend/item_knn_pg.h"
#include "recommend/popularity_pg.h"
#include "registry/named_pg.h"

PG_MODULE_MAGIC;

int			mml_max_memory;
int			mml_max_model_size;
double		mml_max_network_flops;
int			mml_model_cache_size;
bool		mml_progress;

extern PGDLLEXPORT void _PG_init(void);

PG_FUNCTION_INFO_V1(mml_build_info);

/* Settings, in alphabetical order. */
static void
define_settings(void)
{
	DefineCustomIntVariable("mediaml.max_memory",
							"Memory that all training states of a session may take together.",
							"Past it rows go to temporary files.",
							&mml_max_memory, 1024 * 1024, 1024, MAX_KILOBYTES,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("mediaml.max_model_size",
							"The largest model that may be made.",
							"pg_dump needs twice as much, and 1 GB is the end.",
							&mml_max_model_size, 256 * 1024, 64, 500 * 1024,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomRealVariable("mediaml.max_network_flops",
							 "Multiply-adds that one run of a neural network may take.",
							 NULL,
							 &mml_max_network_flops, 1e12, 1, 1e18,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("mediaml.model_cache_size",
							"Memory for models that are kept parsed between statements.",
							NULL,
							&mml_model_cache_size, 64 * 1024, 0, MAX_KILOBYTES,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomBoolVariable("mediaml.progress",
							 "Tell of every iteration of training by a NOTICE.",
							 NULL,
							 &mml_progress, false,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("mediaml");
}

/* Called once a process, when the library is loaded. */
void
_PG_init(void)
{
	define_settings();
	mml_model_by_name = mml_named_model;
	mml_kind_register(&mml_preprocessor_kind);
	mml_kind_register(&mml_pipeline_kind);
	mml_kind_register(&mml_kmeans_kind);
	mml_kind_register(&mml_logistic_kind);
	mml_kind_register(&mml_calibrator_kind);
	mml_kind_register(&mml_calibrated_kind);
	mml_kind_register(&mml_grouped_kind);
	mml_kind_register(&mml_network_kind);
	mml_kind_register(&mml_popularity_kind);
	mml_kind_register(&mml_item_knn_kind);
	mml_kind_register(&mml_content_kind);
	mml_kind_register(&mml_hybrid_kind);
	mml_kind_register(&mml_als_kind);
	mml_kind_register(&mml_rating_als_kind);
	mml_kind_register(&mml_ease_kind);
	mml_state_kind_register(&mml_calibrator_rows_kind);
	mml_state_kind_register(&mml_metrics_accuracy_kind);
	mml_state_kind_register(&mml_metrics_log_loss_kind);
	mml_state_kind_register(&mml_metrics_brier_kind);
	mml_state_kind_register(&mml_metrics_outcomes_kind);
	mml_state_kind_register(&mml_metrics_pairs_kind);
	mml_state_kind_register(&mml_metrics_regression_kind);
	mml_state_kind_register(&mml_metrics_roc_auc_kind);
	mml_state_kind_register(&mml_metrics_calibration_kind);
	mml_state_kind_register(&mml_metrics_clusters_kind);
	mml_state_kind_register(&mml_metrics_coverage_kind);
	mml_state_kind_register(&mml_metrics_novelty_kind);
	mml_state_kind_register(&mml_metrics_diversity_kind);
	mml_state_kind_register(&mml_metrics_bootstrap_kind);
	mml_state_kind_register(&mml_metrics_weighted_kind);
	mml_state_kind_register(&mml_metrics_bootstrap_scores_kind);
	mml_state_kind_register(&mml_metrics_bootstrap_gain_kind);
	mml_state_kind_register(&mml_profile_table_kind);
}

/*
 * build_info() -> (version, postgresql, openblas, openblas_kernel,
 * openblas_threads, kernels)
 */
Datum
mml_build_info(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Datum		values[6];
	bool		nulls[6] = {false};
	MmlLinalgFacts facts;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	mml_linalg_facts(&facts);
	values[0] = CStringGetTextDatum(MML_VERSION);
	values[1] = CStringGetTextDatum(PG_VERSION);
	values[2] = CStringGetTextDatum(facts.version);
	values[3] = CStringGetTextDatum(facts.core);
	values[4] = CStringGetTextDatum(facts.threads);
	values[5] = CStringGetTextDatum(mml_kernels_name());
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}
