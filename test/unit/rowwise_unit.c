/*-------------------------------------------------------------------------
 *
 * rowwise_unit.c
 *	  Tests of which networks keep rows apart: a run of 32 rows must then
 *	  answer what a run of each alone does.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "nn_case.h"
#include "nn_text.h"

#define ROWS MML_ROWS_TOGETHER

static MmlProblem problem;
static size_t numbers_compared;
static size_t numbers_same;

/* A network that is open, and the model it lies in. */
typedef struct Open
{
	TestModel	model;
	MmlNetwork	network;
	bool		sound;
} Open;

/* Open the model of a graph; an outcome of its own where it cannot be. */
static void
open_graph(Open *o, MmlGraph *graph)
{
	MmlEnvelope env;
	MmlLimits	limits = {1e10, CASE_MEMORY};

	const char *wrong = NULL;

	memset(o, 0, sizeof(*o));
	if (mml_nn_simplify(graph, limits))
		o->model = write_network(graph);
	if (o->model.bytes != NULL)
		wrong = mml_envelope_open(&env, o->model.bytes, o->model.length);
	if (o->model.bytes != NULL && wrong == NULL)
		wrong = mml_nn_open(&o->network, &env, &test_room, limits);
	o->sound = o->model.bytes != NULL && wrong == NULL;
	if (wrong != NULL && getenv("MML_VERBOSE") != NULL)
		printf("# %s\n", wrong);
}

/* Give both back. */
static void
close_network(Open *o)
{
	mml_nn_close(&o->network);
	free(o->model.block);
}

/* Number j of a row: small, and whole where it must be, or as another tensor has it, changed where it may be. */
static void
invent(MmlTensor *to, size_t j, const MmlTensor *like)
{
	size_t		size = mml_tensor_element_size(to->type);
	float		factor = (float) (0.5 + mml_random_unit(&text_rng));

	if (like != NULL)
	{
		memcpy((char *) to->data + j * size, (const char *) like->data + j % like->count * size, size);
		if (to->type == MML_ELEMENT_F32)
			((float *) to->data)[j] *= factor;
	}
	else if (to->type == MML_ELEMENT_F32)
		((float *) to->data)[j] = 4 * factor - 3;
	else
	{
		memset((char *) to->data + j * size, 0, size);
		*((uint8_t *) to->data + j * size) = (uint8_t) (8 * factor) % 3;
	}
}

/* Is a number as it was? */
static bool
same_number(const MmlTensor *a, size_t i, const MmlTensor *b, size_t j)
{
	double		x = mml_nn_number(a, i);
	double		y = mml_nn_number(b, j);

	numbers_compared++;
	numbers_same += x == y || (isnan(x) && isnan(y));
	return x == y || (isnan(x) && isnan(y)) || fabs(x - y) <= 1e-5 + 1e-4 * fabs(y);
}

/*
 * Run so many rows together, and each alone, by the numbers of a tensor or of
 * chance: are all outputs the same?  *ran, whether both could be.
 */
static bool
runs_alike(MmlNetwork *network, size_t rows, int layer, const MmlTensor *like, bool *ran)
{
	MmlPlan    *many = mml_nn_plan_rows(network, rows, layer);
	MmlTensor  *input = many == NULL ? NULL : &many->tensor[network->graph.input[0]];
	size_t		bytes = input == NULL ? 0 : input->count / rows * mml_tensor_element_size(input->type);
	char	   *fed = malloc(bytes * rows + 1);
	bool		alike = true;

	*ran = false;
	for (size_t j = 0; input != NULL && j < input->count; j++)
		invent(input, j, like);
	if (input != NULL)
		memcpy(fed, input->data, bytes * rows);
	*ran = input != NULL && input->count > 0 && mml_nn_run(many) == NULL;
	for (size_t r = 0; *ran && r < rows; r++)
	{
		MmlPlan    *one = mml_nn_plan_rows(network, 1, layer);

		*ran = one != NULL;
		if (one == NULL)
			break;
		memcpy(one->tensor[network->graph.input[0]].data, fed + r * bytes, bytes);
		*ran = mml_nn_run(one) == NULL;
		for (int i = 0; *ran && i < one->outputs; i++)
		{
			const MmlTensor *a = &one->tensor[one->output[i]];
			const MmlTensor *b = &many->tensor[one->output[i]];

			alike = alike && b->count == rows * a->count;
			for (size_t j = 0; alike && j < a->count; j++)
				alike = same_number(b, r * a->count + j, a, j);
		}
	}
	free(fed);
	return *ran && alike;
}

