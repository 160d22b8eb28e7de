# Images that somebody has broken: an error or pixels, the server lives, and
# what was taken is given back.

use strict;
use warnings;
use Compress::Zlib qw(compress crc32);
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = mediaml_node('image', 'log_min_messages = fatal');
my $images = slurp_file('test/data/images.sql') =~ s/TEMPORARY //r;

$node->safe_psql('postgres', $images . q{
	-- what decoding ends in
	CREATE FUNCTION outcome(image bytea, width int DEFAULT 3, height int DEFAULT 3) RETURNS text LANGUAGE plpgsql AS $$
	BEGIN
		RETURN 'pixels: ' || length(mediaml.image_pixels(image, width, height));
	EXCEPTION WHEN OTHERS THEN
		RETURN SQLSTATE;
	END $$;
	-- kB of memory that this session's process has for itself
	CREATE FUNCTION resident() RETURNS bigint LANGUAGE sql AS $$
		SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s*(\d+)')::bigint
	$$});

# $script, in a session of its own that must live, ends in lines like $want
sub answers
{
	my ($name, $script, $want) = @_;
	my ($status, $stdout, $stderr) = $node->psql('postgres', $script);

	$status == 0 ? like($stdout, $want, $name) : fail("$name: status $status: $stderr");
	$node->poll_query_until('postgres', 'SELECT true');
}

my $sound = "name !~ 'large|wide'";
answers('sound', "SELECT DISTINCT outcome(file) FROM images WHERE $sound", qr/^pixels: 27$/);

# cut at each byte: nothing is made up, and no chunk or marker is left out
answers('cut at each byte', "SELECT DISTINCT outcome(substr(file, 1, i))
	FROM images, generate_series(0, length(file) - 1) i WHERE $sound", qr/^22000$/);
answers('a byte at each place left out', "SELECT bool_and(outcome(substr(file, 1, i) || substr(file, i + 2)) ~ '^(pixels: 27|22000|54000)\$')
	FROM images, generate_series(0, length(file) - 1) i WHERE $sound", qr/^t$/);
answers('each byte changed', "SELECT pg_backend_pid() AS pid \\gset
	SELECT bool_and(outcome(set_byte(file, i, v)) ~ '^(pixels: 27|22000|54000)\$')
	FROM images, generate_series(0, length(file) - 1) i, unnest(ARRAY[0, 1, 127, 128, 255]) v;
	SELECT :pid = pg_backend_pid()", qr/^t\nt$/);
answers('each bit of a PNG image turned: seen',
	"SELECT DISTINCT outcome(set_bit(file, i, 1 - get_bit(file, i)))
	FROM images, generate_series(0, 8 * length(file) - 1) i WHERE name = 'rgb'", qr/^22000$/);

# memory: as much after 20,000 broken images as after 2,000; compiled queries would add theirs
answers('no leak', "SET jit = off;
	SELECT count(outcome(substr(file, 1, length(file) - 2))) FROM images, generate_series(1, 80);
	SELECT resident() AS before \\gset
	SELECT count(outcome(substr(file, 1, length(file) - 2))), count(outcome(file)) FROM images, generate_series(1, 800);
	SELECT CASE WHEN resident() - :before < 1000 THEN 'back' ELSE resident() - :before || ' kB more' END;
	SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'mediaml image%'", qr/^back\n0$/m);

# a large image, of which the file is small
sub chunk
{
	my ($name, $data) = @_;

	return pack('N', length $data) . "$name$data" . pack('N', crc32("$name$data"));
}

# black, of sides that 8 divides; a byte before each row, in all seven passes
sub black_png
{
	my ($width, $height, $interlaced) = @_;

	return unpack('H*', "\x89PNG\r\n\x1a\n" . chunk('IHDR', pack('NNCCCCC', $width, $height, 8, 0, 0, 0, $interlaced)) .
		chunk('IDAT', compress("\0" x ($height * $width + ($interlaced ? 15 * $height / 8 : $height)))) . chunk('IEND', ''));
}

foreach my $interlaced (0, 1)
{
	my $png = black_png(8000, 8000, $interlaced);
	my $kind = $interlaced ? 'interlaced' : 'plain';

	$node->safe_psql('postgres', "CREATE TABLE large_$kind AS SELECT '\\x$png'::bytea AS file");
	answers("64 million pixels, $kind", "SELECT mediaml.image_pixels(file, 2, 1) FROM large_$kind", qr/^\\x000000000000$/);
	my $start = time;
	my ($status, $stdout, $stderr) = $node->psql('postgres',
		"SET statement_timeout = 50; SELECT mediaml.image_pixels(file, 2, 1) FROM large_$kind");
	like($stderr, qr/statement timeout/, "statement_timeout, $kind");
	cmp_ok(time - $start, '<', 2, "answered soon, $kind");
}
answers('memory is refused', "SET mediaml.max_memory = '50MB'; SELECT outcome(file) FROM large_plain; SELECT outcome(file) FROM large_interlaced",
	qr/^pixels: 27\n54000$/);

unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/, 'no crash in the log');
$node->stop;
done_testing();
