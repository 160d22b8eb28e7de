/*-------------------------------------------------------------------------
 *
 * suppress.c
 *	  NonMaxSuppression: of boxes that overlap, the one with the best score.
 *
 * For each image and class, from the best score down, a box is taken unless it
 * overlaps one that was taken by more than a threshold: what two boxes share,
 * divided by what they cover together.  Of equal scores the box in front comes
 * first.  A box without an area overlaps nothing.
 *
 * O(n log n + n taken) a class, n being the boxes whose score is high enough.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/sort.h"
#include "tensor/check.h"
#include "tensor/operators.h"

static const char *const me = "NonMaxSuppression";

typedef struct Suppress
{
	size_t		images;
	size_t		classes;
	size_t		boxes;
	size_t		most;			/* boxes to take of a class */
	float		overlap;		/* more of it suppresses */
	float		least;			/* a score is above */
	bool		all;			/* there is no least score */
	bool		centers;		/* boxes are (x, y, width, height), else two
								 * corners (y, x, y, x) in any order */
} Suppress;

/* A box by its corners. */
typedef struct Box
{
	float		top;
	float		left;
	float		bottom;
	float		right;
	float		area;
} Box;

/* A box that may be taken. */
typedef struct Candidate
{
	float		score;
	size_t		box;
} Candidate;

/* The better score first, NaN last; then the box in front. */
static int
compare_candidates(const void *a, const void *b)
{
	const Candidate *x = a;
	const Candidate *y = b;

	if (x->score > y->score || (isnan(y->score) && !isnan(x->score)))
		return -1;
	if (x->score < y->score || (isnan(x->score) && !isnan(y->score)))
		return 1;
	return (x->box > y->box) - (x->box < y->box);
}

/* Is a score high enough? */
MML_INLINE bool
is_candidate(const Suppress *own, float score)
{
	return own->all || score > own->least;
}

/* A number of an input that may be left out. */
static const char *
read_number(MmlCall *call, int input, uint32_t types, double *number)
{
	if (mml_tensor_in(call, input) == NULL)
		return NULL;
	MML_TRY(mml_tensor_check_type(call, me, input, types));
	return mml_tensor_number(call, me, input, number);
}

/* Shapes: boxes (images, boxes, 4), scores (images, classes, boxes). */
static const char *
read_shapes(MmlCall *call, Suppress *own)
{
	const MmlTensor *boxes = call->in[0];
	const MmlTensor *scores = call->in[1];

	MML_TRY(mml_tensor_check_type(call, me, 0, MML_TYPE(MML_ELEMENT_F32)));
	MML_TRY(mml_tensor_check_type(call, me, 1, MML_TYPE(MML_ELEMENT_F32)));
	if (boxes->rank != 3 || scores->rank != 3 || boxes->dims[2] != 4 || boxes->dims[0] != scores->dims[0] ||
		boxes->dims[1] != scores->dims[2])
		return mml_tensor_wrong(call, "boxes and scores of %s do not fit each other.", me);
	own->images = (size_t) boxes->dims[0];
	own->boxes = (size_t) boxes->dims[1];
	own->classes = (size_t) scores->dims[1];
	return NULL;
}

/* How many boxes can be taken at most, and what that takes. */
static size_t
count_most(const Suppress *own, const float *scores, double *flops)
{
	size_t		sum = 0;

	for (size_t i = 0; i < own->images * own->classes; i++)
	{
		size_t		candidates = 0;
		size_t		taken;

		for (size_t j = 0; j < own->boxes; j++)
			candidates += is_candidate(own, scores[i * own->boxes + j]);
		taken = MML_MIN(candidates, own->most);
		sum += taken;
		*flops += 16 * (double) candidates + 4 * (double) candidates * (double) taken;
		MML_CHECK();
	}
	return sum;
}