/* ---------------------------------------------------------------- networks */

/* Networks whose rows are apart. */
static const char *const apart[] = {
	/* layers, as PyTorch writes them */
	"x:?,6; w:6,4; b:4; h=Gemm(x,w,b); a=Relu(h); v:4,3; y=MatMul(a,v); p=Softmax(y) axis=-1",
	"x:?,6; w:4,6; y=Gemm(x,w) transB=1",
	"x:?,6; w:6,4; c:1,4; y=Gemm(x,w,c) beta=0.5",
	"x:?,2,8,8; w:3,2,3,3; b:3; c=Conv(x,w,b) pads=[1,1,1,1]; r=Relu(c); m=MaxPool(r) kernel_shape=[2,2] strides=[2,2];"
	"f=Flatten(m); v:48,5; y=Gemm(f,v)",
	"x:?,4,5,5; s:4; m:4; y=BatchNormalization(x,s,s,m,s)",
	"x:?,4,5; s:4; y=InstanceNormalization(x,s,s)",
	"x:?,4,5; s:4; y=GroupNormalization(x,s,s) num_groups=2",
	"x:?,4,5; y=LRN(x) size=3",
	"x:?,4,5,5; a=GlobalAveragePool(x); s=[0,-1]; y=Reshape(a,s)",
	"x:?,2,4; w:2,3,3; y=ConvTranspose(x,w)",
	"x:?,2,6,6; y=AveragePool(x) kernel_shape=[3,3]",
	"x:?,4,2,2; y=DepthToSpace(x) blocksize=2",
	"x:?,4,6,6; a=ReduceMean(x,k) keepdims=1; k=[2,3]; s=Sub(x,a); q=Mul(s,s); v=ReduceMean(q,k); y=Div(s,v)",
	"x:?,4,2,2; s=[0,2,2,2,2]; a=Reshape(x,s); b=Transpose(a) perm=[0,2,1,3,4]; t=[0,-1,2,2]; y=Reshape(b,t)",
	"x:?,3,4,4; r:0; s=[1,1,2,2]; f=Cast(s) to=1; y=Resize(x,r,f) mode=nearest",

	/* shapes of shapes */
	"x:?,2,3; s=Shape(x); z=0; n=Gather(s,z); o=[0]; u=Unsqueeze(n,o); r=[-1]; t=Concat(u,r) axis=0; y=Reshape(x,t)",
	"x:?,6; s=Shape(x); z=[0]; e=[1]; n=Slice(s,z,e,z); r=[2,3]; t=Concat(n,r) axis=0; y=Reshape(x,t)",
	"x:?,2,3; s=Shape(x) end=1; r=[4]; t=Concat(s,r) axis=0; h=ConstantOfShape(t); f=Flatten(x); y=Concat(f,h) axis=1",
	"x:?,2,3,3; z=[0]; u=Shape(x) start=2; s=Shape(x) end=2; two=[2]; d=Mul(u,two); t=Concat(s,d) axis=0; r:0;"
	"y=Resize(x,r,r,t) mode=linear",

	/* rows merged with what is within them, and taken apart */
	"x:?,4,6; s=[-1,6]; a=Reshape(x,s); w:6,5; b=MatMul(a,w); t=[-1,4,5]; y=Reshape(b,t)",
	"x:?,4,6; s=[0,4,2,3]; a=Reshape(x,s); b=Transpose(a) perm=[0,2,1,3]; t=[-1,4,3]; y=Reshape(b,t)",
	"x:?,4,4,2; s=[-1,2,2,2,2,2]; a=Reshape(x,s); b=Transpose(a) perm=[0,1,3,2,4,5]; t=[-1,4,2]; c=Reshape(b,t);"
	"d=Softmax(c) axis=1; u=[-1,4,4,2]; e=Reshape(d,u); m:1,4,1,1; y=Add(e,m)",

	/* attention, heads first, and a token that all rows share */
	"x:?,4,6; w:6,18; a=MatMul(x,w); s=[0,4,3,2,3]; b=Reshape(a,s); c=Transpose(b) perm=[2,0,3,1,4]; k=0; l=1; m=2;"
	"q=Gather(c,k) axis=0; n=Gather(c,l) axis=0; v=Gather(c,m) axis=0; t=Transpose(n) perm=[0,1,3,2]; d=MatMul(q,t);"
	"e=Softmax(d) axis=-1; f=MatMul(e,v); g=Transpose(f) perm=[0,2,1,3]; r=[0,4,6]; y=Reshape(g,r)",
	"x:?,4,6; a=Transpose(x) perm=[1,0,2]; w:6,6; b=MatMul(a,w); s=[4,-1,3]; c=Reshape(b,s); d=Transpose(c) perm=[1,0,2];"
	"e=Transpose(c) perm=[1,2,0]; f=MatMul(d,e); g=Softmax(f) axis=-1; h=MatMul(g,d); y=Reshape(h,t); t=[-1,2,12]",
	"x:?,4,6; c:1,1,6; s=Shape(x) end=1; r=[-1,-1]; t=Concat(s,r) axis=0; m=[-1]; one=[1]; q=Equal(t,m); o=[1,1,1];"
	"u=Where(q,o,t); e=Expand(c,u); a=Concat(e,x) axis=1; p:1,5,6; y=Add(a,p)",
	"x:?,4; t:9,6; i=Cast(x) to=7; z=0; a=Abs(i); e=Gather(t,a); w:6; n=LayerNormalization(e,w) axis=-1; y=Slice(n,b,c,d);"
	"b=[1]; c=[9]; d=[1]",
	"x:?,3,4; y=Einsum(x,w) equation=nij,jk->nik; w:4,5",
	"x:?,3,4; y=Einsum(x,x) equation=bij,bkj->bik",

	/* sequences */
	"x:?,5,3; t=Transpose(x) perm=[1,0,2]; w:1,8,3; r:1,8,2; b:1,16; s=Shape(x) end=1; o=[1]; h=[2]; d=Concat(o,s,h) axis=0;"
	"z=ConstantOfShape(d); a,l,c=LSTM(t,w,r,b,,z,z) hidden_size=2; k=[1]; q=Squeeze(a,k); y=Transpose(q) perm=[1,0,2]",
	"x:?,5,3; t=Transpose(x) perm=[1,0,2]; w:2,6,3; r:2,6,2; a,l=GRU(t,w,r) hidden_size=2 direction=bidirectional;"
	"u=Transpose(l) perm=[1,0,2]; y=Flatten(u)",
	"x:?,5,3; w:1,2,3; r:1,2,2; a,l=RNN(x,w,r) hidden_size=2 layout=1; y=Squeeze(l,k); k=[1]",
	"x:?,5; k=1; y=CumSum(x,k)",

	/* numbers, indices, scalars */
	"x:?,5; w:5,1; a=MatMul(x,w); s=Squeeze(a); b:1; y=Sigmoid(s)",
	"x:?,5; w:5,1; a=MatMul(x,w); s=Squeeze(a); t=Tanh(s); k=[-1,1]; u=Reshape(t,k); one:1; m=Sub(one,u); y=Concat(m,u) axis=1",
	"x:?,5; w:5; y=MatMul(x,w)",
	"x:?,4; y=Flatten(x) axis=0",
	"x:?,5; k=[2]; v,i=TopK(x,k); y=Gather(v,z) axis=1; z=[1,0]",
	"x:?,5; y=ArgMax(x) axis=1 keepdims=0",
	"x:?,5; i=ArgMax(x) axis=1; t:7,3; y=Gather(t,i)",
	"x:?,5; i=ArgMin(x) axis=1; y=GatherElements(x,i) axis=1",
	"x:?,5; a=Greater(x,z); z:5; b=Neg(x); y=Where(a,x,b)",
	"x:?,4,3; y=Trilu(x)",
	"x:?,2,3; p=[0,1,0,0,0,1]; y=Pad(x,p) mode=reflect",
	"x:?,2,3; p=[0,1,0,9223372036854775807,2,9]; s=[0,0,1]; e=[9223372036854775807,2,3]; y=Slice(x,s,e)",
	"x:?,2,3; r=[1,2,1]; y=Tile(x,r)",
	"x:?,4; a,b=Split(x) axis=1; c=Mul(a,b); s=[0,1,2]; d=Reshape(c,s); e=[1,3,2]; y=Expand(d,e)",
	"x:?,4; d=3; v:2; i=Cast(x) to=7; y=OneHot(i,d,v)",

	/* bytes */
	"x:?,4; s:1; k=[0]; t=Squeeze(s,k); q=QuantizeLinear(x,t); y=DequantizeLinear(q,t)",
	"x:?,6b; w:6,4b; y=MatMulInteger(x,w)"
};

