/*-------------------------------------------------------------------------
 *
 * number_words.h
 *	  Words beside numbers: currencies, and scales such as million.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_REPAIR_NUMBER_WORDS_H
#define MML_REPAIR_NUMBER_WORDS_H

#include "core/kernel.h"

/* How those who use a scale word write numbers. */
typedef enum MmlMarkStyle
{
	MML_MARKS_UNKNOWN,			/* either way: M, million */
	MML_MARKS_POINT,			/* 1,234.5 */
	MML_MARKS_COMMA,			/* 1.234,5 */
	MML_MARKS_EAST				/* 1,234.5, and 3億5000万 */
} MmlMarkStyle;

typedef struct MmlScaleWord
{
	const char *word;			/* UTF-8, in lower case unless exact */
	int			exponent;		/* zeros */
	MmlMarkStyle style;
	bool		exact;			/* capitals count */
	bool		money;			/* a scale beside a currency only */
} MmlScaleWord;

extern size_t mml_repair_find_currency(size_t n, const uint32_t *chars);
extern const MmlScaleWord *mml_repair_find_scale(size_t n, const uint32_t *chars,
												 size_t *length);

#endif							/* MML_REPAIR_NUMBER_WORDS_H */
