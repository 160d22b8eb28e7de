#!/usr/bin/perl
#
# rdata2csv.pl - one data frame out of an R package's data, as CSV for COPY
#
#	perl rdata2csv.pl DIR/Rdata movielens > movielens.csv
#
# R keeps the data of a package in two files, DIR/Rdata.rdx and DIR/Rdata.rdb.
# The first is a serialized list whose element "variables" says, for each
# object, where in the second it begins and how many bytes it takes.  There,
# four bytes give the length before compression, the rest is zlib.  What comes
# out is R's serialization in XDR: big-endian words, each object headed by a
# word whose low byte is its type.  See "R Internals", 1.8 Serialization
# Formats, and src/main/serialize.c of R.
#
# Only what a data frame is made of is read: vectors of integers, logicals,
# doubles and strings, factors, lists and their attributes.  Anything else is
# an error.  NA becomes an unquoted empty field, which COPY reads as NULL.
#
use strict;
use warnings;
use Compress::Zlib qw(uncompress memGunzip);

use constant {
	SYMBOL    => 1,
	PAIRLIST  => 2,
	CHARS     => 9,
	LOGICAL   => 10,
	INTEGER   => 13,
	REAL      => 14,
	STRINGS   => 16,
	LIST      => 19,
	NIL       => 254,
	REFERENCE => 255,
	HAS_ATTR  => 1 << 9,
	HAS_TAG   => 1 << 10,
	LATIN1    => 1 << 14,
	NA_INT    => -2**31,
	NA_REAL   => "\x7f\xf0\x00\x00\x00\x00\x07\xa2",	# a NaN carrying 1954
};

my ($stem, $name) = @ARGV;
die "usage: rdata2csv.pl DIR/Rdata OBJECT\n" unless defined $name;

print_csv(load_object($stem, $name));


# ---- The two files ----------------------------------------------------------

sub load_object
{
	my ($stem, $name) = @_;

	my $index = unserialize(memGunzip(slurp("$stem.rdx"))
		  // die "$stem.rdx: not compressed by gzip\n");
	my $place = field(field($index, 'variables'), $name)
	  // die "$stem.rdx: no object named \"$name\"\n";
	my ($offset, $length) = @{ $place->{value} };

	# uncompress() expects zlib's data after the length word
	my $packed = substr(slurp("$stem.rdb"), $offset + 4, $length - 4);
	return unserialize(uncompress($packed)
		  // die "$stem.rdb: \"$name\" is not compressed by zlib\n");
}

sub slurp
{
	my ($path) = @_;

	open(my $file, '<:raw', $path) or die "$path: $!\n";
	local $/;
	return scalar <$file>;
}


# ---- R's serialization ------------------------------------------------------
#
# An object is { type, value, attr }; value is an array of its elements, undef
# standing for NA, and attr maps the attributes' names to objects.

my ($bytes, $at, @symbols);

sub unserialize
{
	($bytes, $at, @symbols) = (shift, 0);

	die "not R's XDR serialization\n" unless take(2) eq "X\n";
	my ($version) = integers(3);	# and two versions of R
	take((integers(1))[0]) if $version == 3;	# the native encoding's name
	die "serialization version $version is not known\n"
	  unless $version == 2 || $version == 3;
	return object();
}

sub take
{
	my ($n) = @_;

	die "the data end too early\n" if $n < 0 || $at + $n > length $bytes;
	$at += $n;
	return substr($bytes, $at - $n, $n);
}

sub integers { return unpack('l>*', take(4 * $_[0])) }

sub object
{
	my ($flags) = integers(1);
	my $type = $flags & 0xff;

	return { type => NIL, value => [], attr => {} } if $type == NIL;
	return symbol() if $type == SYMBOL;
	return $symbols[ ($flags >> 8 || (integers(1))[0]) - 1 ]
	  if $type == REFERENCE;
	return pairlist($flags) if $type == PAIRLIST;

	my ($n) = integers(1);
	return $n < 0 ? undef : text($flags, take($n)) if $type == CHARS;

	my $self = { type => $type, attr => {} };
	if ($type == INTEGER || $type == LOGICAL)
	{
		$self->{value} =
		  [ map { $_ == NA_INT ? undef : $_ } integers($n) ];
	}
	elsif ($type == REAL)
	{
		$self->{value} = [ map { real(take(8)) } 1 .. $n ];
	}
	elsif ($type == STRINGS || $type == LIST)
	{
		$self->{value} = [ map { object() } 1 .. $n ];
	}
	else
	{
		die "objects of R's type $type are not read here\n";
	}
	$self->{attr} = object() if $flags & HAS_ATTR;
	return $self;
}

# Symbols are numbered as they appear; later mentions are references.
sub symbol
{
	push @symbols, object();
	return $symbols[-1];
}

# A chain of (attributes, tag, value), here always tagged: a hash.
sub pairlist
{
	my ($flags) = @_;
	my %pairs;

	while (($flags & 0xff) == PAIRLIST)
	{
		object() if $flags & HAS_ATTR;
		my $tag = $flags & HAS_TAG ? object() : '';
		$pairs{$tag} = object();
		($flags) = integers(1);
	}
	return \%pairs;
}

# Strings say their encoding in their flags; we write UTF-8.
sub text
{
	my ($flags, $string) = @_;

	utf8::encode($string) if $flags & LATIN1;
	return $string;
}

sub real
{
	my ($word) = @_;

	# the quiet bit may be set on the way through a processor
	return undef if ($word & "\xff\xf7" . "\xff" x 6) eq NA_REAL;
	return sprintf '%.15g', unpack('d>', $word);
}

sub field
{
	my ($list, $name) = @_;
	my $names = $list->{attr}{names}{value};

	for my $i (0 .. $#$names)
	{
		return $list->{value}[$i] if $names->[$i] eq $name;
	}
	return undef;
}


# ---- CSV --------------------------------------------------------------------

sub print_csv
{
	my ($frame) = @_;

	die "not a data frame\n"
	  unless ($frame->{attr}{class}{value}[-1] // '') eq 'data.frame';
	my @columns = map { column($_) } @{ $frame->{value} };

	binmode STDOUT;
	print join(',', map { quote($_) } @{ $frame->{attr}{names}{value} }), "\n";
	for my $row (0 .. $#{ $columns[0] })
	{
		print join(',', map { $_->[$row] } @columns), "\n";
	}
	close STDOUT or die "writing: $!\n";
}

# One column as ready fields.
sub column
{
	my ($vector) = @_;
	my $value = $vector->{value};
	my $levels = $vector->{attr}{levels};	# of a factor, counted from 1

	$value = [ map { defined ? $levels->{value}[ $_ - 1 ] : undef } @$value ]
	  if $levels;
	return [ map { $_ // '' } @$value ]
	  unless $levels || $vector->{type} == STRINGS;
	return [ map { defined ? quote($_) : '' } @$value ];
}

sub quote
{
	my ($string) = @_;

	$string =~ s/"/""/g;
	return qq("$string");
}