/* Networks whose rows see each other, or of which it is not shown that they do not. */
static const char *const mixed[] = {
	"x:?,4; k=[0]; m=ReduceMean(x,k) keepdims=1; y=Sub(x,m)",
	"x:?,4; m=ReduceMax(x); y=Div(x,m)",
	"x:?,4; y=Softmax(x) axis=0",
	"x:?,4; y=LogSoftmax(x) axis=-2",
	"x:?,4; t=Transpose(x); y=MatMul(x,t)",
	"x:?,4; y=Gemm(x,x) transB=1",
	"x:?,4; g=Gemm(x,x) transA=1; y=MatMul(x,g)",
	"x:?,4; y=Einsum(x,x) equation=ni,mi->nm",
	"x:?,4; s=Einsum(x) equation=ni->i; y=Mul(x,s)",
	"x:?,4; t=Transpose(x); s=[0]; y=Reshape(t,r); r=[-1,4]",
	"x:?,4; k=[0]; s=[0]; e=[-9]; p=[-1]; f=[-1]; y=Slice(x,f,e,k,p)",
	"x:?,4; k=[0]; p=[1,-1]; y=Pad(x,p,,k)",
	"x:?,4; y=Concat(x,x) axis=0",
	"x:?,4; r=[2,1]; y=Tile(x,r)",
	"x:?,4; k=0; y=CumSum(x,k)",
	"x:?,4; k=[1]; v,y=TopK(x,k) axis=0",
	"x:?,4; z=[0]; f=Gather(x,z) axis=0; y=Sub(x,f)",
	"x:?,4; i=ArgMax(x) axis=0; y=Gather(x,i) axis=0",
	"x:?,4; i=ArgMax(x) axis=1; y=Gather(x,i) axis=0",
	"x:?,4; b:32,4; y=Add(x,b)",
	"x:?,4; y=LpNormalization(x) axis=0",
	"x:?,4; s:4; k=[0]; u=Unsqueeze(x,k); y=InstanceNormalization(u,t,t); t:1",
	"x:?,4; w:1,4; y=LayerNormalization(x,w) axis=0",
	"x:?,3,4; t=Transpose(x) perm=[1,0,2]; r:0; f:3; y=Softmax(t) axis=1",
	"x:?,5,3; w:1,2,3; r:1,2,2; a,l=RNN(x,w,r) hidden_size=2; y=Squeeze(a,k); k=[1]",
	"x:?,4; y=Trilu(x)",
	"x:?,4; q,s,z=DynamicQuantizeLinear(x); y=DequantizeLinear(q,s,z)",
	"x:?,1,4,4; m,y=MaxPool(x) kernel_shape=[2,2]",
	"x:?,4; z=NonZero(x); y=Cast(z) to=1",

	/* how many there are is told */
	"x:?,4; s=Shape(x) end=1; n=Cast(s) to=1; y=Div(x,n)",
	"x:?,4; s=Shape(x) end=1; z=0; k=[0]; n=Squeeze(s,k); o=1; i=Range(z,n,o); t:40,4; p=Gather(t,i); y=Add(x,p)",
	"x:?,4; s=Size(x); n=Cast(s) to=1; y=Add(x,n)",
	"x:?,4,4; s=Shape(x) end=1; t=[33]; k=[1]; f=Sub(s,t); e=[99]; a=[-33]; b=Sub(s,s); c=Sub(f,t); y=Slice(x,f,e,k)",
	"x:?,4; s=Shape(x) end=1; k=[2]; m=Mod(s,k); o=[1]; n=Add(m,o); d=[4]; e=Div(d,n); r=[-1]; t=Concat(r,e,n) axis=0;"
	"a=Reshape(x,t); b=Transpose(a) perm=[0,2,1]; y=Flatten(b)",

	/* a row has no number */
	"x:?,4; c:4; y=Identity(c)",
	"x:?,4; y=Transpose(x)"
};

