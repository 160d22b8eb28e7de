/*-------------------------------------------------------------------------
 *
 * pairs.c
 *	  Count pairs of labels, and make the counts flat; see pairs.h.
 *
 * Labels are numbered as they come, and found by open addressing; so are the
 * pairs of their numbers.  Arrays double when they are full.  In the flat form
 * there are no hash tables: whoever opens it adds its pairs one by one, so
 * that a label or pair which a forger names twice is counted once.
 *
 * Cost: a row takes one look-up a label and one for the pair; memory 16 to 24
 * bytes a label besides its text, and 24 to 48 a pair.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/hash.h"
#include "metrics/pairs.h"

/* Room for so many labels and pairs at first, and bytes of text. */
#define FIRST_ROOM 8
#define FIRST_BYTES 64

/* -------------------------------------------------------------- arrays */

/* The hash of a label. */
static uint64_t
hash_label(MmlLabelForm form, const MmlLabel *label)
{
	if (form == MML_LABELS_NUMBERS)
		return mml_hash_word((uint64_t) label->number);
	return mml_hash_bytes(label->length, label->text);
}

/* The hash of a pair of labels. */
static uint64_t
hash_pair(uint32_t actual, uint32_t predicted)
{
	return mml_hash_word((uint64_t) actual << 32 | predicted);
}

/* Enter i, which is in no slot, into slots, of which many are free. */
static void
enter(uint32_t *slots, uint32_t count, uint64_t hash, uint32_t i)
{
	uint32_t	slot = (uint32_t) hash & (count - 1);

	while (slots[slot] != 0)
		slot = (slot + 1) & (count - 1);
	slots[slot] = i + 1;
}

/* Grow an array and its slots; its elements have so many bytes. */
static void
grow(void **array, uint32_t **slots, uint32_t *room_for, size_t size, MmlRoom *room)
{
	size_t		old = *room_for;
	size_t		now = old == 0 ? FIRST_ROOM : 2 * old;

	*array = room->resize(room, *array, old * size, now * size);
	*slots = room->resize(room, *slots, 2 * old * sizeof(**slots), 2 * now * sizeof(**slots));
	memset(*slots, 0, 2 * now * sizeof(**slots));
	*room_for = (uint32_t) now;
}

/* Make room for another label. */
static void
grow_labels(MmlPairs *pairs, MmlRoom *room)
{
	void	   *labels = pairs->label;

	grow(&labels, &pairs->label_slot, &pairs->label_room, sizeof(*pairs->label), room);
	pairs->label = labels;
	for (uint32_t i = 0; i < pairs->labels; i++)
	{
		MmlLabel	label;

		mml_metrics_pairs_label(pairs, i, &label);
		enter(pairs->label_slot, 2 * pairs->label_room, hash_label(pairs->form, &label), i);
	}
}

/* Make room for another pair. */
static void
grow_pairs(MmlPairs *pairs, MmlRoom *room)
{
	void	   *array = pairs->pair;

	grow(&array, &pairs->pair_slot, &pairs->pair_room, sizeof(*pairs->pair), room);
	pairs->pair = array;
	for (uint32_t i = 0; i < pairs->pairs; i++)
		enter(pairs->pair_slot, 2 * pairs->pair_room,
			  hash_pair(pairs->pair[i].actual, pairs->pair[i].predicted), i);
}

/* Append the bytes of a text. */
static void
append_text(MmlPairs *pairs, const MmlLabel *label, MmlRoom *room)
{
	size_t		bytes = pairs->bytes + label->length;

	if (bytes > pairs->byte_room)
	{
		size_t		now = MML_MAX(MML_MAX(2 * pairs->byte_room, bytes), FIRST_BYTES);

		pairs->text = room->resize(room, pairs->text, pairs->byte_room, now);
		pairs->byte_room = now;
	}
	if (label->length > 0)
		memcpy(pairs->text + pairs->bytes, label->text, label->length);
	pairs->bytes = bytes;
}

/* ------------------------------------------------------------ counting */

/* The label of a number. */
void
mml_metrics_pairs_label(const MmlPairs *pairs, uint32_t i, MmlLabel *label)
{
	size_t		start = i == 0 ? 0 : (size_t) pairs->label[i - 1];

	label->number = 0;
	label->text = NULL;
	label->length = 0;
	if (pairs->form == MML_LABELS_NUMBERS)
		label->number = (int64_t) pairs->label[i];
	else
	{
		label->text = pairs->text + start;
		label->length = (size_t) pairs->label[i] - start;
	}
}

