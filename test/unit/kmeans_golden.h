/* Made by test/data/make_kmeans.py. */
typedef struct Golden
{
	const char *name;
	int			n;
	int			d;
	int			k;
	int			step;
	int			modulus;
	double		offset;
	double		inertia;
	int64_t		sizes[8];		/* the first of them */
} Golden;

static const Golden golden[] = {
	{"small", 150, 4, 3, 7919, 1009, 0, 19.42496831171838,
	{47, 22, 81}},
	{"one column", 997, 1, 5, 104729, 100003, 0, 3.0027809120579567,
	{355, 202, 164, 144, 132}},
	{"Unix times", 600, 3, 6, 7919, 1009, 1700000000, 6.9062241683146315,
	{44, 185, 42, 132, 93, 104}},
	{"many clusters", 2000, 2, 50, 104729, 100003, 0, 0.20570024906050344,
	{61, 34, 35, 36, 38, 38, 38, 39}},
	{"many columns", 400, 100, 4, 7919, 1009, 0, 1516.0618650184108,
	{112, 85, 86, 117}},
};

/* Number i of the rows of a set. */
static double
golden_number(const Golden *set, int i)
{
	double		u = (double) ((int64_t) i * set->step % set->modulus) / set->modulus;

	return u * u + (i % set->d == 0 ? set->offset : 0);
}