/*
 * Is a network apart that is stated as text?  It must be alike if so; -1:
 * there is none, or it cannot run.
 */
static int
try_text(const char *text, bool *alike)
{
	MmlHeap		heap;
	MmlGraph	graph = {.heap = &heap,.problem = &problem};
	Open		o;
	int			found = -1;
	bool		ran = false;

	memset(&problem, 0, sizeof(problem));
	mml_nn_heap_open(&heap, &test_room, CASE_MEMORY);
	read_text(&graph, text);
	open_graph(&o, &graph);
	if (o.sound && o.network.features > 0 && o.network.batches)
	{
		*alike = runs_alike(&o.network, ROWS, -1, NULL, &ran);
		if (ran)
			found = mml_nn_rows_apart(&o.network, ROWS, -1);
	}
	if (found == 1 && !*alike)
		printf("# another answer: %s\n", text);
	close_network(&o);
	mml_nn_heap_release(&heap);
	CHECK(found < 1 || *alike);
	return found;
}

/* Common networks run together, and answer so what they answer alone. */
TEST(rows_apart)
{
	mml_random_seed(&text_rng, 1);
	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
	{
		bool		alike = false;
		int			found = try_text(apart[i], &alike);

		if (found != 1)
			printf("# %d, not found to be apart: %s\n", found, apart[i]);
		CHECK(found == 1);
	}
	CHECK(test_room_blocks == 0);
}