/* Are two labels of a form equal?  Texts are, byte by byte. */
static bool
equal_labels(MmlLabelForm form, const MmlLabel *a, const MmlLabel *b)
{
	if (form == MML_LABELS_NUMBERS)
		return a->number == b->number;
	return a->length == b->length &&
		(a->length == 0 || memcmp(a->text, b->text, a->length) == 0);
}

/* Find the number of a label, a new one if need be; false where it is one too many. */
static bool
number_label(MmlPairs *pairs, const MmlLabel *label, uint32_t *number, MmlRoom *room)
{
	uint64_t	hash = hash_label(pairs->form, label);
	uint32_t	mask = 2 * pairs->label_room - 1;

	for (uint32_t slot = (uint32_t) hash & mask; pairs->label_room > 0 && pairs->label_slot[slot] != 0;
		 slot = (slot + 1) & mask)
	{
		MmlLabel	other;

		*number = pairs->label_slot[slot] - 1;
		mml_metrics_pairs_label(pairs, *number, &other);
		if (equal_labels(pairs->form, &other, label))
			return true;
	}
	if (pairs->labels == MML_PAIRS_MOST)
		return false;
	if (pairs->labels == pairs->label_room)
		grow_labels(pairs, room);
	if (pairs->form == MML_LABELS_TEXTS)
		append_text(pairs, label, room);
	*number = pairs->labels++;
	pairs->label[*number] = pairs->form == MML_LABELS_NUMBERS ? (uint64_t) label->number : pairs->bytes;
	enter(pairs->label_slot, 2 * pairs->label_room, hash, *number);
	return true;
}

/* Find a pair, a new one if need be; NULL where it is one too many. */
static MmlPair *
find_pair(MmlPairs *pairs, uint32_t actual, uint32_t predicted, MmlRoom *room)
{
	uint64_t	hash = hash_pair(actual, predicted);
	uint32_t	mask = 2 * pairs->pair_room - 1;
	MmlPair    *pair;

	for (uint32_t slot = (uint32_t) hash & mask; pairs->pair_room > 0 && pairs->pair_slot[slot] != 0;
		 slot = (slot + 1) & mask)
	{
		pair = &pairs->pair[pairs->pair_slot[slot] - 1];
		if (pair->actual == actual && pair->predicted == predicted)
			return pair;
	}
	if (pairs->pairs == MML_PAIRS_MOST)
		return NULL;
	if (pairs->pairs == pairs->pair_room)
		grow_pairs(pairs, room);
	pair = &pairs->pair[pairs->pairs];
	pair->actual = actual;
	pair->predicted = predicted;
	pair->rows = 0;
	enter(pairs->pair_slot, 2 * pairs->pair_room, hash, pairs->pairs++);
	return pair;
}

/*
 * Count so many rows of two labels, of the form that the state has.  False
 * where there are too many labels or pairs: then nothing is counted.
 */
bool
mml_metrics_pairs_add(MmlPairs *pairs, const MmlLabel *actual,
					  const MmlLabel *predicted, int64_t rows, MmlRoom *room)
{
	uint32_t	a;
	uint32_t	p;
	MmlPair    *pair;

	if (!number_label(pairs, actual, &a, room) || !number_label(pairs, predicted, &p, room))
		return false;
	pair = find_pair(pairs, a, p, room);
	if (pair == NULL)
		return false;
	pair->rows += rows;
	pairs->rows += rows;
	return true;
}

/* Count the rows of another state of the same form; false as above. */
bool
mml_metrics_pairs_merge(MmlPairs *pairs, const MmlPairs *other, MmlRoom *room)
{
	for (uint32_t i = 0; i < other->pairs; i++)
	{
		const MmlPair *pair = &other->pair[i];
		MmlLabel	actual;
		MmlLabel	predicted;

		mml_metrics_pairs_label(other, pair->actual, &actual);
		mml_metrics_pairs_label(other, pair->predicted, &predicted);
		if (!mml_metrics_pairs_add(pairs, &actual, &predicted, pair->rows, room))
			return false;
		if (i % 65536 == 65535)
			MML_CHECK();
	}
	return true;
}

/* ------------------------------------------------------- the flat state */

/* The bytes of a flat state; of sizes that are no larger than they may be. */
static size_t
flat_bytes(uint32_t labels, uint32_t pairs, uint64_t bytes)
{
	return sizeof(MmlFlatPairs) + labels * sizeof(uint64_t) + pairs * sizeof(MmlPair) +
		(size_t) ((bytes + 7) & ~(uint64_t) 7);
}

