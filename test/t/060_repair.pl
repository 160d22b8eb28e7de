# Repairing scalars on real film data: what was repaired, counted.

use strict;
use warnings;
use MediaML;
use Test::More;

my $node = mediaml_node('repair');

# Load a CSV with all its columns as text.
sub load_text
{
	my ($table, $file, @columns) = @_;
	my $columns = join(', ', map { "$_ text" } @columns);

	$node->safe_psql('postgres', "CREATE TABLE $table ($columns);
		\\copy $table FROM '$file' CSV HEADER");
}

# $query answers $expected; tables are found without the schema mediaml.
sub answers
{
	my ($query, $expected, $name) = @_;

	is($node->safe_psql('postgres', "SET search_path = mediaml, public; $query"), $expected, $name);
}

SKIP:
{
	my $file = shared_file('data/film/bechdel_movies.csv');

	load_text('bechdel', $file, qw(year imdb title test clean_test bin budget domgross intgross
		code budget_2013 domgross_2013 intgross_2013 period decade));
	answers(q{SELECT count(*), count(parse_number(budget)), count(parse_number(domgross)), count(parse_number(intgross)),
			count(*) FILTER (WHERE (domgross = '#N/A') <> (parse_number(domgross) IS NULL)) FROM bechdel},
		'1794|1794|1777|1783|0', 'Bechdel: amounts, and 28 "#N/A" that are none');
	answers(q{SELECT count(*) FILTER (WHERE clean_text(title) <> title), count(*) FILTER (WHERE clean_text(title) ~ '&#?\w+;'),
			count(*) FILTER (WHERE clean_text(clean_text(title)) <> clean_text(title)) FROM bechdel},
		'99|0|0', 'Bechdel: 98 titles with entities and one with a stray blank');
}

SKIP:
{
	my $file = shared_file('data/film/biopics.csv');

	load_text('biopics', $file, qw(title site country year_release box_office director number_of_subjects subject
		type_of_subject race_known subject_race person_of_color subject_sex lead));
	answers(q{SELECT count(*), count(parse_number(box_office)), count(*) FILTER (WHERE box_office = '-'),
			sum(parse_number(box_office)), count(*) FILTER (WHERE parse_number(box_office) IS DISTINCT FROM
				(replace(replace(nullif(trim(box_office, '$'), '-'), 'M', 'e6'), 'K', 'e3'))::numeric) FROM biopics},
		'761|437|324|10042773040|0', 'biopics: 437 amounts of dollars, 324 dashes');
	answers(q{SELECT count(*), count(*) FILTER (WHERE v ~ '[ÃÅ]'), count(*) FILTER (WHERE clean_text(v) ~ '[ÃÂ]')
			FROM biopics, unnest(ARRAY[title, country, director, subject, type_of_subject, subject_race, lead]) AS v
			WHERE clean_text(v) <> v},
		'82|49|2', 'biopics: 82 texts repaired, two of them had lost a letter before');
	answers(q{SELECT string_agg(DISTINCT clean_text(director), ', ') FROM biopics WHERE director LIKE 'Jean-Marc Vall%'},
		'Jean-Marc Vallée', 'biopics: encoded twice and thrice, one director');
}

SKIP:
{
	my $file = shared_file('data/film/daily_show_guests.csv');

	load_text('guests', $file, qw(year occupation show grp guest));
	answers(q{SELECT count(parse_date(show)), count(parse_date(show, 'mdy')), count(d), min(d), max(d),
			count(*) FILTER (WHERE extract(year FROM d)::text <> year)
			FROM guests, LATERAL (SELECT parse_date(show, 'mdy', years_from => 1990)) AS s (d)},
		'0|0|2693|1999-01-11|2015-08-05|0', 'Daily Show: 2693 dates of two-digit years, none by guessing');
}

SKIP:
{
	my $file = shared_file('data/film/star_wars_survey.csv');
	open(my $in, '<', $file) or die "$file: $!";
	my @columns = map { "c$_" } 1 .. scalar(split /,/, <$in>);

	load_text('survey', $file, @columns);
	answers(q{SELECT count(*), count(parse_number(c1)), count(c10), count(parse_number(c10)),
			count(c35), count(parse_number(c35)), count(c36), count(parse_number(c36)),
			count(*) FILTER (WHERE clean_text(survey::text) <> survey::text) FROM survey},
		'1186|1186|835|835|1046|0|858|0|0', 'Star Wars: ids and ranks are numbers, ranges of age and income none');
}

SKIP:
{
	my $file = shared_file('data/film/wikipedia_us_films_1970_2023.csv');

	load_text('wikipedia', $file, qw(title year actors genres page));
	answers(q{SELECT count(*) FROM wikipedia, unnest(ARRAY[title, actors, genres, page]) AS v WHERE clean_text(v) <> v},
		'4', 'Wikipedia: four texts repaired');
	answers(q{SELECT count(*) FROM (SELECT 1 FROM wikipedia GROUP BY title_key(title), year HAVING count(DISTINCT title) > 1) AS t},
		'1', 'Wikipedia: in the same year one pair of titles has one key');
	skip 'no bechdel_movies.csv', 1 unless $node->safe_psql('postgres', q{SELECT to_regclass('bechdel')});
	answers(q{SELECT count(*) FILTER (WHERE b.title = w.title), count(*) FILTER (WHERE clean_text(b.title) = clean_text(w.title)), count(*)
			FROM bechdel AS b JOIN wikipedia AS w ON title_key(b.title) = title_key(w.title) AND b.year = w.year},
		'1389|1461|1532', 'Bechdel and Wikipedia: pairs joined by title, by clean title, by key');
}

# A long text answers a timeout, one of accents too.
my (undef, undef, $stderr) = $node->psql('postgres', q{SET statement_timeout = '300ms';
	SELECT mediaml.clean_text(repeat(E'\u0316\u0301', 10000000))});
like($stderr, qr/canceling statement due to statement timeout/, 'a timeout is answered');

# A database that is not UTF-8
$node->safe_psql('postgres',
	q{CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0});
$node->safe_psql('latin', 'CREATE EXTENSION mediaml');
is($node->safe_psql('latin', q{SET client_encoding = 'UTF8';
	SELECT mediaml.clean_text('AmÃ©lie &eacute;'), octet_length(mediaml.clean_text('AmÃ©lie')),
		mediaml.title_key('Amélie'), mediaml.parse_number('£1.5M'), mediaml.parse_date('12 août 1998')}),
	'Amélie é|6|amelie|1500000|1998-08-12', 'LATIN1');
(undef, undef, $stderr) = $node->psql('latin', q{SELECT mediaml.clean_text('&#8217;')});
like($stderr, qr/has no equivalent in encoding "LATIN1"/, 'a character that LATIN1 does not have');

$node->stop;
done_testing();
