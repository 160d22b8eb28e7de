# What the catalogs say of mediaml: every object is described and safe to call.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('catalog');

# $query must answer no rows; those it does answer break the rule $rule.
sub no_rows
{
	my ($rule, $query) = @_;

	is($node->safe_psql('postgres', $query), '', $rule);
}

my $members = q{
	CREATE VIEW member AS
		SELECT d.classid, d.objid,
			   pg_describe_object(d.classid, d.objid, 0) AS name
		FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
			  AND e.extname = 'mediaml';
	CREATE VIEW member_function AS
		SELECT m.name, p.*, l.lanname
		FROM member m JOIN pg_proc p ON p.oid = m.objid
			 JOIN pg_language l ON l.oid = p.prolang
		WHERE m.classid = 'pg_proc'::regclass};

$node->safe_psql('postgres', $members);

cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM member_function'),
	'>', 0, 'the extension has functions');

# Since 17 the types that tables and other types bring with them are members too.
no_rows('every object has a comment', q{
	SELECT m.name FROM member m LEFT JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
		 LEFT JOIN pg_class c ON c.oid = t.typrelid
	WHERE obj_description(m.objid, m.classid::regclass::name) IS NULL
		  AND t.typcategory IS DISTINCT FROM 'A' AND coalesce(c.relkind, 'c') = 'c' ORDER BY 1});

no_rows('every object lies in the schema mediaml', q{
	SELECT m.name FROM member m, pg_identify_object(m.classid, m.objid, 0) i
	WHERE i.schema IS NOT NULL AND i.schema <> 'mediaml' ORDER BY 1});

no_rows('no SECURITY DEFINER and nothing leakproof', q{
	SELECT name FROM member_function WHERE prosecdef OR proleakproof ORDER BY 1});

no_rows('symbols of C functions resolve and begin with mml_', q{
	SELECT name, prosrc FROM member_function, fmgr_c_validator(oid)
	WHERE lanname = 'c' AND prosrc !~ '^mml_' ORDER BY 1});

no_rows('other functions are bound at creation or fix their search_path', q{
	SELECT name FROM member_function
	WHERE lanname NOT IN ('c', 'internal') AND prosqlbody IS NULL
		  AND prokind <> 'p'	-- one that has a search_path of its own could not commit
		  AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)
	ORDER BY 1});

no_rows('input and output functions of types are strict and not volatile', q{
	SELECT f.name FROM pg_type t JOIN member m
		ON m.objid = t.oid AND m.classid = 'pg_type'::regclass
		JOIN member_function f
		ON f.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend)
	WHERE NOT f.proisstrict OR f.provolatile = 'v' ORDER BY 1});

no_rows('an immutable function is parallel safe', q{
	SELECT name FROM member_function
	WHERE prokind = 'f' AND provolatile = 'i' AND proparallel <> 's' ORDER BY 1});

no_rows('an aggregate that gathers rows is never parallel nor a window function', q{
	SELECT f.name FROM member_function f JOIN pg_aggregate a ON a.aggfnoid = f.oid
	WHERE a.aggcombinefn = 0 AND a.aggtranstype = 'internal'::regtype
		  AND (f.proparallel <> 'u' OR a.aggfinalmodify <> 'w') ORDER BY 1});

no_rows('an aggregate that combines is parallel safe', q{
	SELECT f.name FROM member_function f JOIN pg_aggregate a ON a.aggfnoid = f.oid
	WHERE a.aggcombinefn <> 0 AND f.proparallel <> 's' ORDER BY 1});

no_rows('every table has a primary key and is dumped', q{
	SELECT m.name FROM member m JOIN pg_class c ON c.oid = m.objid
		 JOIN pg_extension e ON e.extname = 'mediaml'
	WHERE m.classid = 'pg_class'::regclass AND c.relkind = 'r'
		  AND (NOT coalesce(c.oid = ANY (e.extconfig), false)
			   OR NOT EXISTS (SELECT FROM pg_constraint k
							  WHERE k.conrelid = c.oid AND k.contype = 'p'))
	ORDER BY 1});