/* The labels of a flat state; its pairs lie behind them. */
static const uint64_t *
flat_labels(const MmlFlatPairs *flat)
{
	return (const uint64_t *) (flat + 1);
}

/* The pairs of a flat state; its texts lie behind them. */
static const MmlPair *
flat_pairs(const MmlFlatPairs *flat)
{
	return (const MmlPair *) (flat_labels(flat) + flat->labels);
}

/* Are the ends of texts in order? */
static bool
texts_in_order(const MmlFlatPairs *flat)
{
	const uint64_t *end = flat_labels(flat);
	uint64_t	last = 0;

	for (uint32_t i = 0; i < flat->labels; i++)
	{
		if (end[i] < last)
			return false;
		last = end[i];
	}
	return last == flat->bytes;
}

/* Every invariant of a state of kind pairs. */
static const char *
verify_pairs(const MmlState *state, size_t bytes)
{
	const MmlFlatPairs *flat = (const MmlFlatPairs *) state;
	const MmlPair *pair;
	int64_t		rows = 0;

	if (flat->labels > MML_PAIRS_MOST || flat->pairs > MML_PAIRS_MOST ||
		flat->bytes > bytes || flat_bytes(flat->labels, flat->pairs, flat->bytes) != bytes)
		return "Its number of labels is not that of its length.";
	if (flat->form > MML_LABELS_TEXTS || (flat->form == MML_LABELS_UNKNOWN && flat->labels > 0))
		return "Its form of labels is unknown.";
	if (flat->average > MML_WEIGHTED)
		return "Its average is unknown.";
	if (flat->form == MML_LABELS_TEXTS ? !texts_in_order(flat) : flat->bytes != 0)
		return "Its texts are out of order.";
	pair = flat_pairs(flat);
	for (uint32_t i = 0; i < flat->pairs; i++)
	{
		if (pair[i].actual >= flat->labels || pair[i].predicted >= flat->labels)
			return "A pair is of a label that it does not have.";
		if (pair[i].rows < 1 || pair[i].rows > MML_METRICS_MAX_ROWS - rows)
			return "A number of rows is out of range.";
		rows += pair[i].rows;
	}
	if (rows != flat->rows)
		return "Its number of rows is wrong.";
	return NULL;
}

const MmlStateKind mml_metrics_pairs_kind = {
	.name = "pairs",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlFlatPairs),
	.verify = verify_pairs
};

/* The bytes of the flat form. */
size_t
mml_metrics_pairs_bytes(const MmlPairs *pairs)
{
	return flat_bytes(pairs->labels, pairs->pairs, pairs->bytes);
}

/* Write the flat form behind a header that is there. */
void
mml_metrics_pairs_flatten(const MmlPairs *pairs, MmlState *state)
{
	MmlFlatPairs *flat = (MmlFlatPairs *) state;
	char	   *at = (char *) (flat + 1);
	size_t		labels = pairs->labels * sizeof(uint64_t);
	size_t		counts = pairs->pairs * sizeof(MmlPair);

	flat->rows = pairs->rows;
	flat->form = (uint32_t) pairs->form;
	flat->average = (uint32_t) pairs->average;
	flat->labels = pairs->labels;
	flat->pairs = pairs->pairs;
	flat->bytes = pairs->bytes;
	if (labels > 0)
		memcpy(at, pairs->label, labels);
	if (counts > 0)
		memcpy(at + labels, pairs->pair, counts);
	if (pairs->bytes > 0)
		memcpy(at + labels + counts, pairs->text, pairs->bytes);
}

/* Take an empty state from a flat one, which is verified. */
bool
mml_metrics_pairs_open(MmlPairs *pairs, const MmlState *state, MmlRoom *room)
{
	const MmlFlatPairs *flat = (const MmlFlatPairs *) state;
	const MmlPair *pair = flat_pairs(flat);
	const MmlPairs view = {
		.form = (MmlLabelForm) flat->form,
		.pairs = flat->pairs,
		.label = (uint64_t *) flat_labels(flat),
		.pair = (MmlPair *) pair,
		.text = (char *) (pair + flat->pairs)
	};

	pairs->form = view.form;
	pairs->average = (MmlAverage) flat->average;
	return mml_metrics_pairs_merge(pairs, &view, room);
}
