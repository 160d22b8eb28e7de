/*-------------------------------------------------------------------------
 *
 * envelope_writer.h
 *	  Write a model without a server, for tests of its readers.
 *
 * Written from the description in core/envelope.h, not from the server's
 * writer, so that the two check each other.  The digest is left zero: readers
 * of plain C do not compute it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ENVELOPE_WRITER_H
#define MML_ENVELOPE_WRITER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A section to be written; size is that of one number. */
typedef struct TestSection
{
	const char *name;
	uint32_t	type;
	size_t		size;
	size_t		rows;
	size_t		cols;
	const void *data;
} TestSection;

/*
 * Room for a model of just so many bytes, aligned as PostgreSQL aligns what
 * is behind the length word of a bytea; free with free_model().
 */
static inline char *
alloc_model(size_t length)
{
	return (char *) malloc(length + 4) + 4;
}

static inline void
free_model(char *model)
{
	free(model - 4);
}

/* A copy of the first bytes of a model, with nothing readable behind them. */
static inline char *
copy_model(const char *model, size_t length)
{
	char	   *copy = alloc_model(length);

	memcpy(copy, model, length);
	return copy;
}

/* Put a number of 8 bytes, or of 4, anywhere. */
static inline void
put_u64(char *p, uint64_t value)
{
	memcpy(p, &value, 8);
}

static inline void
put_u32(char *p, uint32_t value)
{
	memcpy(p, &value, 4);
}

/* Where the data of a section begin that follows byte end. */
static inline size_t
data_behind(size_t end)
{
	while (end % 64 != 60)
		end++;
	return end;
}

/* Write a model of n sections; *length gets its bytes. */
static inline char *
write_envelope(const char *kind, int n, const TestSection *sections,
			   size_t *length)
{
	size_t		end = 92 + 64 * (size_t) n;
	char	   *p;

	for (int i = 0; i < n; i++)
		end = data_behind(end) + sections[i].size * sections[i].rows * sections[i].cols;
	*length = end;
	p = alloc_model(end);
	memset(p, 0, end);
	memcpy(p, "mediaml\n", 8);
	put_u32(p + 8, 1);
	put_u32(p + 12, (uint32_t) n);
	put_u64(p + 16, end);
	strncpy(p + 24, kind, 23);
	end = 92 + 64 * (size_t) n;
	for (int i = 0; i < n; i++)
	{
		const TestSection *s = &sections[i];
		char	   *entry = p + 92 + 64 * i;
		size_t		bytes = s->size * s->rows * s->cols;

		strncpy(entry, s->name, 15);
		put_u32(entry + 16, s->type);
		put_u64(entry + 24, s->rows);
		put_u64(entry + 32, s->cols);
		put_u64(entry + 40, data_behind(end));
		put_u64(entry + 48, bytes);
		end = data_behind(end) + bytes;
		if (bytes > 0)
			memcpy(p + end - bytes, s->data, bytes);
	}
	return p;
}

#endif							/* MML_ENVELOPE_WRITER_H */