/* Rows that see each other are found out. */
TEST(rows_mixed)
{
	mml_random_seed(&text_rng, 2);
	for (size_t i = 0; i < sizeof(mixed) / sizeof(mixed[0]); i++)
	{
		bool		alike = false;
		int			found = try_text(mixed[i], &alike);

		if (found == 1 || alike)
			printf("# %d, alike or taken to be: %s\n", found, mixed[i]);
		CHECK(found < 1 && !alike);
	}
	CHECK(test_room_blocks == 0);
}

/* ------------------------------------------------------ networks of chance */

/*
 * What a node may be, behind $: a value before it (A), a constant (C), its shape (N), truths (T) or
 * indices (G) made of one; a number as an axis (I), 0 or 1 (Z), the same as constants (K, L),
 * 1 or -1 (M), 99 (F), repeats (R), another shape (S).
 */
static const char *const nodes[] = {
	"Tanh($A)", "Add($A,$A)", "Add($A,$A)", "Mul($A,$C)", "Sub($C,$A)", "Max($A,$A,$C)", "Where($T,$A,$A)",
	"MatMul($A,$A)", "MatMul($A,$C)", "MatMul($C,$A)", "Gemm($A,$C) transA=$Z transB=$Z", "Gemm($A,$A,$C) transA=$Z",
	"Softmax($A) axis=$I", "LpNormalization($A) axis=$I", "LayerNormalization($A,$C) axis=$I",
	"ReduceMean($A,$L) keepdims=$Z", "ReduceMax($A,$L) keepdims=$Z", "ReduceSum($A)", "Transpose($A) perm=[1,0]",
	"Transpose($A) perm=[1,0,2]", "Transpose($A) perm=[0,2,1]", "Transpose($A) perm=[2,0,1]",
	"Transpose($A) perm=[0,2,1,3]", "Reshape($A,$S)", "Reshape($A,$S)", "Reshape($A,$S)", "Reshape($A,$N)",
	"Flatten($A) axis=$I", "Squeeze($A)", "Squeeze($A,$L)", "Unsqueeze($A,$L)", "Concat($A,$A) axis=$I",
	"Slice($A,$L,$L,$L)", "Slice($A,$M,$F,$L)", "Slice($A,$L,$F,$L,$M)", "Gather($A,$L) axis=$I", "Gather($A,$G) axis=$I",
	"Gather($C,$G) axis=$I", "GatherElements($A,$G) axis=$I", "GatherND($A,$G) batch_dims=$Z", "Expand($A,$S)", "Expand($C,$N)",
	"Tile($A,$R)", "CumSum($A,$K)", "Trilu($A)", "Pad($A,$R,,$L)", "Einsum($A,$A) equation=ij,kj->ik",
	"Einsum($A,$C) equation=ij,jk->ik", "Einsum($A,$A) equation=bij,bkj->bik", "ConstantOfShape($N)",
	"GlobalMaxPool($A)", "InstanceNormalization($A,$C,$C)", "LRN($A) size=3", "CastLike($A,$A)"
};

