# Films.pm: real ratings for tests of recommenders.

package Films;

use strict;
use warnings;
use Exporter 'import';
use File::Temp qw(tempdir);
use MediaML;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(load_movielens load_movietweetings);

# Load a CSV into a table pairs (user_id, item_id, hidden): ratings of films
# with at least five, of which a hash hides one in five.
sub load_pairs
{
	my ($node, $columns, $file, $user, $item) = @_;

	$node->safe_psql('postgres', qq{
		DROP TABLE IF EXISTS import, pairs;
		CREATE TABLE import ($columns);
		\\copy import FROM '$file' CSV HEADER
		CREATE TABLE pairs AS
			SELECT $user AS user_id, $item AS item_id,
				   ('x' || substr(md5($user || ':' || $item), 1, 8))::bit(32)::bigint % 5 = 0 AS hidden
			FROM import
			WHERE $item IN (SELECT $item FROM import GROUP BY $item HAVING count(*) >= 5)
			ORDER BY $user, $item});
}

# MovieLens latest-small, made of Debian's package, item_id bigint; false
# without the package.
sub load_movielens
{
	my ($node) = @_;
	my $dir = tempdir(CLEANUP => 1);
	my $deb = $ENV{MML_DSLABS_DEB};

	system_log("cd '$dir' && apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=0 -o Acquire::http::Timeout=20 download r-cran-dslabs")
		unless defined $deb;
	$deb //= (glob "$dir/*.deb")[0];
	return 0 unless defined $deb && system_log('dpkg-deb', '-x', $deb, "$dir/package") == 0;
	return 0 unless system_log("perl demo/rdata2csv.pl " .
		"$dir/package/usr/lib/R/site-library/dslabs/data/Rdata movielens > $dir/movielens.csv") == 0;
	load_pairs($node, 'film_id bigint, title text, year int, genres text, user_id bigint, rating float8, rated_at bigint',
		"$dir/movielens.csv", 'user_id', 'film_id');
	return 1;
}

# MovieTweetings, item_id text; skips the rest of the block without it.
sub load_movietweetings
{
	my ($node) = @_;

	load_pairs($node, 'user_id bigint, imdb_id text, rating int, rated_at bigint',
		shared_file('data/film/movietweetings_ratings.csv'), 'user_id', 'imdb_id');
}

1;
