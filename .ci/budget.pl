#!/usr/bin/perl
# budget.pl: how the code compares with the house budget. It warns and never
# fails: a longer function can be the better one.
#
#   .c files to 450 lines, 8 a folder; functions: median below 20 lines, nine in
#   ten below 60, none above 100; nine in ten open with a comment; tests at least
#   0.6 lines a code line

use strict;
use warnings;

my (%folder, @lengths, $commented, $code, @said);

foreach my $file (glob 'src/*.c src/*/*.c')
{
	open(my $in, '<', $file) or die "$file: $!";
	my @lines = <$in>;
	my ($start, $has_comment);

	$folder{ $file =~ s{/[^/]*$}{}r }++;
	push @said, "$file has " . @lines . ' lines' if @lines > 450;
	$code += @lines;
	for my $i (0 .. $#lines)
	{
		# a body opens at the margin, under its parameter list
		if ($lines[$i] =~ /^\{/ && $i > 1 && $lines[ $i - 1 ] =~ /\)\s*$/)
		{
			my $j = $i - 1;

			$j-- while $j > 0 && $lines[$j] !~ /^\s*$|\*\/\s*$/;
			$start = $i;
			$has_comment = $lines[$j] =~ /\*\/\s*$/;
		}
		next unless $lines[$i] =~ /^\}/ && defined $start;
		push @lengths, $i - $start + 1;
		$commented++ if $has_comment;
		push @said, "$file:" . ($start + 1) . ': a function of ' . $lengths[-1] . ' lines' if $lengths[-1] > 100;
		undef $start;
	}
}
exit 0 unless @lengths;

my $tests = 0;
foreach my $file (glob 'test/sql/*.sql test/unit/*.c test/t/*.p[lm]')
{
	open(my $in, '<', $file) or die "$file: $!";
	$tests++ while <$in>;
}
push @said, map { "$_ has $folder{$_} .c files" } grep { $folder{$_} > 8 } sort keys %folder;
@lengths = sort { $a <=> $b } @lengths;
print "warning: $_\n" foreach @said;
printf "budget: %d functions, lines median %d, 90 %% %d, max %d; %d %% commented; tests %.2f a code line\n",
	scalar @lengths, $lengths[ $#lengths / 2 ], $lengths[ $#lengths * 0.9 ], $lengths[-1],
	100 * $commented / @lengths, $tests / $code;
