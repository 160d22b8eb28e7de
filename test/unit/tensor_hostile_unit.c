/*-------------------------------------------------------------------------
 *
 * tensor_hostile_unit.c
 *	  Calls of operators as a hostile file might state them: shapes, attributes
 *	  and constants by chance, with extremes among them.  infer() must refuse
 *	  them, or run() must stay within its memory: the sanitizers watch.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "tensor_case.h"

/* Operators, with inputs that make a good call, by letters: see make_input(). */
typedef struct Wild
{
	const char *name;
	const char *inputs;
	int			outputs;
	const char *ints;			/* attributes, by spaces */
	const char *lists;
	const char *texts;			/* "name=word,word name=word" */
} Wild;

#define POOL "kernel_shape strides pads dilations"
#define AUTO "auto_pad=NOTSET,SAME_UPPER,SAME_LOWER,VALID"

static const Wild wilds[] = {
	{"Relu", "x", 1, "", "", ""},
	{"Selu", "x", 1, "", "", ""},
	{"Erf", "x", 1, "", "", ""},
	{"Not", "b", 1, "", "", ""},
	{"IsInf", "x", 1, "detect_negative", "", ""},
	{"Gelu", "x", 1, "", "", "approximate=none,tanh"},
	{"Mish", "x", 1, "", "", ""},
	{"BitwiseNot", "i", 1, "", "", ""},
	{"BitwiseXor", "ii", 1, "", "", ""},
	{"Add", "xx", 1, "", "", ""},
	{"Div", "ii", 1, "", "", ""},
	{"Mod", "ii", 1, "fmod", "", ""},
	{"Pow", "xi", 1, "", "", ""},
	{"PRelu", "xx", 1, "", "", ""},
	{"Equal", "xx", 1, "", "", ""},
	{"Where", "bxx", 1, "", "", ""},
	{"Sum", "xxx", 1, "", "", ""},
	{"Max", "xxx", 1, "", "", ""},
	{"Clip", "xss", 1, "", "", ""},
	{"Cast", "x", 1, "to", "", ""},
	{"CastLike", "xi", 1, "", "", ""},
	{"Softmax", "x", 1, "axis", "", ""},
	{"Hardmax", "x", 1, "axis", "", ""},
	{"MaxPool", "x", 2, "ceil_mode storage_order", POOL, AUTO},
	{"AveragePool", "x", 1, "ceil_mode count_include_pad", POOL, AUTO},
	{"LpPool", "x", 1, "p", "kernel_shape strides pads", AUTO},
	{"GlobalAveragePool", "x", 1, "", "", ""},
	{"GlobalLpPool", "x", 1, "p", "", ""},
	{"BatchNormalization", "xcccc", 1, "training_mode", "", ""},
	{"InstanceNormalization", "xcc", 1, "", "", ""},
	{"GroupNormalization", "xcc", 1, "num_groups per_group", "", ""},
	{"LayerNormalization", "xdd", 3, "axis stash_type", "", ""},
	{"LpNormalization", "x", 1, "axis p", "", ""},
	{"LRN", "x", 1, "size", "", ""},
	{"Concat", "xxx", 1, "axis", "", ""},
	{"Split", "xl", 3, "axis", "", ""},
	{"Slice", "xllll", 1, "", "", ""},
	{"Gather", "xi", 1, "axis", "", ""},
	{"GatherElements", "xj", 1, "axis", "", ""},
	{"GatherND", "xi", 1, "batch_dims", "", ""},
	{"ScatterElements", "xju", 1, "axis", "", "reduction=none,add,mul,max"},
	{"ScatterND", "xhx", 1, "", "", "reduction=none,add,mul,max"},
	{"Reshape", "xl", 1, "allowzero", "", ""},
	{"Flatten", "x", 1, "axis", "", ""},
	{"Transpose", "x", 1, "", "perm", ""},
	{"Squeeze", "xl", 1, "", "", ""},
	{"Unsqueeze", "xl", 1, "", "", ""},
	{"Squeeze", "x", 1, "", "axes", ""},
	{"Unsqueeze", "x", 1, "", "axes", ""},
	{"CenterCropPad", "xl", 1, "", "axes", ""},
	{"Pad", "xwsl", 1, "", "", "mode=constant,reflect,edge,wrap"},
	{"Resize", "xrf", 1, "exclude_outside", "axes", "mode=nearest,linear,cubic "
	"coordinate_transformation_mode=half_pixel,align_corners,asymmetric,tf_crop_and_resize,half_pixel_symmetric"},
	{"Resize", "xrfl", 1, "", "", "mode=nearest,linear,cubic nearest_mode=floor,ceil,round_prefer_ceil "
	"keep_aspect_ratio_policy=stretch,not_larger,not_smaller"},
	{"Resize", "xrel", 1, "", "axes", "mode=nearest,linear keep_aspect_ratio_policy=not_larger,not_smaller"},
	{"Shape", "x", 1, "start end", "", ""},
	{"Expand", "xl", 1, "", "", ""},
	{"Tile", "xl", 1, "", "", ""},
	{"ConstantOfShape", "l", 1, "", "", ""},
	{"Dropout", "xsb", 2, "", "", ""},
	{"Einsum", "x", 1, "", "", "equation=ij->ji,ii->i,...ij->j...,ijk->k,..."},
	{"ReduceSum", "xl", 1, "keepdims noop_with_empty_axes", "", ""},
	{"ReduceLogSumExp", "x", 1, "keepdims", "axes", ""},
	{"ReduceMax", "x", 1, "keepdims", "axes", ""},
	{"ReduceMean", "x", 1, "keepdims", "axes", ""},
	{"ArgMax", "x", 1, "axis keepdims select_last_index", "", ""},
	{"CumSum", "xk", 1, "exclusive reverse", "", ""},
	{"TopK", "xk", 2, "axis largest sorted", "", ""},
	{"OneHot", "ikp", 1, "axis", "", ""},
	{"EyeLike", "x", 1, "k dtype", "", ""},
	{"Range", "kkk", 1, "", "", ""},
	{"Trilu", "xk", 1, "upper", "", ""},
	{"DepthToSpace", "x", 1, "blocksize", "", "mode=DCR,CRD"},
	{"SpaceToDepth", "x", 1, "blocksize", "", ""},
	{"BitShift", "xx", 1, "", "", "direction=LEFT,RIGHT"},
	{"QuantizeLinear", "xgz", 1, "axis", "", ""},
	{"DequantizeLinear", "ogz", 1, "axis", "", ""},
	{"DynamicQuantizeLinear", "x", 3, "", "", ""},
	{"MatMulInteger", "oozz", 1, "", "", ""},
	{"QLinearMatMul", "ogzogzgz", 1, "", "", ""},
	{"ConvInteger", "oozz", 1, "group", "strides dilations pads", AUTO},
	{"QLinearConv", "ogzogzgz", 1, "group", "strides dilations pads", AUTO},
	{"RNN", "xWRBi", 2, "hidden_size layout", "", "direction=forward,reverse,bidirectional"},
	{"GRU", "xWRBiS", 2, "hidden_size layout linear_before_reset", "", "direction=forward,reverse,bidirectional"},
	{"LSTM", "xWRBiSSP", 3, "hidden_size layout input_forget", "", "direction=forward,reverse,bidirectional"}
};