static const char *const constants[] = {"4,4", "4", "2,1", "1,4", "1,1,4", "2", "1", "4,2", "2,4,4"};
static const char *const shapes[] = {
	"[0,-1]", "[-1,2,2]", "[0,2,-1]", "[-1,4]", "[4,-1]", "[-1,1,4]", "[2,-1]", "[0,0,-1]", "[2,-1,2]", "[1,-1]",
	"[0,4,1,-1]", "[-1]"
};

/* A number from low to high. */
static int
any(int low, int high)
{
	return low + (int) (mml_random_unit(&text_rng) * (high - low + 1));
}

#define ANY(list) list[any(0, (int) (sizeof(list) / sizeof(list[0])) - 1)]

/* Append what stands behind $: as it is called to the node, and how it is made to what comes before. */
static void
append_part(char *node, char *before, char letter, int values)
{
	char	   *to = node + strlen(node);
	size_t		made = strlen(before);
	char	   *b = before + made;
	int			v = any(0, 1) == 0 ? values - 1 : any(0, values - 1);

	if (letter == 'A')
		sprintf(to, "v%d", v);
	else if (letter == 'I')
		sprintf(to, "%d", any(-1, 2));
	else if (letter == 'Z')
		sprintf(to, "%d", any(0, 1));
	else
		sprintf(to, "%c%d_%zu", letter, values, made);
	if (letter == 'C')
		sprintf(b, "%s:%s;", to, ANY(constants));
	if (letter == 'N')
		sprintf(b, "%s=Shape(v%d);", to, v);
	if (letter == 'G')
		sprintf(b, "%s=ArgMax(v%d) axis=%d;", to, v, any(-1, 1));
	if (letter == 'T')
		sprintf(b, "z%s=0; f%s=CastLike(z%s,v%d); %s=Greater(v%d,f%s);", to, to, to, v, to, v, to);
	if (letter == 'K')
		sprintf(b, "%s=%d;", to, any(-1, 2));
	if (letter == 'L' || letter == 'M' || letter == 'F')
		sprintf(b, "%s=[%d];", to, letter == 'L' ? any(-1, 2) : letter == 'F' ? 99 : any(0, 1) == 0 ? 1 : -1);
	if (letter == 'R')
		sprintf(b, "%s=[%d,%d];", to, any(0, 2), any(-1, 1));
	if (letter == 'S')
		sprintf(b, "%s=%s;", to, ANY(shapes));
}

/* Append a node of chance to a network of so many values. */
static void
append_node(char *text, int values)
{
	char		node[200] = "";
	char		before[800] = "";

	for (const char *at = ANY(nodes); *at != '\0'; at++)
		if (*at == '$')
			append_part(node, before, *++at, values);
		else
			strncat(node, at, 1);
	sprintf(text + strlen(text), "%s v%d=%s;", before, values, node);
}

/* Networks of chance: of those whose rows are found to be apart, all are. */
TEST(chance)
{
	static const char *const inputs[] = {"?,4", "?,2,4", "?,4,4", "?,2,2,4", "?,1,4"};
	int			count[2][2] = {{0}};

	mml_random_seed(&text_rng, 4);
	for (int i = 0; i < 400; i++)
	{
		char		text[8000];
		int			values = 1;

		sprintf(text, "v0:%s;", ANY(inputs));
		for (int trial = 0; trial < 40 && values < 7; trial++)
		{
			size_t		length = strlen(text);
			bool		alike = false;
			int			found;

			append_node(text, values);
			found = try_text(text, &alike);
			if (found < 0)
				text[length] = '\0';
			else
			{
				values++;
				count[found][alike]++;
			}
		}
	}
	printf("# of %d networks that are alike %d were found; %d differ\n", count[1][1] + count[0][1], count[1][1], count[0][0]);
	CHECK(count[1][0] == 0 && count[1][1] > 500 && count[0][0] > 300);
	CHECK(test_room_blocks == 0);
}

