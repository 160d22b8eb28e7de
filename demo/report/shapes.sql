-- What the page is made of: numbers as text, tables, and shapes of SVG. All are
-- values of type xml, so that texts are escaped and tags are closed.

-- ---- Numbers --------------------------------------------------------------

-- A number with so many digits behind the point; a dash where there is none.
CREATE FUNCTION report.num(value float8, digits integer DEFAULT 0) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(CASE WHEN value < 0 THEN '−' ELSE '' END
                    || to_char(abs(round(value::numeric, digits)), rtrim('FM999,999,990.' || repeat('0', digits), '.')), '–');

-- The same with its sign.
CREATE FUNCTION report.signed(value float8, digits integer) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN value >= 0 THEN '+' ELSE '' END || report.num(value, digits);

CREATE FUNCTION report.percent(share float8, digits integer DEFAULT 0) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN report.num(100 * share, digits) || ' %';

CREATE FUNCTION report.interval(low float8, high float8, digits integer) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN low IS NULL THEN '–' ELSE report.num(low, digits) || ' to ' || report.num(high, digits) END;

-- ---- Tables ---------------------------------------------------------------

-- The cells of a row.
CREATE FUNCTION report.cells(columns text[], "row" jsonb) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN (SELECT xmlagg(CASE WHEN place = 1 THEN xmlelement(NAME th, xmlattributes('row' AS scope), cell)
                               WHEN columns[place] LIKE '#%' THEN xmlelement(NAME td, xmlattributes('number' AS class), cell)
                               ELSE xmlelement(NAME td, cell) END ORDER BY place)
            FROM (SELECT coalesce(text, '–') AS cell, place
                  FROM jsonb_array_elements_text("row") WITH ORDINALITY AS t (text, place)) AS c);

-- A table: names of columns, a # before those of numbers, and rows as an array of
-- arrays of texts. The first cell of a row is its head. Where the screen is narrow
-- it scrolls by itself.
CREATE FUNCTION report.table(caption text, columns text[], "rows" jsonb) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN xmlelement(NAME div, xmlattributes('wide' AS class, '0' AS tabindex, 'region' AS role, caption AS "aria-label"),
        xmlelement(NAME table,
            xmlelement(NAME caption, xmlelement(NAME span, caption)),
            xmlelement(NAME thead, xmlelement(NAME tr, (
                SELECT xmlagg(xmlelement(NAME th,
                                  xmlattributes('col' AS scope, CASE WHEN name LIKE '#%' THEN 'number' END AS class),
                                  ltrim(name, '#')) ORDER BY place)
                FROM unnest(columns) WITH ORDINALITY AS c (name, place)))),
            xmlelement(NAME tbody, (
                SELECT xmlagg(xmlelement(NAME tr, report.cells(columns, row)) ORDER BY place)
                FROM jsonb_array_elements("rows") WITH ORDINALITY AS r (row, place)))));

-- ---- Shapes ---------------------------------------------------------------

-- A coordinate: tenths of a unit are fine enough.
CREATE FUNCTION report.at(value float8) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN round(value::numeric, 1);

CREATE FUNCTION report.line(x1 float8, y1 float8, x2 float8, y2 float8, class text) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN xmlelement(NAME line, xmlattributes(report.at(x1) AS x1, report.at(y1) AS y1, report.at(x2) AS x2,
                                               report.at(y2) AS y2, class AS class));

CREATE FUNCTION report.bar(x float8, y float8, width float8, height float8, class text) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN xmlelement(NAME rect, xmlattributes(report.at(x) AS x, report.at(y) AS y, report.at(width) AS width,
                                               report.at(height) AS height, class AS class));

-- A dot, with a text that shows while the mouse rests on it.
CREATE FUNCTION report.dot(x float8, y float8, radius float8, class text, hint text) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN xmlelement(NAME circle, xmlattributes(report.at(x) AS cx, report.at(y) AS cy, report.at(radius) AS r,
                                                 class AS class),
                      xmlelement(NAME title, hint));

-- A text; its class says where it begins (none), or that it ends or is centred there.
CREATE FUNCTION report.label(x float8, y float8, content text, class text DEFAULT NULL) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN xmlelement(NAME text, xmlattributes(report.at(x) AS x, report.at(y) AS y, class AS class), content);

-- A picture under its title, with a description for who cannot see it and a note
-- for everybody. Units are those of a phone's screen.
CREATE FUNCTION report.figure(id text, title text, description text, width integer, height integer, shapes xml,
                              note text DEFAULT NULL) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN xmlelement(NAME figure,
        xmlelement(NAME figcaption, title),
        xmlelement(NAME svg, xmlattributes(format('0 0 %s %s', width, height) AS "viewBox", 'img' AS role,
                                           format('%s-title %s-desc', id, id) AS "aria-labelledby"),
            xmlelement(NAME title, xmlattributes(id || '-title' AS id), title),
            xmlelement(NAME desc, xmlattributes(id || '-desc' AS id), description),
            shapes),
        CASE WHEN note IS NOT NULL THEN xmlelement(NAME p, xmlattributes('note' AS class), note) END);

-- Where a share lies in a plot of shares against shares.
CREATE FUNCTION report.share_x(value float8) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN 46 + 238 * value;
CREATE FUNCTION report.share_y(value float8) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN 250 - 238 * value;

-- The empty plot: grid, numbers, and the diagonal.
CREATE FUNCTION report.share_axes(x_title text, y_title text) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN xmlconcat(
        (SELECT xmlagg(xmlconcat(
             report.line(report.share_x(v), report.share_y(0), report.share_x(v), report.share_y(1), 'grid'),
             report.line(report.share_x(0), report.share_y(v), report.share_x(1), report.share_y(v), 'grid'),
             report.label(report.share_x(v), 267, report.num(v, 2), 'middle small'),
             report.label(41, report.share_y(v) + 4, report.num(v, 2), 'end small')))
         FROM unnest('{0,0.25,0.5,0.75,1}'::float8[]) AS v),
        report.line(report.share_x(0), report.share_y(0), report.share_x(1), report.share_y(1), 'diagonal'),
        report.label(report.share_x(0.5), 287, x_title, 'middle'),
        xmlelement(NAME g, xmlattributes(format('translate(11 %s) rotate(-90)', report.share_y(0.5)) AS transform),
            report.label(0, 0, y_title, 'middle')));

-- Points of shares as SVG's polyline wants them.
CREATE FUNCTION report.share_point(x float8, y float8) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN report.at(report.share_x(x)) || ',' || report.at(report.share_y(y));