/* A row (image, class, box) of each box that is taken. */
static const char *
infer_suppress(MmlCall *call)
{
	Suppress   *own = call->own;
	const MmlTensor *scores;
	double		most = 0;
	double		overlap = 0;
	double		least = 0;
	int64_t		dims[2] = {0, 3};
	size_t		work;

	MML_TRY(mml_tensor_check(call, me, "center_point_box:i", 2));
	MML_TRY(read_shapes(call, own));
	MML_TRY(read_number(call, 2, MML_TYPES_INDEX, &most));
	MML_TRY(read_number(call, 3, MML_TYPE(MML_ELEMENT_F32), &overlap));
	MML_TRY(read_number(call, 4, MML_TYPE(MML_ELEMENT_F32), &least));
	if (!(overlap >= 0 && overlap <= 1))
		return mml_tensor_wrong(call, "iou_threshold of %s is not between 0 and 1: %g.", me, overlap);
	scores = call->in[1];
	own->most = most <= 0 ? 0 : (size_t) MML_MIN(most, (double) own->boxes);
	own->overlap = (float) overlap;
	own->least = (float) least;
	own->all = mml_tensor_in(call, 4) == NULL;
	own->centers = mml_tensor_attribute_int(call, "center_point_box", 0) != 0;
	if (scores->data == NULL)
		return mml_tensor_wait(call, me, 1);
	call->flops = (double) scores->count;
	dims[0] = (int64_t) count_most(own, scores->data, &call->flops);
	MML_TRY(mml_tensor_give(call, me, 0, MML_ELEMENT_I64, 2, dims));
	call->shrinks = true;
	if (!mml_mul_size(own->boxes, sizeof(Candidate) + 2 * sizeof(Box), &work))
		return mml_tensor_wrong(call, "boxes of %s are too many.", me);
	call->scratch_bytes = work;
	return NULL;
}

/* The corners of a box. */
static Box
read_box(const Suppress *own, const float *x)
{
	Box			box;

	if (own->centers)
	{
		box.top = x[1] - x[3] / 2;
		box.bottom = x[1] + x[3] / 2;
		box.left = x[0] - x[2] / 2;
		box.right = x[0] + x[2] / 2;
	}
	else
	{
		box.top = fminf(x[0], x[2]);
		box.bottom = fmaxf(x[0], x[2]);
		box.left = fminf(x[1], x[3]);
		box.right = fmaxf(x[1], x[3]);
	}
	box.area = (box.bottom - box.top) * (box.right - box.left);
	return box;
}

/* Do two boxes overlap by more than the threshold? */
MML_INLINE bool
overlaps(const Box *a, const Box *b, float threshold)
{
	float		height = MML_MIN(a->bottom, b->bottom) - MML_MAX(a->top, b->top);
	float		width = MML_MIN(a->right, b->right) - MML_MAX(a->left, b->left);
	float		shared = height * width;

	return height > 0 && width > 0 && shared > 0 && a->area > 0 && b->area > 0 &&
		shared / (a->area + b->area - shared) > threshold;
}

/* Take boxes of a class, from the best down, and write rows; how many. */
static size_t
take_boxes(const Suppress *own, size_t n, const Candidate *candidates, const Box *boxes, Box *taken,
		   int64_t image, int64_t class, int64_t *rows)
{
	size_t		count = 0;
	size_t		unpolled = 0;

	for (size_t i = 0; i < n && count < own->most; i++)
	{
		const Box  *box = &boxes[candidates[i].box];
		bool		free = true;

		for (size_t j = 0; j < count && free; j++)
			free = !overlaps(box, &taken[j], own->overlap);
		unpolled += count;
		if (unpolled > 100000)
		{
			unpolled = 0;
			MML_CHECK();
		}
		if (!free)
			continue;
		rows[3 * count] = image;
		rows[3 * count + 1] = class;
		rows[3 * count + 2] = (int64_t) candidates[i].box;
		taken[count++] = *box;
	}
	return count;
}

static void
run_suppress(const MmlCall *call)
{
	const Suppress *own = call->own;
	const float *score = call->in[1]->data;
	Box		   *boxes = call->scratch;
	Box		   *taken = boxes + own->boxes;
	Candidate  *candidates = (Candidate *) (void *) (taken + own->boxes);
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		count = 0;

	if (out == NULL)
		return;
	for (size_t i = 0; i < own->images; i++)
	{
		for (size_t j = 0; j < own->boxes; j++)
			boxes[j] = read_box(own, (const float *) call->in[0]->data + 4 * (i * own->boxes + j));
		for (size_t c = 0; c < own->classes; c++, score += own->boxes)
		{
			size_t		n = 0;

			for (size_t j = 0; j < own->boxes; j++)
				if (is_candidate(own, score[j]))
					candidates[n++] = (Candidate)
				{
					score[j], j
				};
			mml_sort(n, candidates, sizeof(Candidate), compare_candidates);
			count += take_boxes(own, n, candidates, boxes, taken, (int64_t) i, (int64_t) c,
								(int64_t *) out->data + 3 * count);
			MML_CHECK();
		}
	}
	out->dims[0] = (int64_t) count;
	out->count = 3 * count;
}

const MmlOperator mml_tensor_non_max_suppression = {
	"NonMaxSuppression", 10, 2, 5, 1, sizeof(Suppress), infer_suppress, NULL, run_suppress
};