/* A number that files have: mostly small, sometimes absurd. */
static int64_t
wild_int(void)
{
	static const int64_t extremes[] = {
		INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, -1, 0, 1, 65536, 1 << 24, (int64_t) 1 << 40, (int64_t) 1 << 62
	};

	if (pick(0, 19) == 0)
		return extremes[pick(0, (int) (sizeof(extremes) / sizeof(*extremes)) - 1)];
	return pick(-3, 5);
}

static double
wild_float(void)
{
	static const double extremes[] = {INFINITY, -INFINITY, NAN, 1e30, 1e-30, -1e30, 0, -1, 1, 1e10};

	return pick(0, 9) == 0 ? extremes[pick(0, 9)] : between(-3, 3);
}

/* Gates of a recurrent operator, 0 of others; and its directions, as it was made. */
static int	gates;
static int	directions;
static int	hidden_size;
static int	list_length;

/* Dimensions that would be fit, by the letter of the input; the rank, or -1: any. */
static int
fit_dims(char letter, const MmlTensor *first, int64_t *dims)
{
	int			rank = first == NULL ? 1 : first->rank;

	switch (letter)
	{
		case 's':				/* a number */
		case 'g':				/* a float */
		case 'z':				/* a byte */
		case 'k':				/* an integer */
			return 0;
		case 'p':				/* a pair */
			dims[0] = 2;
			return 1;
		case 'c':				/* a number a channel */
			dims[0] = rank < 2 ? 2 : first->dims[1];
			return 1;
		case 'd':				/* numbers of the last dimension */
			dims[0] = rank < 1 ? 2 : first->dims[rank - 1];
			return 1;
		case 'l':				/* a list */
			dims[0] = list_length;
			return 1;
		case 'e':				/* nothing */
			dims[0] = 0;
			return 1;
		case 'f':				/* a number a dimension */
		case 'r':				/* two of them, or none */
		case 'w':				/* two of them, integers */
			dims[0] = rank * (letter == 'f' ? 1 : 2);
			if (letter == 'r' && pick(0, 1) == 0)
				dims[0] = 0;
			return 1;
		case 'j':				/* indices beside the numbers */
		case 'u':
			if (first != NULL)
				memcpy(dims, letter == 'u' ? t.in[1].dims : first->dims, sizeof(t.in[1].dims));
			return rank;
		case 'o':				/* bytes, of as many dimensions */
			return first == NULL ? pick(2, 4) : rank;
		case 'h':				/* tuples of one index */
			dims[1] = 1;
			return 2;
		case 'W':				/* what recurrent operators take */
		case 'R':
			dims[0] = directions;
			dims[1] = gates * hidden_size;
			dims[2] = letter == 'R' ? hidden_size : rank < 3 ? 2 : first->dims[2];
			return 3;
		case 'B':
		case 'P':
			dims[0] = directions;
			dims[1] = (letter == 'B' ? 2 * gates : 3) * hidden_size;
			return 2;
		case 'S':
			dims[0] = directions;
			dims[1] = rank < 3 ? 2 : first->dims[1];
			dims[2] = hidden_size;
			return 3;
	}
	if (gates > 0)
	{
		dims[0] = letter == 'i' && rank == 3 ? first->dims[1] : dims[0];
		return letter == 'i' ? 1 : 3;
	}
	return -1;
}

