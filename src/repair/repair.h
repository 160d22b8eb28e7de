/*-------------------------------------------------------------------------
 *
 * repair.h
 *	  Repairing scalars: what a dirty text says, as a number, a date, a clean
 *	  text or a key to join by.  Kernels.
 *
 * Texts come in and go out as UTF-8 or as arrays of code points; the caller
 * owns every array.  A text that cannot be read is answered by false, never
 * by a guess.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_REPAIR_REPAIR_H
#define MML_REPAIR_REPAIR_H

#include "core/kernel.h"

/* ----------------------------------------------------------- characters */

extern bool mml_repair_decode(size_t bytes, const char *utf8, size_t *n, uint32_t *chars);
extern size_t mml_repair_encode(size_t n, const uint32_t *chars, char *utf8);
extern uint32_t mml_repair_lower(uint32_t c);
extern bool mml_repair_is_space(uint32_t c);
extern bool mml_repair_is_invisible(uint32_t c);
extern bool mml_repair_is_digit(uint32_t c);
extern bool mml_repair_is_letter(uint32_t c);
extern bool mml_repair_plain(size_t bytes, const char *utf8, size_t capacity,
							 size_t *n, uint32_t *chars);
extern size_t mml_repair_match(size_t n, const uint32_t *chars, const char *word, bool exact);
extern size_t mml_repair_match_list(size_t n, const uint32_t *chars, const char *list,
									size_t *place);

/* -------------------------------------------------------------- numbers */

/* A longer text is no number. */
#define MML_REPAIR_NUMBER_BYTES 512

/* Room for a sign, digits, and an exponent. */
#define MML_REPAIR_DECIMAL_BYTES (MML_REPAIR_NUMBER_BYTES + 16)

extern bool mml_repair_number(size_t bytes, const char *utf8, char decimal_mark,
							  char *decimal);

/* ---------------------------------------------------------------- dates */

typedef enum MmlDateOrder
{
	MML_DATE_YMD,
	MML_DATE_DMY,
	MML_DATE_MDY
} MmlDateOrder;

typedef struct MmlDateRules
{
	MmlDateOrder order;			/* of a date in digits only */
	bool		partial;		/* a month or a year is its first day */
	int			years_from;		/* two digits are a year of the hundred from
								 * this one; 0: they are no year */
} MmlDateRules;

typedef struct MmlDate
{
	int			year;			/* 1000 .. 9999 */
	int			month;			/* 1 .. 12 */
	int			day;			/* 1 .. 31, as the month has */
} MmlDate;

/* A longer text is no date. */
#define MML_REPAIR_DATE_BYTES 256

extern bool mml_repair_date(size_t bytes, const char *utf8, const MmlDateRules *rules,
							MmlDate *date);

/* ---------------------------------------------------------------- texts */

/* Longest name of an entity, with & and ; */
#define MML_REPAIR_ENTITY_CHARS 34

extern uint32_t mml_repair_entity(size_t n, const uint32_t *name);

/* These work in place: the text becomes shorter or stays. */
extern size_t mml_repair_entities(size_t n, uint32_t *text);
extern size_t mml_repair_mojibake(size_t n, uint32_t *text);
extern size_t mml_repair_spaces(size_t n, uint32_t *text);

/* --------------------------------------------------------------- titles */

/* A character of a title becomes at most this many of its key. */
#define MML_REPAIR_KEY_GROWTH 5

/* What a season adds to a key that keeps it. */
#define MML_REPAIR_KEY_EXTRA 8

extern size_t mml_repair_title_letters(size_t n, const uint32_t *title, uint32_t *letters);
extern size_t mml_repair_title_key(size_t n, uint32_t *letters, bool seasons);

#endif							/* MML_REPAIR_REPAIR_H */
