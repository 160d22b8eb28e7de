/*-------------------------------------------------------------------------
 *
 * grouped.c
 *	  A model for each value of a column; see grouped.h.
 *
 * Cost: a value is found in O(log values) comparisons, a text of a set in O(1).
 *
 *-------------------------------------------------------------------------
 */
#include "compose/grouped.h"
#include "core/hash.h"
#include "core/text.h"

#define FIRST_SLOTS 16

/* ----------------------------------------------------------------- reading */

/* Read the keys, which must ascend. */
static const char *
read_keys(const MmlTexts *texts, MmlRoom *room, MmlGroups *groups)
{
	const char *text = texts->first;

	groups->count = texts->count;
	groups->keys = room->resize(room, NULL, 0, texts->count * sizeof(MmlText));
	for (size_t i = 0; i < texts->count; i++, text = mml_text_next(text))
	{
		groups->keys[i].bytes = text;
		groups->keys[i].length = strlen(text);
		if (i > 0 && mml_text_compare(groups->keys[i - 1], groups->keys[i]) >= 0)
			return "Its values do not ascend.";
	}
	return NULL;
}

/* Check that models of these sizes are just what a section holds. */
static const char *
check_sizes(const MmlGroups *groups, const MmlSection *models)
{
	size_t		end = 0;

	for (size_t i = 0; i < groups->models; i++)
	{
		size_t		start = mml_align64(end);

		if (start > models->bytes || groups->sizes[i] <= 0 ||
			(uint64_t) groups->sizes[i] > models->bytes - start)
			return "The sizes of the models within it are not possible.";
		for (; end < start; end++)
			if (groups->bytes[end] != 0)
				return "A gap between models within it is not zero.";
		end += (size_t) groups->sizes[i];
	}
	return end == models->bytes ? NULL : "Bytes are left behind the models within it.";
}

/* Read all but the models within. */
const char *
mml_groups_parse(const MmlEnvelope *env, MmlRoom *room, MmlGroups *groups)
{
	const MmlSection *section;
	MmlTexts	texts;
	int			next = 0;

	MML_DEMAND(mml_envelope_texts(env, &next, "column", &texts));
	if (texts.count != 1 || texts.first[0] == '\0')
		return "It names no column.";
	groups->column = texts.first;
	MML_DEMAND(mml_envelope_texts(env, &next, "keys", &texts));
	MML_DEMAND(mml_envelope_next(env, &next, "sizes", MML_I64, &section));
	if (section->cols != 1 || section->rows < 1 ||
		(section->rows != texts.count && section->rows != texts.count + 1))
		return "It has not one model for each value.";
	MML_DEMAND(read_keys(&texts, room, groups));
	groups->models = section->rows;
	groups->sizes = section->data;
	MML_DEMAND(mml_envelope_next(env, &next, "models", MML_U8, &section));
	if (section->cols != 1)
		return "A section has another shape than it must.";
	groups->bytes = section->data;
	MML_DEMAND(check_sizes(groups, section));
	return mml_envelope_end(env, next);
}

/*
 * The place of a value among the keys; where it is none of them, that of the
 * model for all others, if there is one: less than groups->models.
 *
 * The loop's invariant: keys before low are less than the value, those from
 * high on are greater.
 */
size_t
mml_groups_find(const MmlGroups *groups, MmlText value)
{
	size_t		low = 0;
	size_t		high = groups->count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		int			order = mml_text_compare(groups->keys[middle], value);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return groups->count;
}

/* ----------------------------------------------------------- sets of texts */

/* The slot of a text: where it is, or where it would be. */
static size_t *
find_slot(const MmlTextSet *set, const char *text)
{
	size_t		i = mml_hash_bytes(strlen(text), text) & (set->slots - 1);

	while (set->table[i] != 0 && strcmp(set->texts[set->table[i] - 1], text) != 0)
		i = (i + 1) & (set->slots - 1);
	return &set->table[i];
}

/* Double the slots of a set. */
static void
grow(MmlTextSet *set)
{
	size_t		slots = set->slots == 0 ? FIRST_SLOTS : 2 * set->slots;

	set->texts = set->room->resize(set->room, set->texts, set->slots / 2 * sizeof(char *),
								   slots / 2 * sizeof(char *));
	set->table = set->room->resize(set->room, set->table, set->slots * sizeof(size_t),
								   slots * sizeof(size_t));
	set->slots = slots;
	memset(set->table, 0, slots * sizeof(size_t));
	for (size_t i = 0; i < set->count; i++)
		*find_slot(set, set->texts[i]) = i + 1;
}

/* Add a text, which must stay where it is, unless the set has it. */
void
mml_text_set_add(MmlTextSet *set, const char *text)
{
	size_t	   *slot;

	if (set->count == set->slots / 2)
		grow(set);
	slot = find_slot(set, text);
	if (*slot != 0)
		return;
	set->texts[set->count++] = text;
	set->bytes += strlen(text) + 1;
	*slot = set->count;
}

/* Does the set have a text? */
bool
mml_text_set_has(const MmlTextSet *set, const char *text)
{
	return set->count > 0 && *find_slot(set, text) != 0;
}

/* The texts of a set as a list, in its room. */
MmlTexts
mml_text_set_list(const MmlTextSet *set)
{
	MmlTexts	list = {.count = set->count};
	char	   *p = set->room->resize(set->room, NULL, 0, set->bytes);

	list.first = p;
	for (size_t i = 0; i < set->count; i++)
	{
		size_t		bytes = strlen(set->texts[i]) + 1;

		memcpy(p, set->texts[i], bytes);
		p += bytes;
	}
	return list;
}
