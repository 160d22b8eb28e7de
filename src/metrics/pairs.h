/*-------------------------------------------------------------------------
 *
 * pairs.h
 *	  How often each label was taken for each: what precision, recall and F1
 *	  of many classes, the confusion matrix and the adjusted Rand index need.
 *
 * Labels are numbers or texts, as many as there are; those of both columns
 * are numbered together.  Only pairs that occur are kept.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_METRICS_PAIRS_H
#define MML_METRICS_PAIRS_H

#include "core/room.h"
#include "metrics/metrics.h"

/* So many labels, and so many pairs of them. */
#define MML_PAIRS_MOST ((uint32_t) 1 << 24)

/* What labels are. */
typedef enum MmlLabelForm
{
	MML_LABELS_UNKNOWN,			/* of no rows */
	MML_LABELS_NUMBERS,
	MML_LABELS_TEXTS
} MmlLabelForm;

/* How the measures of classes become one. */
typedef enum MmlAverage
{
	MML_MACRO,					/* their mean */
	MML_MICRO,					/* the measure of all their counts */
	MML_WEIGHTED				/* their mean, weighted by the rows of a class */
} MmlAverage;

/* A number, or a text in bytes that belong to the state. */
typedef struct MmlLabel
{
	int64_t		number;
	const char *text;
	size_t		length;
} MmlLabel;

/* Two labels by their numbers, and how often they came together. */
typedef struct MmlPair
{
	uint32_t	actual;
	uint32_t	predicted;
	int64_t		rows;
} MmlPair;

/*
 * The state.  Arrays of a hash table hold 1 + a number, 0 in free slots, and
 * are twice as long as what they find at least.
 */
typedef struct MmlPairs
{
	MmlLabelForm form;
	MmlAverage	average;
	int64_t		rows;
	uint32_t	labels;
	uint32_t	pairs;
	uint32_t	label_room;
	uint32_t	pair_room;
	uint64_t   *label;			/* (labels) the number, or where its text ends */
	uint32_t   *label_slot;		/* (2 label_room) */
	MmlPair    *pair;			/* (pairs) */
	uint32_t   *pair_slot;		/* (2 pair_room) */
	size_t		bytes;			/* of all texts */
	size_t		byte_room;
	char	   *text;			/* (bytes) */
} MmlPairs;

/* The flat state: behind it labels, pairs, and texts padded to 8 bytes. */
typedef struct MmlFlatPairs
{
	MmlState	head;
	int64_t		rows;
	uint32_t	form;
	uint32_t	average;
	uint32_t	labels;
	uint32_t	pairs;
	uint64_t	bytes;
} MmlFlatPairs;

/* Counts of a class. */
typedef struct MmlClassCounts
{
	int64_t		right;
	int64_t		actual;
	int64_t		predicted;
} MmlClassCounts;

extern const MmlStateKind mml_metrics_pairs_kind;

extern bool mml_metrics_pairs_add(MmlPairs *pairs, const MmlLabel *actual,
								  const MmlLabel *predicted, int64_t rows, MmlRoom *room);
extern bool mml_metrics_pairs_merge(MmlPairs *pairs, const MmlPairs *other, MmlRoom *room);
extern void mml_metrics_pairs_label(const MmlPairs *pairs, uint32_t i, MmlLabel *label);

extern size_t mml_metrics_pairs_bytes(const MmlPairs *pairs);
extern void mml_metrics_pairs_flatten(const MmlPairs *pairs, MmlState *flat);
extern bool mml_metrics_pairs_open(MmlPairs *pairs, const MmlState *flat, MmlRoom *room);

extern void mml_metrics_pairs_count(const MmlPairs *pairs, MmlClassCounts *counts);
extern double mml_metrics_pairs_average(const MmlPairs *pairs, MmlMeasure measure,
										const MmlClassCounts *counts);
extern double mml_metrics_adjusted_rand(const MmlPairs *pairs, const MmlClassCounts *counts);

#endif							/* MML_METRICS_PAIRS_H */
