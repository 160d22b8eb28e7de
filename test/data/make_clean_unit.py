#!/usr/bin/python3
"""Golden values of test/unit/clean_unit.c, by scikit-learn: clean_golden.h.

Rows are made by integer arithmetic, so that C makes the same ones. Made with
scikit-learn 1.2.1.
"""
import itertools

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (MinMaxScaler, OneHotEncoder, OrdinalEncoder,
                                   RobustScaler, StandardScaler)

SHOWN = 16      # rows whose features are kept

# name: n, modulus, factor, offset
SETS = {
    "small": (40, 1009, 1.0, 0.0),
    "ties": (2000, 97, 50.0, -20.0),
    "as many as are exact": (116000, 100003, 1e6, 100.0),
}
IMPUTE = {"MEAN": "mean", "MEDIAN": "median", "MODE": "most_frequent", "CONSTANT": "constant"}
CLIP = {"NONE": None, "QUANTILES": (0.01, 0.95), "IQR": 0.75, "RANGE": (0.125, 30.0)}
SCALE = {"NONE": None, "STANDARD": StandardScaler(), "MINMAX": MinMaxScaler(),
         "ROBUST": RobustScaler()}

# name: impute, fill, min_count, max_categories, drop_first
TEXTS = {
    "one-hot, missing": ("NONE", None, 1, 0, False),
    "one-hot, mode": ("MODE", None, 1, 0, False),
    "one-hot, constant": ("CONSTANT", "between", 1, 0, False),
    "one-hot, drop first": ("MODE", None, 1, 0, True),
    "one-hot, rare": ("MODE", None, 31, 0, False),
    "one-hot, few": ("MODE", None, 1, 7, False),
    "one-hot, rare and few": ("CONSTANT", "c05", 31, 9, False),
    "ordinal, missing": ("NONE", None, 1, 0, False),
    "ordinal, mode": ("MODE", None, 1, 0, False),
}


def numbers(n, modulus, factor, offset):
    """Squares of residues, so that they are skewed; every seventh missing."""
    i = np.arange(n)
    u = (i * 7919 % modulus) / modulus
    x = u * u * factor + offset
    x[i % 7 == 3] = np.nan
    return x.reshape(-1, 1)


def texts(n):
    """Of 23 categories, skewed, with a few missing."""
    i = np.arange(n)
    u = (i * 7919 % 1009) / 1009
    x = np.array([f"c{int(v):02d}" for v in u * u * 23], dtype=object)
    x[i % 11 == 5] = np.nan
    return x.reshape(-1, 1)


def listed(values):
    return ", ".join(repr(float(v)) for v in values)


def prepare_numbers(x, impute, clip, scale):
    """The feature, and what the clip is given as."""
    given = (0, 0)
    low, high = -np.inf, np.inf
    if clip == "QUANTILES":
        given = CLIP[clip]
        low, high = np.nanquantile(x, given)
    elif clip == "IQR":
        given = (CLIP[clip], 0)
        first, third = np.nanquantile(x, [0.25, 0.75])
        low, high = first - given[0] * (third - first), third + given[0] * (third - first)
    elif clip == "RANGE":
        low, high = given = CLIP[clip]
    x = np.clip(x, low, high)
    x = SimpleImputer(strategy=IMPUTE[impute], fill_value=-5.0).fit_transform(x)
    if SCALE[scale] is not None:
        x = SCALE[scale].fit_transform(x)
    return x[:, 0], given


def encode_texts(x, encode, impute, fill, least, most, drop):
    """The features, and of each row the number or which of them is 1."""
    if impute != "NONE":
        x = SimpleImputer(strategy=IMPUTE[impute], fill_value=fill).fit_transform(x)
    if encode == "ORDINAL":
        features = OrdinalEncoder(encoded_missing_value=-1).fit_transform(x)
        return features, features[:SHOWN, 0]
    features = OneHotEncoder(
        sparse_output=False, drop="first" if drop else None,
        handle_unknown="infrequent_if_exist" if least > 1 or most > 0 else "error",
        min_frequency=least if least > 1 else None,
        max_categories=most + 1 if most > 0 else None).fit_transform(x)
    return features, [r.argmax() if r.any() else -1 for r in features[:SHOWN]]


print(f'''/* Made by test/data/make_clean_unit.py. */
#define GOLDEN_SHOWN {SHOWN}
#define GOLDEN_FEATURES 32
''')
print('''/* A column of numbers, imputed, clipped and scaled. */
typedef struct GoldenNumbers
{
	const char *name;
	int			n;
	int			modulus;
	double		factor;
	double		offset;
	MmlImpute	impute;
	MmlClip		clip;
	double		low;
	double		high;
	MmlScale	scale;
	double		sum;			/* of the feature, and of its squares */
	double		squares;
	double		shown[GOLDEN_SHOWN];	/* the feature of the first rows */
} GoldenNumbers;

static const GoldenNumbers golden_numbers[] = {''')
for (name, made), impute, clip, scale in itertools.product(SETS.items(), IMPUTE, CLIP, SCALE):
    if made[0] > 5000 and (clip == "IQR" or impute == "CONSTANT"):
        continue
    if made[0] < 100 and clip == "RANGE":
        continue
    x, given = prepare_numbers(numbers(*made), impute, clip, scale)
    print(f'\t{{"{name}", {", ".join(map(repr, made))}, MML_IMPUTE_{impute},')
    print(f'\t\tMML_CLIP_{clip}, {given[0]!r}, {given[1]!r}, MML_SCALE_{scale},')
    print(f'\t\t{listed((x.sum(), (x * x).sum()))},')
    print(f'\t{{{listed(x[:SHOWN])}}}}},')
print('''};

/* A column of texts, encoded. */
typedef struct GoldenTexts
{
	const char *name;
	int			n;
	MmlImpute	impute;
	const char *fill;
	MmlEncode	encode;
	int			min_count;
	int			max_categories;
	bool		drop_first;
	int			features;
	double		sums[GOLDEN_FEATURES];	/* of each feature */
	double		shown[GOLDEN_SHOWN];	/* of the first rows: the number, or
										 * which feature is 1; -1: none */
} GoldenTexts;

static const GoldenTexts golden_texts[] = {''')
for name, (impute, fill, least, most, drop) in TEXTS.items():
    encode = "ORDINAL" if name.startswith("ordinal") else "ONE_HOT"
    features, shown = encode_texts(texts(1000), encode, impute, fill, least, most, drop)
    quoted = "NULL" if fill is None else f'"{fill}"'
    print(f'\t{{"{name}", 1000, MML_IMPUTE_{impute}, {quoted},')
    print(f'\t\tMML_ENCODE_{encode}, {least}, {most}, {str(drop).lower()}, {features.shape[1]},')
    print(f'\t\t{{{listed(features.sum(0))}}},')
    print(f'\t{{{listed(shown)}}}}},')
print('''};

/* Number i of a column; NaN: missing. */
static double
golden_number(const GoldenNumbers *set, int i)
{
	double		u = (double) ((int64_t) i * 7919 % set->modulus) / set->modulus;

	return i % 7 == 3 ? NAN : u * u * set->factor + set->offset;
}

/* Text i of a column, into room for 4 bytes; false: missing. */
static bool
golden_text(int i, char *text)
{
	double		u = (double) ((int64_t) i * 7919 % 1009) / 1009;
	int			category = (int) (u * u * 23);

	text[0] = 'c';
	text[1] = (char) ('0' + category / 10);
	text[2] = (char) ('0' + category % 10);
	text[3] = '\\0';
	return i % 11 != 5;
}''')
