#!/usr/bin/python3
"""The figures that test/t/070_clean.pl expects of film data, counted without a database.

    count_films.py DIRECTORY
"""
import csv
import re
import sys
from collections import Counter
from statistics import median


def read(name):
    with open(f"{sys.argv[1]}/{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def cells(rows, pattern=""):
    """All cells of the columns whose names begin so."""
    return [row[name] for row in rows for name in row if name.startswith(pattern)]


def blank(values):
    return sum(value == "" for value in values)


films = read("bechdel_movies")
print("bechdel:", len(films), "films;", cells(films).count("#N/A"), "#N/A;", blank(cells(films)), "blanks;",
      sum("" in row.values() or "#N/A" in row.values() for row in films), "films with one of them")
for name in films[0]:
    values = [row[name] for row in films]
    known = [float(value) for value in values if re.fullmatch(r"\d+", value)]
    if len(known) > 1000:
        print("  ", name, values.count("#N/A"), "#N/A", blank(values), "blanks, median", median(known))

lives = read("biopics")
print("biopics:", len(lives), "rows;", Counter(row["box_office"] for row in lives)["-"], "dashes; median",
      median(float(row["box_office"].translate({ord(c): r for c, r in {"$": "", "M": "e6", "K": "e3"}.items()}))
             for row in lives if row["box_office"] != "-"))
for name in ("country", "subject_race", "type_of_subject", "subject_sex", "lead_actor_actress"):
    count = Counter(row[name].strip() for row in lives)
    print("  ", name, count[""], "blanks;", {limit: sum(n for value, n in count.items() if value and n < limit) for limit in (2, 10)},
          "values rarer than these;", count.most_common(3))

survey = read("star_wars_survey")
print("star wars:", len(survey), "rows of", len(survey[0]), "columns;", blank(cells(survey)), "blanks in",
      sum(blank(cells(survey, name)) > 0 for name in survey[0]), "columns")
for name in ("seen_ep", "view_"):
    print("  ", name, Counter(cells(survey, name)))
for name in ("rank_ep1", "rank_ep5", "gender", "age", "shot_first", "view_luke"):
    print("  ", name, Counter(row[name] for row in survey).most_common())

movies = read("wikipedia_us_films_1970_2023")
count = Counter(genre for row in movies for genre in row["genres"].split("|") if genre)
rare = {genre for genre, n in count.items() if n < 100}
print("wikipedia:", len(movies), "films;", len(count), "genres,", sum(count.values()), "times;", len(count) - len(rare),
      "frequent ones,", sum(n for genre, n in count.items() if genre not in rare), "times;",
      sum(not rare.isdisjoint(row["genres"].split("|")) for row in movies), "films with another;",
      {name: blank(row[name] for row in movies) for name in movies[0]}, "blanks")
