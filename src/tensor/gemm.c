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

/* Panels between two polls: at most some million multiply-adds. */
#define MOST_PANELS 256

/* Terms that packed B is fetched ahead of its use. */
#define AHEAD 24

int
mml_tensor_panels(MmlTile *t, const MmlTile *whole, MmlPanels panels, int part, bool is_packed)
{
	int64_t		before = part == 0 ? 0 : panels.large * panels.rows;
	int			rows = panels.rows - part;

	*t = *whole;
	t->panels = part == 0 ? panels.large : panels.count - panels.large;
	t->a += before * (is_packed ? t->k : t->a_row);
	t->a_panel = rows * (is_packed ? t->k : t->a_row);
	t->a_k = is_packed ? rows : t->a_k;
	t->c += before * t->c_row;
	t->bias = t->bias == NULL ? NULL : t->bias + before;
	return rows;
}

/*
 * The last columns of c, fewer than a unit, by way of a buffer: b begins skip
 * columns before them.
 */
static void
last_columns(const MmlTiles *tiles, const MmlTile *t, int rows, int64_t n, int64_t skip)
{
	float		buffer[MML_TILE_ROWS][MML_UNIT] = {{0}};
	MmlTile		tile = *t;
	float	   *c = t->c;

	tile.c = buffer[0];
	tile.c_row = MML_UNIT;
	tile.panels = 1;
	for (int64_t i = 0; i < t->panels; i++, c += rows * t->c_row)
	{
		for (int r = 0; t->add && r < rows; r++)
			memcpy(buffer[r] + skip, c + r * t->c_row, sizeof(float) * (size_t) n);
		tiles->tile[rows][1] (&tile);
		for (int r = 0; r < rows; r++)
			memcpy(c + r * t->c_row, buffer[r] + skip, sizeof(float) * (size_t) n);
		tile.a += tile.a_panel;
		tile.bias = tile.bias == NULL ? NULL : tile.bias + rows;
	}
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
	t->c_unit = MML_UNIT;

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

/* What a product is cut into. */
typedef struct Cut
{
	const MmlProduct *p;
	MmlPanels	panels;
	int64_t		step;			/* columns at once */
	int64_t		depth;			/* terms at once */
	int64_t		stretches;
	MmlTile		tile;
} Cut;

/* All rows of some columns from j on, for a stretch of terms; how many columns. */
static int64_t
product_block(const Cut *cut, int64_t stretch, int64_t j)
{
	const MmlProduct *p = cut->p;
	int64_t		l = stretch * cut->depth;
	int64_t		n = p->n - j < cut->step + MML_UNIT ? p->n - j : cut->step;
	bool		is_packed = p->a_row == 0;
	MmlTile		whole = cut->tile;

	whole.k = MML_MIN(cut->depth, p->k - l);
	whole.add = p->add || stretch > 0;
	whole.clip = whole.clip && stretch == cut->stretches - 1;
	whole.a = p->a + l * (is_packed ? p->m : p->a_k);
	whole.b = p->b_row == 0 ? p->b + j * p->k + l * MML_UNIT : p->b + l * p->b_row + j;
	whole.c = p->c + j;
	whole.ahead = p->b_row == 0 ? AHEAD * MML_UNIT : 0;
	for (int part = 0; part < 2; part++)
	{
		MmlTile		tile;
		int			rows = mml_tensor_panels(&tile, &whole, cut->panels, part, is_packed);

		for (int64_t left = tile.panels; left > 0; left -= tile.panels)
		{
			tile.panels = MML_MIN(left, MOST_PANELS);
			mml_tensor_columns(p->tiles, &tile, rows, n, p->b_row == 0 ? MML_UNIT * p->k : 0);
			tile.a += tile.panels * tile.a_panel;
			tile.c += tile.panels * rows * tile.c_row;
			MML_CHECK();
		}
	}
	return n;
}

/* C = A B (+ C); where B is as it lies, n is at least MML_UNIT. */
void
mml_tensor_multiply(const MmlProduct *p)
{
	uint32_t	at[MML_DEPTH];
	Cut			cut = {.p = p,.panels = mml_panels(p->m)};

	cut.step = MML_UNIT * p->tiles->units[cut.panels.rows];
	cut.depth = mml_depth(p->k);
	cut.stretches = MML_MAX((p->k + MML_DEPTH - 1) / MML_DEPTH, 1);
	cut.tile.a_row = p->a_row == 0 ? 1 : p->a_row;
	cut.tile.a_k = p->a_k;
	cut.tile.c_row = p->c_row;
	cut.tile.at = at;
	mml_tile_clip(&cut.tile, &p->activation);
	for (int64_t l = 0; l < cut.depth; l++)
		at[l] = (uint32_t) (l * (p->b_row == 0 ? MML_UNIT : p->b_row));

	/* A single panel reads B as it comes, which is what memory likes. */
	if (cut.panels.count == 1)
		for (int64_t j = 0, n = 0; j < p->n; j += n)
			for (int64_t s = 0; s < cut.stretches; s++)
				n = product_block(&cut, s, j);
	else
		for (int64_t s = 0; s < cut.stretches; s++)
			for (int64_t j = 0; j < p->n;)
				j += product_block(&cut, s, j);
	if (p->activation.kind == MML_ACTIVATION_NONE || cut.tile.clip)
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

void
mml_tensor_pack_panels(int64_t rows, int64_t k, const float *a, int64_t a_row, int64_t a_k,
					   int64_t depth, float *packed)
{
	MmlPanels	panels = mml_panels(rows);

	for (int64_t l = 0; l < k; l += depth)
		for (int64_t i = 0, first = 0; i < panels.count; i++)
		{
			int64_t		end = first + panels.rows - (i >= panels.large);

			for (int64_t j = l; j < MML_MIN(l + depth, k); j++)
				for (int64_t r = first; r < end; r++)
					*packed++ = a[r * a_row + j * a_k];
			first = end;
			MML_CHECK();
		}
}