/* The plan of all outputs, and a layer, are asked for; a row is always apart. */
TEST(layers)
{
	MmlHeap		heap;
	MmlGraph	graph = {.heap = &heap,.problem = &problem};
	Open		o;
	int			inner;

	mml_nn_heap_open(&heap, &test_room, CASE_MEMORY);
	read_text(&graph, "x:?,4; r=Relu(x); k=[0]; m=ReduceMean(r,k); y=Sub(r,m)");
	open_graph(&o, &graph);
	CHECK(o.sound);
	inner = mml_nn_find_layer(&o.network, mml_nn_text("r"));
	for (int again = 0; again < 2; again++)
	{
		CHECK(mml_nn_rows_apart(&o.network, 1, -1) && !mml_nn_rows_apart(&o.network, ROWS, -1));
		CHECK(mml_nn_rows_apart(&o.network, ROWS, inner) && mml_nn_rows_apart(&o.network, 7, inner));
		CHECK(!mml_nn_rows_apart(&o.network, ROWS, mml_nn_find_layer(&o.network, mml_nn_text("m"))));
		CHECK(mml_nn_plan_together(&o.network, -1) == NULL);
		CHECK(mml_nn_plan_together(&o.network, inner) != NULL);
	}

	/* more different questions than answers that are kept */
	for (size_t rows = 2; rows < 50; rows++)
		CHECK(mml_nn_rows_apart(&o.network, rows, inner) && !mml_nn_rows_apart(&o.network, rows, -1));

	/* too many for a run */
	o.network.limits.memory = (size_t) 1 << 20;
	CHECK(!mml_nn_rows_apart(&o.network, (size_t) 1 << 30, inner));
	close_network(&o);
	mml_nn_heap_release(&heap);
	CHECK(test_room_blocks == 0);
}

/* ------------------------------------------------------- networks of others */

static int	tried;
static int	found_apart;
static int	found_mixed;
static int	alike_mixed;

/* Ask of a network, whether its rows are apart; by numbers like those of a tensor, if any. */
static void
try_network(const char *name, MmlGraph *graph, const MmlTensor *like)
{
	Open		o;
	bool		ran = false;

	open_graph(&o, graph);
	if (o.sound && o.network.features > 0 && o.network.batches)
	{
		bool		found = mml_nn_rows_apart(&o.network, ROWS, -1);
		bool		alike = runs_alike(&o.network, ROWS, -1, like, &ran);

		tried += ran;
		found_apart += found && ran;
		found_mixed += !found && ran;
		alike_mixed += !found && alike;
		if (getenv("MML_VERBOSE") != NULL && ran)
			printf("# %s: %s%s\n", name, found ? "apart" : "mixed", !found && alike ? ", but alike" : "");
		if (found && ran && !alike)
			printf("# %s: another answer\n", name);
		close_network(&o);
		CHECK(!found || !ran || alike);
		return;
	}
	close_network(&o);
}

/* Read a graph; a heap of its own. */
static bool
read_graph(MmlGraph *graph, MmlHeap *heap, const char *bytes, size_t length)
{
	memset(graph, 0, sizeof(MmlGraph));
	memset(&problem, 0, sizeof(problem));
	mml_nn_heap_open(heap, &test_room, CASE_MEMORY);
	graph->heap = heap;
	graph->problem = &problem;
	return mml_nn_read_onnx(graph, bytes, length) && mml_nn_normalise(graph);
}

/* One input of a case holds rows; the others become constants. */
static bool
open_input(MmlGraph *graph, const MmlTensor *data, int count, int rows)
{
	if (count < graph->inputs || data[rows].rank == 0 || data[rows].count == 0)
		return false;
	for (int i = 0; i < graph->inputs; i++)
	{
		MmlValue   *value = &graph->value[graph->input[i]];

		if (value->tensor.type != data[i].type)
			return false;
		value->tensor = data[i];
		value->symbolic = i == rows;
		if (i != rows)
		{
			value->kind = MML_VALUE_CONSTANT;
			continue;
		}
		value->tensor.data = NULL;
		value->tensor.dims[0] = 1;
		mml_tensor_set(&value->tensor, value->tensor.type, value->tensor.rank, value->tensor.dims);
	}
	graph->input[0] = graph->input[rows];
	graph->inputs = 1;
	mml_nn_count_uses(graph);
	return true;
}