/* Append an input: its letter says what would be fit. */
static void
make_input(char letter)
{
	static const MmlElement types[] = {
		MML_ELEMENT_F32, MML_ELEMENT_F64, MML_ELEMENT_I32, MML_ELEMENT_I64, MML_ELEMENT_I8, MML_ELEMENT_U8,
		MML_ELEMENT_BOOL
	};
	const MmlTensor *first = t.call.inputs > 0 ? t.inputs[0] : NULL;
	MmlElement	type = first == NULL || pick(0, 19) == 0 ? types[pick(0, 2) > 0 ? 0 : pick(0, 6)] : first->type;
	int64_t		dims[MML_RANK];
	int			rank = pick(0, 5) == 0 ? pick(0, MML_RANK) : pick(1, 5);
	MmlTensor  *in;

	if (t.call.inputs > 1 && pick(0, 19) == 0)
	{
		give_nothing();
		return;
	}
	for (int i = 0; i < MML_RANK; i++)
		dims[i] = pick(0, 29) == 0 ? 0 : pick(1, rank > 5 ? 2 : 4);
	if (first != NULL && letter == 'x' && pick(0, 2) == 0)
	{
		rank = first->rank;
		memcpy(dims, first->dims, sizeof(dims));
	}
	if (pick(0, 29) > 0)
	{
		int			fit = fit_dims(letter, first, dims);

		rank = fit < 0 ? rank : fit;
	}
	if (letter == 'i' || letter == 'j' || letter == 'h')
		type = gates > 0 || pick(0, 1) == 0 ? MML_ELEMENT_I32 : MML_ELEMENT_I64;
	else if (letter == 'l' || letter == 'k' || letter == 'w')
		type = MML_ELEMENT_I64;
	else if (letter == 'z' || letter == 'o')
		type = pick(0, 19) == 0 ? MML_ELEMENT_I8 : MML_ELEMENT_U8;
	else if (letter == 'f' || letter == 'r' || letter == 'g' || letter == 'e' || (gates > 0 && pick(0, 39) > 0))
		type = MML_ELEMENT_F32;
	else if (letter == 'b')
		type = MML_ELEMENT_BOOL;
	in = give(type, rank, dims);
	for (size_t i = 0; i < in->count; i++)
		if (type == MML_ELEMENT_I64 || type == MML_ELEMENT_I32)
		{
			int64_t		x = letter == 'j' || letter == 'h' || letter == 'i' || letter == 'w'
				? pick(0, 99) == 0 ? wild_int() : pick(0, 1) : wild_int();

			if (type == MML_ELEMENT_I64)
				((int64_t *) in->data)[i] = x;
			else
				((int32_t *) in->data)[i] = (int32_t) x;
		}
		else if (type == MML_ELEMENT_F32 || type == MML_ELEMENT_F64)
			put(in, i, letter == 'f' ? fabs(pick(0, 9) == 0 ? wild_float() : between(0.1, 3)) : wild_float());
}

