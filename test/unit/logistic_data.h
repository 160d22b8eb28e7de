/*-------------------------------------------------------------------------
 *
 * logistic_data.h
 *	  Rows for tests of logistic regression: made by a formula, packed into
 *	  blocks in memory, and fitted.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGISTIC_DATA_H
#define LOGISTIC_DATA_H

#include "core/columns.h"
#include "logistic/logistic.h"

#define MOST_ROWS 20000
#define MOST_COLS 40
#define MOST_CLASSES 8
#define MOST_UNKNOWNS 400

/* Rows and their classes, and what a fit of them found. */
typedef struct Data
{
	int			rows;
	int			cols;
	int			classes;
	double		x[MOST_ROWS * MOST_COLS];
	int32_t		y[MOST_ROWS];
} Data;

typedef struct Fit
{
	MmlLogisticTask task;
	int			block_rows;
	bool		backwards;		/* visit the last lane first */
	int			lanes;			/* 0: as many as the plan says */

	MmlStatus	status;
	MmlLogisticPlan plan;
	MmlLogisticResult result;
	double		beta[MOST_UNKNOWNS];
	double		std_error[MOST_UNKNOWNS];
	uint8_t		term_status[MOST_UNKNOWNS];
	double		mean[MOST_COLS];
	double		m2[MOST_COLS];
	double		scratch[2 * MOST_COLS];
	double		class_rows[MOST_CLASSES];
} Fit;

/* The next number below n of a linear congruential generator. */
static inline int
data_draw(uint64_t *state, int n)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int) ((*state >> 33) % (uint64_t) n);
}

/* Rows made of whole numbers: the same as make() of logistic_golden.py. */
static inline void
data_make(Data *data, int rows, int cols, int classes, uint64_t seed)
{
	data->rows = rows;
	data->cols = cols;
	data->classes = classes;
	for (int i = 0; i < rows; i++)
	{
		int			scores[MOST_CLASSES];
		int			best = 0;

		for (int c = 0; c < classes; c++)
		{
			scores[c] = data_draw(&seed, 3000);
			scores[c] += data_draw(&seed, 3000);
		}
		for (int j = 0; j < cols; j++)
		{
			int			v = data_draw(&seed, 2001) - 1000;

			data->x[i * cols + j] = (double) v / 250 * (j + 1) + 10 * j;
			for (int c = 0; c < classes; c++)
				scores[c] += v * ((j + 2) * (c + 1) % 5 - 2);
		}
		for (int c = 1; c < classes; c++)
			if (scores[c] > scores[best])
				best = c;
		data->y[i] = best;
	}
}

/* Twenty patients: a second heart attack, by treatment and anxiety. */
static inline void
data_make_patients(Data *data)
{
	static const double x[20][2] = {
		{1, 70}, {1, 80}, {1, 50}, {0, 60}, {0, 40}, {0, 65}, {0, 75}, {0, 80},
		{0, 70}, {0, 60}, {1, 65}, {1, 50}, {1, 45}, {1, 35}, {1, 40}, {1, 50},
		{0, 55}, {0, 45}, {0, 50}, {0, 60}
	};

	data->rows = 20;
	data->cols = 2;
	data->classes = 2;
	memcpy(data->x, x, sizeof(x));
	for (int i = 0; i < 20; i++)
		data->y[i] = i < 10;
}

/* One column: rows with these values and these classes. */
static inline void
data_make_column(Data *data, int n, const double *x, const int *y)
{
	data->rows = n;
	data->cols = 1;
	data->classes = 2;
	for (int i = 0; i < n; i++)
	{
		data->x[i] = x[i];
		data->y[i] = y[i];
	}
}

/* Copy rows, with a column more, which the caller fills. */
static inline void
data_add_column(Data *to, const Data *from)
{
	to->rows = from->rows;
	to->cols = from->cols + 1;
	to->classes = from->classes;
	memcpy(to->y, from->y, sizeof(from->y));
	for (int i = 0; i < from->rows; i++)
		memcpy(to->x + i * to->cols, from->x + i * from->cols,
			   sizeof(double) * (size_t) from->cols);
}

/* Read a file of numbers with commas and a class in words at the end. */
static inline bool
data_read_shared(Data *data, const char *file, const char *const *labels)
{
	const char *path = SHARED(file);
	FILE	   *f = path == NULL ? NULL : fopen(path, "r");
	char		line[4096];

	if (f == NULL)
		return false;
	data->rows = data->cols = 0;
	if (fgets(line, sizeof(line), f) != NULL)
		for (const char *p = line; *p != '\0'; p++)
			data->cols += *p == ',';
	while (fgets(line, sizeof(line), f) != NULL)
	{
		char	   *p = line;

		for (int j = 0; j < data->cols; j++, p++)
			data->x[data->rows * data->cols + j] = strtod(p, &p);
		p[strcspn(p, "\r\n")] = '\0';
		for (int c = 0; labels[c] != NULL; c++)
			if (strcmp(p, labels[c]) == 0)
				data->y[data->rows] = c;
		data->rows++;
	}
	fclose(f);
	return true;
}

