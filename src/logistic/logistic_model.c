/*-------------------------------------------------------------------------
 *
 * logistic_model.c
 *	  Read a model of kind "logistic_regression", and answer from it.
 *
 * The bytes may be anybody's.  Everything that an answer relies on is
 * demanded here: shapes that fit each other, numbers that are finite where
 * that is promised, a reference that is a class.
 *
 * Cost of an answer: K p multiply-adds.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "core/numbers.h"
#include "logistic/logistic_model.h"

/* Coefficients and numbers so large that their product is not finite. */
#define LARGE_ETA 1e300

/* Is x a whole number from 0 to most? */
static bool
is_whole(double x, double most)
{
	return x >= 0 && x <= most && x == floor(x);
}

/* Check the summary, and take from it what the rest depends on. */
static const char *
check_summary(LogisticModel *model)
{
	const double *s = model->summary;

	for (int i = 0; i < LOGISTIC_SUMMARY; i++)
		if (!isfinite(s[i]) && !(i == LOGISTIC_CONDITION && isnan(s[i])))
			return "Its summary has a number that is not finite.";
	if (!is_whole(s[LOGISTIC_TARGET], LOGISTIC_TEXT) ||
		!is_whole(s[LOGISTIC_REFERENCE], model->classes - 1) ||
		!is_whole(s[LOGISTIC_INTERCEPT], 1) ||
		!is_whole(s[LOGISTIC_METHOD], MML_LOGISTIC_LBFGS) ||
		s[LOGISTIC_METHOD] == MML_LOGISTIC_AUTO ||
		!is_whole(s[LOGISTIC_ITERATIONS], INT32_MAX) ||
		!is_whole(s[LOGISTIC_CONVERGED], 1) ||
		!is_whole(s[LOGISTIC_SEPARATED], 1) ||
		!is_whole(s[LOGISTIC_SKIPPED], 0x1p53) ||
		s[LOGISTIC_L2] < 0 || s[LOGISTIC_DECREMENT] < 0 ||
		s[LOGISTIC_LOGLIK] > 0 || s[LOGISTIC_NULL_LOGLIK] > 0 ||
		s[LOGISTIC_CONDITION] < 0)
		return "Its summary is not possible.";
	model->target = (LogisticTarget) s[LOGISTIC_TARGET];
	model->reference = (int) s[LOGISTIC_REFERENCE];
	model->intercept = s[LOGISTIC_INTERCEPT] != 0;
	model->d = model->terms - (model->intercept ? 1 : 0);
	return model->d < 1 ? "It has no features." : NULL;
}

/* Check coefficients, errors and status, term by term. */
static const char *
check_terms(const LogisticModel *model)
{
	size_t		n = (size_t) (model->classes - 1) * (size_t) model->terms;

	for (size_t i = 0; i < n; i++)
	{
		double		error = model->std_error[i];
		bool		aliased = model->status[i] == MML_TERM_ALIASED;

		if (model->status[i] > MML_TERM_DIVERGES)
			return "A term has an unknown status.";
		if (aliased ? !isnan(model->beta[i]) : !isfinite(model->beta[i]))
			return "A coefficient is not a finite number.";
		if (!isnan(error) && (aliased || !isfinite(error) || error < 0))
			return "A standard error is not possible.";
	}
	return NULL;
}

/* Check rows and weights of classes. */
static const char *
check_classes(LogisticModel *model)
{
	model->rows = 0;
	for (int c = 0; c < model->classes; c++)
	{
		if (model->class_rows[c] < 0 ||
			__builtin_add_overflow(model->rows, model->class_rows[c], &model->rows))
			return "The number of rows of a class is not possible.";
		if (!(model->class_weight[c] > 0) || !isfinite(model->class_weight[c]))
			return "The weight of a class is not possible.";
	}
	return model->rows < 1 ? "It was trained on no rows." : NULL;
}

/* Read a whole number as PostgreSQL writes it; false for any other text. */
static bool
read_whole(const char *text, int64_t *number)
{
	bool		negative = *text == '-';
	const char *p = text + (negative ? 1 : 0);

	*number = 0;
	if (*p == '\0' || (*p == '0' && (negative || p[1] != '\0')))
		return false;
	for (; *p != '\0'; p++)
	{
		int			digit = *p - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(*number, 10, number) ||
			__builtin_add_overflow(*number, negative ? -digit : digit, number))
			return false;
	}
	return true;
}

/* Check labels, and how many there are of the other texts. */
static const char *
check_texts(const LogisticModel *model)
{
	const char *label = model->labels.first;

	if (model->labels.count != (size_t) model->classes)
		return "The number of labels is not that of its classes.";
	if (model->names.count != 0 && model->names.count != (size_t) model->d)
		return "The number of names is not that of its features.";
	if (model->kernels.count != 1)
		return "It does not name its kernels.";
	for (int c = 0; c < model->classes; c++, label = mml_text_next(label))
	{
		int64_t		number;

		if ((model->target == LOGISTIC_BOOLEAN && strcmp(label, "true") != 0 &&
			 strcmp(label, "false") != 0) ||
			(model->target == LOGISTIC_BIGINT && !read_whole(label, &number)))
			return "A label is not of the type of the target.";
	}
	return NULL;
}

