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
# the last four bytes are the checksum of an end without content, which not every libpng looks at
answers('each bit of a PNG image turned: seen',
	"SELECT DISTINCT outcome(set_bit(file, i, 1 - get_bit(file, i)))
	FROM images, generate_series(0, 8 * (length(file) - 4) - 1) i WHERE name = 'rgb'", qr/^22000$/);

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
# every form of PNG there could be: those of the standard are read, no other is
sub png_form
{
	my ($kind, $depth, $interlaced, $before, $width, $height) = @_;
	my $channels = { 0 => 1, 2 => 3, 3 => 1, 4 => 2, 6 => 4 }->{$kind} // 1;
	my @passes = $interlaced ? ([0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]) : ([0, 0, 1, 1]);
	my $data = '';

	foreach my $pass (@passes)
	{
		my ($x, $y, $dx, $dy) = @$pass;
		my $columns = int(($width - $x + $dx - 1) / $dx);
		my $rows = int(($height - $y + $dy - 1) / $dy);

		$data .= ("\0" . "\x5A" x int(($columns * $channels * $depth + 7) / 8)) x $rows if $columns > 0;
	}
	return unpack('H*', "\x89PNG\r\n\x1a\n" . chunk('IHDR', pack('NNCCCCC', $width, $height, $depth, $kind, 0, 0, $interlaced)) .
		$before . chunk('IDAT', compress($data)) . chunk('IEND', ''));
}

# what comes of files, each as [name, hex]: lines "outcome: name, name"
sub outcomes
{
	my $rows = join(', ', map { "('$_->[0]', '\\x$_->[1]'::bytea)" } @_);
	my ($status, $stdout, $stderr) = $node->psql('postgres',
		"SELECT outcome(file) || ': ' || string_agg(name, ', ' ORDER BY name COLLATE \"C\")
		FROM (VALUES $rows) f (name, file) GROUP BY outcome(file) ORDER BY 1");

	return $status == 0 ? $stdout : "status $status: $stderr";
}

my $palette = chunk('PLTE', "\x10\x20\x30\xF0\xE0\xD0" x 128);
foreach my $interlaced (0, 1)
{
	my @forms;

	foreach my $kind (0 .. 7)
	{
		push @forms, map { ["$kind.$_", png_form($kind, $_, $interlaced, $kind == 3 && $_ > 0 && $_ <= 8 ? chunk('PLTE', 'abc' x 2**$_) : '', 9, 7)] } 0, 1, 2, 3, 4, 8, 16, 32;
	}
	like(outcomes(@forms), qr/^22000: .*\npixels: 27: 0.1, 0.16, 0.2, 0.4, 0.8, 2.16, 2.8, 3.1, 3.2, 3.4, 3.8, 4.16, 4.8, 6.16, 6.8$/,
		"those of the standard, interlaced $interlaced");
}

# a transparent colour, a palette too short for its pixels or none, what comes twice or in no order
my %odd = (
	'clear grey' => [0, 4, chunk('tRNS', "\0\5")],
	'clear grey out of range' => [0, 4, chunk('tRNS', "\xFF\xFF")],
	'clear wide grey' => [0, 16, chunk('tRNS', "\x5A\x5A")],
	'clear rgb' => [2, 8, chunk('tRNS', "\0\x5A\0\x5A\0\x5A")],
	'clear wide rgb' => [2, 16, chunk('tRNS', "\x5A" x 6)],
	'clear, too short' => [2, 8, chunk('tRNS', "\0")],
	'clear entries, too many' => [3, 8, chunk('PLTE', 'abc') . chunk('tRNS', "\0" x 256)],
	'clear entries before a palette' => [3, 8, chunk('tRNS', "\0") . $palette],
	'palette of one' => [3, 8, chunk('PLTE', 'abc')],
	'palette twice' => [3, 8, $palette . $palette],
	'palette of 257' => [3, 8, chunk('PLTE', 'abc' x 257)],
	'palette that ends early' => [3, 8, chunk('PLTE', 'abcd')],
	'no palette' => [3, 8, ''],
	'palette of grey' => [0, 8, $palette],
	'header twice' => [0, 8, chunk('IHDR', pack('NNCCCCC', 1000000, 1000000, 16, 6, 0, 0, 0))],
	'unknown and needed' => [0, 8, chunk('ABCD', 'x')],
	'unknown' => [0, 8, chunk('abCd', 'x' x 70000)],
	'text that unpacks to much' => [0, 8, chunk('zTXt', "a\0\0" . compress("\0" x 50_000_000))],
	'profile that unpacks to much' => [0, 8, chunk('iCCP', "a\0\0" . compress("\0" x 50_000_000))]);
my $odd_want = '22000: header twice, no palette, palette of 257, palette that ends early, palette twice, unknown and needed
pixels: 27: clear entries before a palette, clear entries, too many, clear grey, clear grey out of range, clear rgb, ' .
	'clear wide grey, clear wide rgb, clear, too short, palette of grey, palette of one, profile that unpacks to much, ' .
	'text that unpacks to much, unknown';
foreach my $interlaced (0, 1)
{
	is(outcomes(map { [$_, png_form(@{ $odd{$_} }[0, 1], $interlaced, $odd{$_}[2], 9, 7)] } sort keys %odd), $odd_want, "odd chunks, interlaced $interlaced");
}

# sizes that are none
is(outcomes(map { ["@$_", png_form(0, 1, 0, '', 1, 1) =~ s/(?<=49484452).{16}/unpack('H*', pack('NN', @$_))/er] } [0, 1], [1, 0], [2**31, 1], [2**32 - 1, 2**32 - 1]),
	'22000: 0 1, 1 0, 2147483648 1, 4294967295 4294967295', 'sizes of PNG');
answers("sizes and depths of JPEG", "SELECT head, string_agg(DISTINCT outcome(decode(regexp_replace(encode(file, 'hex'), '(ffc[0-9a]00(?:0b|11|14))08.{8}', '\\1' || head), 'hex')), ', ')
	FROM images, unnest(ARRAY['0800000010', '0800080000', '0800080010', '08ffffffff', '0cffff0001', '0c00080010', '1000080010']) AS head
	WHERE name LIKE 'jpeg%' GROUP BY head ORDER BY head", qr/^0800000010\|22000\n0800080000\|22000\n0800080010\|pixels: 27\n(\w{10}\|22000\n?){4}$/);

answers('memory is refused', "SET mediaml.max_memory = '50MB'; SELECT outcome(file) FROM large_plain; SELECT outcome(file) FROM large_interlaced",
	qr/^pixels: 27\n54000$/);

unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/, 'no crash in the log');
$node->stop;
done_testing();
