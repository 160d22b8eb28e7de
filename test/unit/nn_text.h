/*-------------------------------------------------------------------------
 *
 * nn_text.h
 *	  Small networks, stated as text:
 *
 *		x:?,4; w:4,3; k=[0,-1]; h=MatMul(x,w); y,z=TopK(h,k) axis=1 largest=0
 *
 * The input has a first dimension of "?"; a value with dimensions only is a
 * constant of small random numbers, one with numbers a list of int64, or without
 * brackets one such number.  An "i" behind the dimensions makes int64 of floats.
 * Left out inputs are empty.  Attributes are numbers, lists, decimal fractions or words.
 * The values of the last node are the outputs of the network.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NN_TEXT_H
#define MML_NN_TEXT_H

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "nn_model.h"

static MmlRandom text_rng;

/* The value of a name, which may be new; -1: it is empty. */
static int
text_value(MmlGraph *graph, MmlText name)
{
	for (int v = 0; v < graph->values && name.length > 0; v++)
		if (mml_nn_text_same(graph->value[v].name, name))
			return v;
	return name.length == 0 ? -1 : mml_nn_add_value(graph, name, MML_VALUE_COMPUTED);
}

/* What comes before one of some characters, without spaces before it; *at is left there. */
static MmlText
text_word(const char **at, const char *ends)
{
	MmlText		word;

	*at += strspn(*at, " ");
	word.bytes = *at;
	word.length = strcspn(*at, ends);
	*at += word.length;
	return word;
}

/* Whole numbers by commas; a "?" is 1, and seen. */
static int
text_numbers(const char **at, int64_t *numbers, bool *open)
{
	int			n = 0;

	*open = false;
	for (;; ++*at)
	{
		if (**at == '?')
			*open = true;
		if (**at == '?' || **at == '-' || isdigit((unsigned char) **at))
		{
			numbers[n++] = **at == '?' ? 1 : strtoll(*at, NULL, 10);
			*at += 1 + strspn(*at + 1, "0123456789");
		}
		if (**at != ',')
			return n;
	}
}

/* An input, or a constant of random numbers: "x:?,4". */
static void
text_tensor(MmlGraph *graph, MmlText name, const char **at)
{
	int			v = text_value(graph, name);
	int64_t		dims[MML_RANK];
	bool		open;
	int			rank = text_numbers(at, dims, &open);
	MmlElement	type = **at == 'i' ? MML_ELEMENT_I64 : **at == 'b' ? MML_ELEMENT_U8 : MML_ELEMENT_F32;
	MmlTensor  *tensor = &graph->value[v].tensor;

	*at += type != MML_ELEMENT_F32;
	graph->value[v].kind = MML_VALUE_CONSTANT;
	mml_tensor_set(tensor, type, rank, dims);
	if (open)
	{
		graph->value[v].kind = MML_VALUE_INPUT;
		graph->value[v].symbolic = 1;
		graph->input = mml_nn_take(graph, 1, sizeof(int));
		graph->input[0] = v;
		graph->inputs = 1;
		return;
	}
	tensor->data = mml_nn_take(graph, tensor->count, 8);
	for (size_t i = 0; i < tensor->count; i++)
		if (type == MML_ELEMENT_F32)
			((float *) tensor->data)[i] = (float) (0.25 + mml_random_unit(&text_rng));
		else if (type == MML_ELEMENT_I64)
			((int64_t *) tensor->data)[i] = (int64_t) (i % 2);
		else
			((uint8_t *) tensor->data)[i] = (uint8_t) (100 + i % 7);
}