/* Try a case of the ONNX backend tests, with each of its inputs as rows. */
static void
try_case(const char *folder, const char *name)
{
	char		path[8192];
	size_t		length = 0;
	char	   *bytes;
	int			inputs = 1;

	snprintf(path, sizeof(path), "%.4000s/model.onnx", folder);
	bytes = test_read_file(path, &length);
	for (int i = 0; bytes != NULL && i < inputs; i++)
	{
		MmlHeap		heap;
		MmlGraph	graph;
		MmlTensor	data[CASE_MOST];
		int			count;

		if (read_graph(&graph, &heap, bytes, length) && graph.inputs < CASE_MOST)
		{
			inputs = graph.inputs;
			snprintf(path, sizeof(path), "%.4000s/test_data_set_0", folder);
			count = read_tensors(&graph, path, "input", data);
			if (i < inputs && open_input(&graph, data, count, i))
				try_network(name, &graph, &data[i]);
		}
		mml_nn_heap_release(&heap);
	}
	free(bytes);
}

/* Every operator that has public tests, whichever of its inputs are rows. */
TEST(conformance)
{
	static const char *const groups[] = {"node", "pytorch-converted", "pytorch-operator"};

	if (SHARED("data/onnx/debian-node-tests/COPYRIGHT") == NULL)
		SKIP("no conformance tests");
	mml_random_seed(&text_rng, 3);
	tried = found_apart = found_mixed = alike_mixed = 0;
	for (int i = 0; i < 3; i++)
	{
		char		root[4096];
		DIR		   *dir;
		struct dirent *entry;

		snprintf(root, sizeof(root), "%.2000s/data/onnx/debian-node-tests/%s", getenv("MML_SHARED"), groups[i]);
		dir = opendir(root);
		while (dir != NULL && (entry = readdir(dir)) != NULL)
		{
			char		path[8192];

			snprintf(path, sizeof(path), "%s/%.200s", root, entry->d_name);
			if (entry->d_name[0] != '.')
				try_case(path, entry->d_name);
		}
		if (dir != NULL)
			closedir(dir);
	}
	printf("# %d networks: %d apart, %d mixed, %d of which are alike\n", tried, found_apart, found_mixed, alike_mixed);
	CHECK(found_apart >= 270 && found_mixed >= 30);
	CHECK(test_room_blocks == 0);
}

/* The networks of the regression test, of which those of classes are apart. */
TEST(own_networks)
{
	size_t		length;
	char	   *text = test_read_file("test/data/nn_models.sql", &length);
	char	   *at = text;

	CHECK(text != NULL);
	tried = found_apart = 0;
	text[length] = '\0';
	while ((at = strstr(at, "('")) != NULL)
	{
		char	   *name = at + 2;
		char	   *file = strstr(at, "'\\x") + 3;
		size_t		n = strspn(file, "0123456789abcdef") / 2;
		MmlHeap		heap;
		MmlGraph	graph;

		name[strcspn(name, "'")] = '\0';
		for (size_t i = 0; i < n; i++)
		{
			unsigned	byte = 0;

			(void) sscanf(file + 2 * i, "%2x", &byte);
			file[i] = (char) byte;
		}
		if (read_graph(&graph, &heap, file, n))
			try_network(name, &graph, NULL);
		mml_nn_heap_release(&heap);
		at = file + 2 * n;
	}
	free(text);
	printf("# %d networks: %d apart\n", tried, found_apart);
	CHECK(found_apart >= 8);
	CHECK(test_room_blocks == 0);
}

/* Networks that others have trained, with their first dimension open. */
TEST(real_networks)
{
	static const char *const names[] = {"mission_cnn_trained10k", "mnist-8", "mnist-opt-wonnx"};

	if (SHARED("data/onnx/models/mnist-8/model.onnx") == NULL)
		SKIP("no networks");
	tried = found_apart = 0;
	for (int i = 0; i < 3; i++)
	{
		char		path[4096];
		size_t		length;
		char	   *bytes;
		MmlHeap		heap;
		MmlGraph	graph;

		snprintf(path, sizeof(path), "%.2000s/data/onnx/models/%s/model.onnx", getenv("MML_SHARED"), names[i]);
		bytes = test_read_file(path, &length);
		CHECK(bytes != NULL);
		if (read_graph(&graph, &heap, bytes, length))
		{
			graph.value[graph.input[0]].symbolic |= 1;
			try_network(names[i], &graph, NULL);
		}
		mml_nn_heap_release(&heap);
		free(bytes);
	}
	printf("# %d networks: %d apart; of %zu numbers %zu are the same\n", tried, found_apart, numbers_compared, numbers_same);
	CHECK(test_room_blocks == 0);
}