/* The next word of a list, up to a separator; false behind the last. */
static bool
next_word(const char **list, char *word, size_t room, const char *separators)
{
	size_t		length = strcspn(*list, separators);

	if (**list == '\0')
		return false;
	snprintf(word, room, "%.*s", (int) length, *list);
	*list += length;
	*list += **list != '\0';
	return true;
}

/* Attributes, each given or not. */
static void
make_attributes(const Wild *wild)
{
	static char words[MOST_ATTRIBUTES][128];
	static char values[MOST_ATTRIBUTES][64];
	const char *list = wild->ints;
	int			n = 0;

	while (next_word(&list, words[n], sizeof(*words), " "))
		if (pick(0, 2) > 0)
		{
			int64_t		value = pick(0, 2) == 0 ? wild_int() : pick(0, 3);

			if (gates > 0 && pick(0, 9) > 0)
				value = strcmp(words[n], "hidden_size") == 0 ? hidden_size : pick(0, 3) == 0;
			set_int(words[n++], value);
		}
	list = wild->lists;
	while (next_word(&list, words[n], sizeof(*words), " "))
	{
		int64_t		numbers[MOST_NUMBERS];
		int			rank = t.inputs[0] == NULL ? 2 : t.inputs[0]->rank;
		int			count = pick(0, 9) == 0 ? pick(0, 9) : strcmp(words[n], "pads") == 0 ? 2 * (rank - 2)
			: strcmp(words[n], "perm") == 0 ? rank : strcmp(words[n], "axes") == 0 ? pick(1, 3) : rank - 2;

		if (pick(0, 4) == 0)
			continue;
		count = MML_MAX(count, 0);
		for (int i = 0; i < count; i++)
			numbers[i] = pick(0, 9) == 0 ? wild_int() : pick(0, 3);
		set_ints(words[n++], count, numbers);
	}
	list = wild->texts;
	while (next_word(&list, words[n], sizeof(*words), "="))
	{
		char		choices[256];
		const char *rest = choices;

		next_word(&list, choices, sizeof(choices), " ");
		for (int i = pick(1, 5); i > 0; i--)
			if (!next_word(&rest, values[n], sizeof(*values), ","))
				break;
		if (pick(0, 9) == 0)
			snprintf(values[n], sizeof(*values), "%s", "nonsense");
		set_text(words[n], values[n]);
		n++;
	}
}

/* Run what was accepted, where it is small. */
static void
run_accepted(void)
{
	size_t		bytes = t.call.scratch_bytes;

	if (t.call.packed_bytes > 1 << 20 || bytes > 1 << 20)
		return;
	for (int i = 0; i < t.call.outputs; i++)
		bytes += t.out[i].count * mml_tensor_element_size(t.out[i].type);
	if (bytes > 1 << 20 || t.call.flops > 1e7)
		return;
	for (int i = 0; i < t.call.outputs; i++)
		if (t.outputs[i] != NULL)
			t.out[i].data = allot(t.out[i].count * mml_tensor_element_size(t.out[i].type));
	t.call.scratch = allot(t.call.scratch_bytes);
	t.call.packed = allot(t.call.packed_bytes);
	if (t.call.packed_bytes > 0)
		t.op->pack(&t.call);
	t.op->run(&t.call);
}