/* A block of rows, as the gathered matrix has it. */
static inline void
data_fetch(MmlBlocks *blocks, size_t number, MmlBlock *block)
{
	size_t		full = (size_t) blocks->block_rows;
	size_t		stride = mml_align64(full * (size_t) blocks->cols * sizeof(double)) +
		mml_align64(full * sizeof(int32_t));

	block->data = (char *) blocks->source + number * stride;
	block->first = number * full;
	block->rows = (int) MML_MIN(full, blocks->rows - block->first);
}

/* Pack rows into blocks; the caller frees source. */
static inline MmlBlocks
data_pack(const Data *data, int block_rows)
{
	size_t		cols = (size_t) data->cols;
	size_t		full = (size_t) block_rows;
	MmlBlocks	blocks = {.rows = (size_t) data->rows,.block_rows = block_rows,
	.cols = data->cols,.fetch = data_fetch};

	blocks.nblocks = (blocks.rows + full - 1) / full;
	blocks.source = aligned_alloc(64, blocks.nblocks *
								  (mml_align64(full * cols * sizeof(double)) +
								   mml_align64(full * sizeof(int32_t))));
	for (size_t b = 0; b < blocks.nblocks; b++)
	{
		MmlBlock	block;
		char	   *place;
		size_t		bytes;

		data_fetch(&blocks, b, &block);
		place = (char *) blocks.source + ((const char *) block.data - (char *) blocks.source);
		bytes = (size_t) block.rows * cols * sizeof(double);
		memcpy(place, data->x + block.first * cols, bytes);
		memcpy(place + mml_align64(bytes), data->y + block.first,
			   (size_t) block.rows * sizeof(int32_t));
	}
	return blocks;
}

/* A team of one that begins at the other end. */
static inline void
data_pass_backwards(MmlTeam *team)
{
	for (int lane = team->nlanes - 1; lane >= 0; lane--)
		team->visit(team->job, team->blocks, lane, team->nlanes);
}

/* What a fit is by default; tests change the task. */
static inline Fit
fit_default(const Data *data)
{
	Fit			fit = {.block_rows = 64};

	fit.task.rows = (size_t) data->rows;
	fit.task.cols = data->cols;
	fit.task.classes = data->classes;
	fit.task.intercept = true;
	fit.task.tol = 1e-8;
	return fit;
}

/* Fit, as the glue does. */
static inline void
fit_run(Fit *fit, const Data *data)
{
	MmlBlocks	blocks = data_pack(data, fit->block_rows);
	MmlColumns	columns = {data->cols, 0, fit->mean, fit->m2,
	fit->scratch, fit->scratch + MOST_COLS};
	MmlTeam		team = {.blocks = &blocks,.visit = mml_logistic_lane,
	.pass = fit->backwards ? data_pass_backwards : mml_team_pass_alone};
	size_t		matrix_bytes = blocks.rows * (size_t) blocks.cols * sizeof(double);
	void	   *work;

	memset(fit->mean, 0, sizeof(fit->mean));
	memset(fit->m2, 0, sizeof(fit->m2));
	memset(fit->class_rows, 0, sizeof(fit->class_rows));
	mml_columns_add(&columns, data->rows, data->x);
	for (int i = 0; i < data->rows; i++)
		fit->class_rows[data->y[i]]++;
	fit->task.mean = fit->mean;
	fit->task.m2 = fit->m2;
	fit->task.class_rows = fit->class_rows;
	fit->result = (MmlLogisticResult)
	{
		.beta = fit->beta,.std_error = fit->std_error,.status = fit->term_status
	};

	if (!mml_logistic_plan(&fit->task, (size_t) 1 << 30, &fit->plan))
		abort();
	team.nlanes = fit->lanes > 0 ? fit->lanes :
		mml_lane_count(blocks.nblocks, matrix_bytes, fit->plan.lane_bytes);
	team.job = aligned_alloc(64, mml_align64(mml_logistic_job_bytes(&fit->task, &fit->plan,
																	team.nlanes)));
	work = aligned_alloc(64, fit->plan.work_bytes);
	fit->status = mml_logistic_fit(&team, &fit->task, &fit->plan, work, &fit->result);
	free(work);
	free(team.job);
	free(blocks.source);
}

#endif							/* LOGISTIC_DATA_H */
