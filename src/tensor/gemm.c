/*-------------------------------------------------------------------------
 *
 * gemm.c
 *	  Products of float32 matrices, made of tiles: see gemm.h.
 *
 * Loops from the outside: stretches of MML_DEPTH terms, units of columns,
 * panels of rows.  So a stretch of a unit of B stays in the cache of the first
 * level while all rows of A pass by, and B, which may be large, is read once.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/gemm.h"

/* Multiply-adds between two polls. */
#define POLL 1000000

/*
 * The last columns of c, fewer than a unit, by way of a buffer: b begins skip
 * columns before them.
 */
static void
last_columns(const MmlTiles *tiles, const MmlTile *t, int rows, int64_t n, int64_t skip)
{
	float		buffer[MML_TILE_ROWS][MML_UNIT] = {{0}};
	MmlTile		tile = *t;

	tile.c = buffer[0];
	tile.c_row = MML_UNIT;
	for (int r = 0; t->add && r < rows; r++)
		memcpy(buffer[r] + skip, t->c + r * t->c_row, sizeof(float) * (size_t) n);
	tiles->tile[rows][1] (&tile);
	for (int r = 0; r < rows; r++)
		memcpy(t->c + r * t->c_row, buffer[r] + skip, sizeof(float) * (size_t) n);
}

void
mml_tensor_columns(const MmlTiles *tiles, MmlTile *t, int rows, int64_t n, int64_t panel)
{
	const float *b = t->b;
	float	   *c = t->c;
	int64_t		most = tiles->units[rows];
	bool		is_joined = panel == 0;
	bool		overlap = is_joined && !t->add;
	int64_t		j = 0;

	t->b_unit = is_joined ? MML_UNIT : panel;

	/*
	 * Where columns lie side by side the last unit may overlap the one before
	 * it, unless what c holds would then be added to twice.
	 */
	while (n - j >= MML_UNIT || (overlap && j < n))
	{
		int64_t		units = (n - j) / MML_UNIT;
		int64_t		start = j;

		if (overlap && units < most)
			units = (n - j + MML_UNIT - 1) / MML_UNIT;
		units = MML_MIN(units, most);
		if (units == 1)
			start = MML_MIN(j, n - MML_UNIT);
		t->b = b + (is_joined ? start : start / MML_UNIT * panel);
		t->c = c + start;
		t->c_last = MML_MIN((units - 1) * MML_UNIT, n - j - MML_UNIT);
		t->b_last = is_joined ? t->c_last : (units - 1) * panel;
		tiles->tile[rows][units] (t);
		j += units * MML_UNIT;
	}
	if (j < n)
	{
		int64_t		skip = is_joined ? j - (n - MML_UNIT) : 0;

		t->b = is_joined ? b + j - skip : b + j / MML_UNIT * panel;
		t->c = c + j;
		last_columns(tiles, t, rows, n - j, skip);
	}
	t->b = b;
	t->c = c;
}

/* All rows and columns, for terms l to l + t->k of the sums. */
static void
product_stretch(const MmlProduct *p, MmlTile *t, int64_t l)
{
	int64_t		panels = mml_panels(p->m);
	int64_t		step = MML_UNIT * p->tiles->units[MML_MIN(p->m, MML_TILE_ROWS)];
	int64_t		panel = p->b_row == 0 ? MML_UNIT * p->k : 0;
	int64_t		work = 0;

	for (int64_t j = 0; j < p->n;)
	{
		int64_t		n = p->n - j < step + MML_UNIT ? p->n - j : step;
		const float *b = p->b_row == 0 ? p->b + j * p->k + l * MML_UNIT :
			p->b + l * p->b_row + j;

		for (int64_t i = 0; i < panels; i++)
		{
			int64_t		first = mml_panel_start(p->m, i);
			int64_t		rows = mml_panel_start(p->m, i + 1) - first;

			t->a = p->a + first * p->a_row + l * p->a_k;
			t->b = b;
			t->c = p->c + first * p->c_row + j;
			mml_tensor_columns(p->tiles, t, (int) rows, n, panel);
			work += rows * n * t->k;
			if (work > POLL)
			{
				MML_CHECK();
				work = 0;
			}
		}
		j += n;
	}
}

/* C = A B (+ C); where B is as it lies, n is at least MML_UNIT. */
void
mml_tensor_multiply(const MmlProduct *p)
{
	uint32_t	at[MML_DEPTH];
	MmlTile		t = {.a_row = p->a_row,.a_k = p->a_k,.at = at,.c_row = p->c_row};
	int64_t		stretches = MML_MAX((p->k + MML_DEPTH - 1) / MML_DEPTH, 1);
	int64_t		depth = (p->k + stretches - 1) / stretches;

	for (int64_t l = 0; l < depth; l++)
		at[l] = (uint32_t) (l * (p->b_row == 0 ? MML_UNIT : p->b_row));
	for (int64_t s = 0; s < stretches; s++)
	{
		t.add = p->add || s > 0;
		t.k = MML_MIN(depth, p->k - s * depth);
		if (s == stretches - 1)
			mml_tile_clip(&t, &p->activation);
		product_stretch(p, &t, s * depth);
		MML_CHECK();
	}
	if (p->activation.kind == MML_ACTIVATION_NONE || t.clip)
		return;
	for (int64_t i = 0; i < p->m; i++)
		mml_tensor_activate(&p->activation, MML_ELEMENT_F32, (size_t) p->n, p->c + i * p->c_row);
}

void
mml_tensor_pack_product(int64_t k, int64_t n, const float *b, int64_t b_k, int64_t b_column,
						float scale, float *packed)
{
	for (int64_t j = 0; j < n; j += MML_UNIT)
	{
		int64_t		columns = MML_MIN(MML_UNIT, n - j);

		for (int64_t l = 0; l < k; l++, packed += MML_UNIT)
		{
			const float *from = b + l * b_k + j * b_column;

			if (columns == MML_UNIT && b_column == 1)
				for (int64_t i = 0; i < MML_UNIT; i++)
					packed[i] = scale * from[i];
			else
			{
				memset(packed, 0, sizeof(float) * MML_UNIT);
				for (int64_t i = 0; i < columns; i++)
					packed[i] = scale * from[i * b_column];
			}
		}
		MML_CHECK();
	}
}
