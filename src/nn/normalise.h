/*-------------------------------------------------------------------------
 *
 * normalise.h
 *	  What the files that rewrite old forms of operators share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NORMALISE_H
#define MML_NORMALISE_H

#include "nn/graph.h"

/* A graph whose nodes are being written anew. */
typedef struct MmlRewriter
{
	MmlGraph   *graph;
	const MmlNode *old;			/* the node that is rewritten */
	int		   *same;			/* (values at first) the value to use in place
								 * of this one */
	int			values;
} MmlRewriter;

/* One rule: how a node of an operator is rewritten below an opset. */
typedef struct MmlRule
{
	const char *type;
	int			below;			/* opset */
	bool		(*rewrite) (MmlRewriter *r);
} MmlRule;

/* Each list ends in a type that is NULL. */
extern const MmlRule mml_nn_form_rules[];
extern const MmlRule mml_nn_input_rules[];
extern const MmlRule mml_nn_ml_rules[]; /* of the domain ai.onnx.ml */

/* Of a rule for every opset. */
#define MML_ALWAYS (MML_OPSET + 1)

extern int	mml_nn_old_input(const MmlRewriter *r, int i);
extern int	mml_nn_old_output(const MmlRewriter *r, int i);
extern bool mml_nn_old_ints(const MmlRewriter *r, const char *name, size_t *count, const int64_t **ints);
extern int64_t mml_nn_old_int(const MmlRewriter *r, const char *name, int64_t otherwise);
extern float mml_nn_old_float(const MmlRewriter *r, const char *name, float otherwise);
extern int	mml_nn_rank(const MmlRewriter *r, int v);
extern MmlNode *mml_nn_emit(MmlRewriter *r, const char *type, int inputs, int outputs,
							const char *const *drop, int extra);
extern MmlNode *mml_nn_emit_between(MmlRewriter *r, const char *type, int input, int output);
extern bool mml_nn_emit_pair(MmlRewriter *r, const char *type, int a, int b, int output);
extern bool mml_nn_emit_same(MmlRewriter *r, const char *const *drop);
extern bool mml_nn_emit_alias(MmlRewriter *r);
extern void mml_nn_set_int(MmlNode *node, int from_end, const char *name, int64_t value);
extern void mml_nn_set_text(MmlNode *node, int from_end, const char *name, const char *value);
extern int	mml_nn_new_value(MmlRewriter *r, int rank);
extern int	mml_nn_ints_value(MmlRewriter *r, size_t count, const int64_t *ints);
extern int	mml_nn_float_value(MmlRewriter *r, float number);
extern bool mml_nn_refuse(MmlRewriter *r, const char *why);

/* What the files of ai.onnx.ml share. */
extern bool mml_nn_emit_with(MmlRewriter *r, const char *type, int input, int output,
							 const char *name, int64_t value);
extern int	mml_nn_to_float(MmlRewriter *r, int v);
extern size_t mml_nn_list_length(const MmlRewriter *r, const char *name);
extern size_t mml_nn_read_classes(MmlRewriter *r, const char *ints, const MmlAttribute **labels);
extern bool mml_nn_emit_label(MmlRewriter *r, int index, const MmlAttribute *labels);
extern int	mml_nn_emit_best(MmlRewriter *r, int scores);
extern bool mml_nn_emit_transform(MmlRewriter *r, int scores, int output);
extern bool mml_nn_rewrite_trees(MmlRewriter *r);
extern bool mml_nn_pass_texts(MmlRewriter *r, bool *passed);

extern bool mml_nn_normalise(MmlGraph *graph);

#endif							/* MML_NORMALISE_H */
