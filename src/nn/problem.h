/*-------------------------------------------------------------------------
 *
 * problem.h
 *	  What is wrong with a network, in words.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PROBLEM_H
#define MML_PROBLEM_H

#include "core/cell.h"

typedef enum MmlFault
{
	MML_FAULT_NONE = 0,
	MML_FAULT_BROKEN,			/* a file or model that is none; input that
								 * cannot be */
	MML_FAULT_UNSUPPORTED,		/* sound, but not for us */
	MML_FAULT_LIMIT,			/* too large */
	MML_FAULT_ARGUMENT			/* a network is asked what it has not */
} MmlFault;

typedef struct MmlProblem
{
	MmlFault	fault;
	char		message[320];	/* UTF-8, as a message of PostgreSQL begins */
	char		detail[240];	/* a sentence, or empty */
} MmlProblem;

extern bool mml_nn_fail(MmlProblem *problem, MmlFault fault, const char *format,...)
			__attribute__((format(printf, 3, 4)));
extern int	mml_nn_shown(MmlText text);
extern bool mml_nn_text_is(MmlText text, const char *word);
extern bool mml_nn_text_same(MmlText a, MmlText b);
extern MmlText mml_nn_text(const char *word);
extern bool mml_nn_text_sound(MmlText text);

/* A text for "%.*s". */
#define MML_SHOW(text) mml_nn_shown(text), (text).bytes

#endif							/* MML_PROBLEM_H */