# What takes a model takes a name, by the same C function. Those that make a model of
# models take models, and the parts of drift() and train() what these have looked up.
no_rows('what takes a model takes its name', q{
	SELECT m.name FROM member_function m
	WHERE m.proargtypes[0] = 'bytea'::regtype AND m.proargnames[1] NOT IN ('onnx', 'image')
		  AND m.proname NOT IN ('calibrated', 'feature_map', 'pipeline',
				'drift_compare', 'drift_counts', 'drift_model', 'drift_of',
			'model_classes', 'model_groups', 'model_positive', 'model_reads', 'model_rows', 'model_task', 'training_middle')
		  AND NOT EXISTS (
				SELECT FROM member_function n
				WHERE n.proname = m.proname AND n.prosrc = m.prosrc AND n.pronargs = m.pronargs
					  AND n.proargtypes[0] = 'text'::regtype
					  AND (m.pronargs = 1 OR n.proargtypes[1 : m.pronargs - 1] = m.proargtypes[1 : m.pronargs - 1])
					  AND n.provolatile = CASE m.provolatile WHEN 'i' THEN 's' ELSE m.provolatile END
					  AND (n.proparallel, n.proisstrict, n.procost, n.prorows, n.prorettype)
						= (m.proparallel, m.proisstrict, m.procost, m.prorows, m.prorettype)
					  AND (n.proargnames, pg_get_expr(n.proargdefaults, 0))
						IS NOT DISTINCT FROM (m.proargnames, pg_get_expr(m.proargdefaults, 0)))
	ORDER BY 1});

my $named = $node->safe_psql('postgres', q{
	SELECT string_agg(DISTINCT m.proname, ' ' ORDER BY m.proname) FROM member_function m JOIN member_function n USING (proname, prosrc)
	WHERE m.proargtypes[0] = 'bytea'::regtype AND n.proargtypes[0] = 'text'::regtype});
my ($section) = slurp_file('docs/registry.md') =~ /^## Names in place of models\n(.*?) take a name\./sm;

is(join(' ', sort $section =~ /`(\w+)`/g), $named, 'docs/registry.md lists what takes a name');

# The functions that the tables of a document list in their first column.
sub tabled
{
	my ($file) = @_;
	my %names;

	foreach my $table (slurp_file($file) =~ /^\| function \| description \| since \|\n((?:\|.*\n)+)/mg)
	{
		foreach my $cell ($table =~ /^\|(.*?)\|/mg)
		{
			next if $cell =~ /\*\*/;    # a heading
			$names{$_} = 1 foreach $cell =~ /`(\w+)/g;
		}
	}
	return keys %names;
}

my %functions = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', 'SELECT DISTINCT proname FROM member_function');
my %listed = map { $_ => 1 } tabled('README.md');
my @files = glob 'docs/*.md';

is(join(' ', grep { !$functions{$_} } sort keys %listed), '', 'README.md lists functions that there are');
foreach my $file (@files)
{
	is(join(' ', grep { $functions{$_} && !$listed{$_} } sort(tabled($file))), '', "README.md lists all functions of $file");
}

my $readme = slurp_file('README.md');

is(join(' ', grep { index($readme, "]($_") < 0 } @files), '', 'README.md leads to every document');

# A function that is not strict meets NULLs; it may refuse them, not crash. An
# aggregate meets no rows, and rows of NULLs.
my $calls = $node->safe_psql('postgres', q{
	SELECT format('SELECT %s%s.%I(%s) %s',
				  CASE WHEN proretset THEN '* FROM ' END, pronamespace::regnamespace, proname,
				  (SELECT string_agg(format('NULL::%s', CASE t::regtype::text
							WHEN 'anyarray' THEN 'float8[]'
							WHEN 'anycompatiblearray' THEN 'float8[]'
							WHEN 'anyelement' THEN 'int'
							WHEN 'anycompatible' THEN 'int'
							WHEN 'record' THEN 'pg_am'
							ELSE t::regtype::text END), ', ' ORDER BY i)
				   FROM unnest(proargtypes) WITH ORDINALITY AS u (t, i)),
				  rows)
	FROM member_function, (VALUES ('a', 'FROM generate_series(1, 0)'),
						   ('a', 'FROM generate_series(1, 3)'), ('f', '')) AS k (kind, rows)
	WHERE kind = prokind AND NOT ('internal'::regtype = ANY (proargtypes) OR proisstrict)
		  AND NOT (prorettype IN ('internal'::regtype, 'trigger'::regtype))
	ORDER BY 1});
my @crashes;

foreach my $call (split /\n/, $calls)
{
	my ($status, undef, $stderr) = $node->psql('postgres', $call);

	push @crashes, $call if $status == 2 || $stderr =~ /server closed the connection/;
	$node->poll_query_until('postgres', 'SELECT true') if $status == 2;
}
is("@crashes", '', 'no function crashes on NULLs, no aggregate on no rows');

$node->stop;
done_testing();
