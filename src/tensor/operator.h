/*-------------------------------------------------------------------------
 *
 * operator.h
 *	  The table of operators: what each checks, and how it computes.
 *
 * An operator is one row of the table in operators.c.  It takes attributes and
 * tensors as ONNX defines them at the opset that the graph is in, after
 * normalising (src/nn), and knows no graph.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_OPERATOR_H
#define MML_OPERATOR_H

#include "core/cell.h"
#include "tensor/tensor.h"

/* An attribute of a node; exactly one field is used. */
typedef enum MmlAttributeType
{
	MML_ATTRIBUTE_INT,
	MML_ATTRIBUTE_FLOAT,
	MML_ATTRIBUTE_TEXT,
	MML_ATTRIBUTE_INTS,
	MML_ATTRIBUTE_FLOATS,
	MML_ATTRIBUTE_TEXTS,
	MML_ATTRIBUTE_TENSOR
} MmlAttributeType;

typedef struct MmlAttribute
{
	MmlText		name;
	MmlAttributeType type;
	int64_t		i;
	float		f;
	MmlText		text;
	size_t		count;
	const int64_t *ints;		/* (count) */
	const float *floats;		/* (count) */
	const MmlText *texts;		/* (count) */
	MmlTensor	tensor;
} MmlAttribute;

/*
 * What an operator sees of one node: tensors of its inputs (NULL: left out),
 * whose data are there in run(), and in infer() where they are constant; and
 * tensors of its outputs (NULL: nobody wants it).  A planned network holds one
 * call a node, whose tensors lie where they will in every run.
 *
 * Shapes that depend on numbers are known only in a run, unless those numbers
 * are constant: infer() then says that it waits, or that run() will shrink the
 * outputs.  Such a node is inferred anew in every run (src/nn/walk.c), and may
 * see the data of all its inputs.
 */
typedef struct MmlCall
{
	int			inputs;
	int			outputs;
	int			attributes;
	const MmlAttribute *attribute;	/* (attributes) */
	int			opset;
	const MmlTensor *const *in; /* (inputs) */
	MmlTensor  *const *out;		/* (outputs) */
	void	   *own;
	void	   *scratch;		/* aligned to 64; run() only */
	size_t		scratch_bytes;	/* infer() sets it */
	size_t		packed_bytes;	/* infer() sets it; see pack() */
	void	   *packed;			/* aligned to 64 */
	double		flops;			/* multiply-adds; infer() sets it */
	bool		waits;			/* infer() fails for want of the data of an
								 * input, and could do with them */
	bool		shrinks;		/* infer() gives bounds of the shapes of
								 * outputs, which run() lowers */
	const char **fault;			/* run() sets *fault to a sentence where data,
								 * such as an index, are out of range; may be
								 * NULL, then nobody is told */
	char		wrong[200];		/* infer() may write what it returns here */
} MmlCall;

typedef struct MmlOperator
{
	const char *name;			/* as ONNX has it */
	int			since;			/* first opset that it is read from */
	int			min_inputs;
	int			max_inputs;
	int			max_outputs;
	size_t		own_size;

	/*
	 * Check attributes, types and shapes; set types and shapes of outputs by
	 * mml_tensor_set(), own, scratch_bytes and flops.  NULL, or a sentence
	 * that says what is wrong.  Input is untrusted: every product checked.
	 */
	const char *(*infer) (MmlCall *call);

	/*
	 * Lay constant inputs out as run() wants them, once when a network is
	 * read; NULL where packed_bytes is always 0.
	 */
	void		(*pack) (const MmlCall *call);

	/* Compute the outputs; all that it needs has been checked. */
	void		(*run) (const MmlCall *call);
} MmlOperator;

/* The operators of a file; operators.c holds the list of lists. */
typedef struct MmlOperators
{
	size_t		count;
	const MmlOperator *operators;	/* (count) */
} MmlOperators;

#define MML_OPERATORS(table) {sizeof(table) / sizeof(*(table)), table}

/* NULL where we have none of this name. */
extern const MmlOperator *mml_tensor_operator(MmlText name);

extern int64_t mml_tensor_attribute_int(const MmlCall *call, const char *name, int64_t otherwise);
extern float mml_tensor_attribute_float(const MmlCall *call, const char *name, float otherwise);
extern MmlText mml_tensor_attribute_text(const MmlCall *call, const char *name, const char *otherwise);
extern const MmlAttribute *mml_tensor_attribute(const MmlCall *call, const char *name);

#endif							/* MML_OPERATOR_H */