/* A constant of int64: "k=[0,-1]" or "k=0". */
static void
text_list(MmlGraph *graph, MmlText name, const char **at)
{
	MmlValue   *value = &graph->value[text_value(graph, name)];
	bool		list = **at == '[';
	bool		open;
	int64_t		numbers[32];
	int64_t		n;

	*at += list;
	n = text_numbers(at, numbers, &open);
	*at += list;
	value->kind = MML_VALUE_CONSTANT;
	mml_tensor_set(&value->tensor, MML_ELEMENT_I64, list ? 1 : 0, &n);
	value->tensor.data = memcpy(mml_nn_take(graph, (size_t) n, sizeof(int64_t)), numbers, (size_t) n * sizeof(int64_t));
}

/* An attribute: "axis=1". */
static void
text_attribute(MmlGraph *graph, MmlAttribute *a, const char **at)
{
	int64_t		numbers[32];
	bool		open;

	a->name = text_word(at, "=");
	++*at;
	if (**at == '[')
	{
		++*at;
		a->type = MML_ATTRIBUTE_INTS;
		a->count = (size_t) text_numbers(at, numbers, &open);
		a->ints = memcpy(mml_nn_take(graph, a->count, sizeof(int64_t)), numbers, a->count * sizeof(int64_t));
		++*at;
		return;
	}
	a->text = text_word(at, " ;");
	a->type = memchr(a->text.bytes, '.', a->text.length) != NULL ? MML_ATTRIBUTE_FLOAT : MML_ATTRIBUTE_INT;
	if (!isdigit((unsigned char) a->text.bytes[0]) && a->text.bytes[0] != '-')
		a->type = MML_ATTRIBUTE_TEXT;
	a->i = strtoll(a->text.bytes, NULL, 10);
	a->f = strtof(a->text.bytes, NULL);
}

/* A node, behind its outputs, which are the network's so far. */
static void
text_node(MmlGraph *graph, int outputs, const int *output, const char **at)
{
	MmlText		type = text_word(at, "(");
	MmlNode    *node;
	int			input[8];
	int			inputs = 0;
	MmlAttribute attribute[8];
	int			attributes = 0;

	while (**at == '(' || **at == ',')
	{
		++*at;
		input[inputs++] = text_value(graph, text_word(at, ",)"));
	}
	++*at;
	memset(attribute, 0, sizeof(attribute));
	for (*at += strspn(*at, " "); **at != ';' && **at != '\0'; *at += strspn(*at, " "))
		text_attribute(graph, &attribute[attributes++], at);
	node = mml_nn_add_node(graph, type, mml_nn_text(""), inputs, outputs, attributes);
	node->op = mml_tensor_operator(type);
	if (node->op == NULL)
		printf("# no operator %.*s\n", MML_SHOW(type));
	memcpy(node->input, input, (size_t) inputs * sizeof(int));
	memcpy(node->output, output, (size_t) outputs * sizeof(int));
	if (attributes > 0)
		memcpy(node->attribute, attribute, (size_t) attributes * sizeof(MmlAttribute));
	for (int i = 0; i < outputs; i++)
		graph->value[output[i]].node = graph->nodes - 1;
	graph->output = memcpy(mml_nn_take(graph, (size_t) outputs, sizeof(int)), output, (size_t) outputs * sizeof(int));
	graph->outputs = outputs;
}

/* Read a network; the graph has a heap. */
static void
read_text(MmlGraph *graph, const char *at)
{
	graph->opset = MML_OPSET;
	for (; *at != '\0'; at += *at == ';')
	{
		MmlText		name = text_word(&at, ":=,");
		int			outputs = 0;
		int			output[8];

		if (*at++ == ':')
		{
			text_tensor(graph, name, &at);
			continue;
		}
		if (at[-1] == '=' && (*at == '[' || *at == '-' || isdigit((unsigned char) *at)))
		{
			text_list(graph, name, &at);
			continue;
		}
		for (output[outputs++] = text_value(graph, name); at[-1] == ',';)
		{
			output[outputs++] = text_value(graph, text_word(&at, ",="));
			at++;
		}
		text_node(graph, outputs, output, &at);
	}
	mml_nn_count_uses(graph);
}

#endif							/* MML_NN_TEXT_H */