/* Fill a LogisticModel from an envelope; NULL, or what is wrong. */
const char *
mml_logistic_parse(const MmlEnvelope *env, void *parsed)
{
	LogisticModel *model = parsed;
	const MmlSection *beta;
	int			next = 0;

	MML_DEMAND(mml_envelope_next(env, &next, "coefficients", MML_F64, &beta));
	if (beta->rows < 1 || beta->rows > LOGISTIC_MAX_CLASSES - 1 ||
		beta->cols < 1 || beta->cols > INT32_MAX)
		return "It has an impossible number of coefficients.";
	model->classes = (int) beta->rows + 1;
	model->terms = (int) beta->cols;
	model->beta = beta->data;
	MML_DEMAND(mml_envelope_shaped(env, &next, "std_errors", MML_F64,
								   beta->rows, beta->cols, &model->std_error));
	MML_DEMAND(mml_envelope_shaped(env, &next, "status", MML_U8,
								   beta->rows, beta->cols, &model->status));
	MML_DEMAND(mml_envelope_shaped(env, &next, "class_rows", MML_I64,
								   beta->rows + 1, 1, &model->class_rows));
	MML_DEMAND(mml_envelope_shaped(env, &next, "class_weights", MML_F64,
								   beta->rows + 1, 1, &model->class_weight));
	MML_DEMAND(mml_envelope_shaped(env, &next, "summary", MML_F64,
								   LOGISTIC_SUMMARY, 1, &model->summary));
	MML_DEMAND(mml_envelope_texts(env, &next, "labels", &model->labels));
	MML_DEMAND(mml_envelope_texts(env, &next, "names", &model->names));
	MML_DEMAND(mml_envelope_texts(env, &next, "kernels", &model->kernels));
	MML_DEMAND(check_summary(model));
	model->means = NULL;
	if (next < env->nsections)
		MML_DEMAND(mml_envelope_shaped(env, &next, "means", MML_F64, 1,
									   (size_t) model->d, &model->means));
	MML_DEMAND(mml_envelope_end(env, next));
	if (model->means != NULL && !mml_all_finite((size_t) model->d, model->means))
		return "The mean of a feature is not a finite number.";
	MML_DEMAND(check_terms(model));
	MML_DEMAND(check_classes(model));
	return check_texts(model);
}

/*
 * alpha + beta x, terms that have no estimate adding nothing.  Numbers are
 * scaled by shift, 1 or less.
 */
static double
linear(const LogisticModel *model, const double *beta, const double *x,
	   double shift)
{
	double		sum = 0;

	if (model->intercept)
	{
		sum = isnan(*beta) ? 0 : *beta * shift * shift;
		beta++;
	}
	for (int j = 0; j < model->d; j++)
		sum += isnan(beta[j]) ? 0 : (beta[j] * shift) * (x[j] * shift);
	return sum;
}

/*
 * The linear predictor of a class, always finite: products beyond the largest
 * number are added up on a smaller scale.
 */
static double
predictor(const LogisticModel *model, int class, const double *x)
{
	const double *beta;
	double		eta;

	if (class == model->reference)
		return 0;
	beta = model->beta + (size_t) (class - (class > model->reference)) *
		(size_t) model->terms;
	eta = linear(model, beta, x, 1);
	if (!isfinite(eta))
		eta = ldexp(linear(model, beta, x, 0x1p-600), 1200);
	return fmax(fmin(eta, LARGE_ETA), -LARGE_ETA);
}

/* The most likely class, the first of equals. */
int
mml_logistic_label(const LogisticModel *model, const double *x)
{
	int			best = 0;
	double		most = predictor(model, 0, x);

	for (int c = 1; c < model->classes; c++)
	{
		double		eta = predictor(model, c, x);

		if (eta > most)
		{
			most = eta;
			best = c;
		}
	}
	return best;
}

/* Probabilities of all classes. */
void
mml_logistic_proba(const LogisticModel *model, const double *x, double *p)
{
	double		most = -INFINITY;
	double		total = 0;

	for (int c = 0; c < model->classes; c++)
	{
		p[c] = predictor(model, c, x) - log(model->class_weight[c]);
		most = fmax(most, p[c]);
	}
	for (int c = 0; c < model->classes; c++)
	{
		p[c] = exp(p[c] - most);
		total += p[c];
	}
	for (int c = 0; c < model->classes; c++)
		p[c] /= total;
}

/* The term of a class: 0 where it was not estimated, and all of the reference. */
static double
coefficient(const LogisticModel *model, int class, int term)
{
	double		b;

	if (class == model->reference)
		return 0;
	b = model->beta[(size_t) (class - (class > model->reference)) * (size_t) model->terms +
					(size_t) term];
	return isnan(b) ? 0 : b;
}

/* See logistic_model.h. */
void
mml_logistic_explain(const LogisticModel *model, const double *x, MmlExplanation *e)
{
	int			first = model->intercept ? 1 : 0;
	double		most = -INFINITY;

	if (e->class < 0)
		e->class = model->classes == 2 ? 1 - model->reference : mml_logistic_label(model, x);
	for (int c = 0; c < model->classes; c++)
	{
		double		eta = predictor(model, c, x) - log(model->class_weight[c]);

		if (c != e->class && eta > most)
		{
			most = eta;
			e->against = c;
		}
	}
	e->base = log(model->class_weight[e->against]) - log(model->class_weight[e->class]);
	if (model->intercept)
		e->base += coefficient(model, e->class, 0) - coefficient(model, e->against, 0);
	for (int j = 0; j < model->d; j++)
	{
		double		slope = coefficient(model, e->class, first + j) -
			coefficient(model, e->against, first + j);
		double		mean = model->means == NULL ? 0 : model->means[j];

		e->base += slope * mean;
		e->parts[j] = slope * (x[j] - mean);
	}
}

/* The label of a class as a number. */
bool
mml_logistic_number(const LogisticModel *model, int class, double *number)
{
	const char *label = mml_texts_get(&model->labels, (size_t) class);
	int64_t		whole = 0;

	if (model->target == LOGISTIC_TEXT)
		return false;
	if (model->target == LOGISTIC_BOOLEAN)
		whole = strcmp(label, "true") == 0;
	else
		read_whole(label, &whole);
	*number = (double) whole;
	return true;
}