/* Many calls of every operator; a good part of them must have been good. */
TEST(wild_calls)
{
	for (size_t w = 0; w < sizeof(wilds) / sizeof(*wilds); w++)
	{
		const Wild *wild = &wilds[w];
		int			accepted = 0;
		int			rounds = getenv("MML_ROUNDS") == NULL ? 800 : atoi(getenv("MML_ROUNDS"));

		for (int round = 0; round < rounds; round++)
		{
			const char *wrong;
			bool		hidden[MOST_INPUTS] = {false};
			void	   *kept[MOST_INPUTS];

			begin(wild->name);
			t.call.opset = pick(0, 3) == 0 ? pick(7, 22) : 22;
			gates = strcmp(wild->name, "RNN") == 0 ? 1 : strcmp(wild->name, "GRU") == 0 ? 3
				: strcmp(wild->name, "LSTM") == 0 ? 4 : 0;
			directions = pick(0, 2) == 0 ? 2 : 1;
			hidden_size = pick(1, 4);
			list_length = pick(0, 3);
			for (const char *letter = wild->inputs; *letter != '\0'; letter++)
				make_input(*letter);
			while (t.call.inputs > t.op->min_inputs && pick(0, 4) == 0)
				t.call.inputs--;
			make_attributes(wild);
			for (int i = 0; i < t.call.inputs; i++)
			{
				/* data of a run are not there yet */
				hidden[i] = t.inputs[i] != NULL && pick(0, 4) == 0;
				kept[i] = t.in[i].data;
				if (hidden[i])
					t.in[i].data = NULL;
			}
			wrong = check_call(wild->outputs);
			for (int i = 0; i < t.call.inputs; i++)
				t.in[i].data = kept[i];
			if (wrong != NULL)
			{
				CHECK(strlen(wrong) > 10 && wrong[strlen(wrong) - 1] == '.');
				continue;
			}
			accepted++;
			for (int i = 1; i < t.call.outputs; i++)
				if (pick(0, 3) == 0)
					t.outputs[i] = NULL;
			run_accepted();
		}
		if (getenv("MML_VERBOSE") != NULL || accepted == 0)
			printf("# %-22s %5d of %d accepted\n", wild->name, accepted, rounds);
		CHECK(accepted > 0 || rounds < 800);
	}
	begin("Relu");
}

/* Attributes of a wrong type or an unknown name are refused, not passed over. */
TEST(attributes)
{
	int64_t		dims[] = {2, 3};

	begin("Softmax");
	give(MML_ELEMENT_F32, 2, dims);
	set_float("axis", 1);
	CHECK(strstr(check_call(1), "wrong type") != NULL);
	begin("Softmax");
	give(MML_ELEMENT_F32, 2, dims);
	set_int("axes", 1);
	CHECK(strstr(check_call(1), "not supported") != NULL);
	begin("Softmax");
	give_nothing();
	CHECK(strstr(check_call(1), "lacks input") != NULL);
	begin("Softmax");
	give(MML_ELEMENT_F32, 2, dims);
	set_int("axis", 2);
	CHECK(strstr(check_call(1), "out of range") != NULL);
}

/* Shapes whose products do not fit. */
TEST(too_large)
{
	int64_t		large[] = {INT64_MAX, 2};
	int64_t		square[] = {(int64_t) 1 << 31, (int64_t) 1 << 31};
	int64_t		empty[] = {0, (int64_t) 1 << 62, 16};
	MmlTensor	tensor;

	CHECK(!mml_tensor_set(&tensor, MML_ELEMENT_F32, 2, large));
	CHECK(!mml_tensor_set(&tensor, MML_ELEMENT_F32, 2, square));
	CHECK(!mml_tensor_set(&tensor, MML_ELEMENT_F32, 3, empty));
	CHECK(!mml_tensor_set(&tensor, MML_ELEMENT_F32, MML_RANK + 1, large));
	CHECK(!mml_tensor_set(&tensor, (MmlElement) 8, 1, large + 1));
	CHECK(mml_tensor_set(&tensor, MML_ELEMENT_F32, 0, NULL) && tensor.count == 1);
}
