-- How psql shows the demo.
\set QUIET on
\pset border 2
\pset linestyle unicode
\pset footer off
\pset null -
\pset pager off
\timing on
\set QUIET off
