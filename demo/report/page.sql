-- The page: its style, and its sections in order.

CREATE FUNCTION report.style() RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN '
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2430; --faint: #5b6675; --rule: #d9dee6; --panel: #f6f8fb;
        --more: #2463c9; --less: #b4530a; --heat: 36 99 201; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161c; --ink: #e4e9f0; --faint: #9aa6b5; --rule: #323b47; --panel: #1a2028;
          --more: #4f8ff0; --less: #cf7f3a; --heat: 110 168 255; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 60rem; background: var(--paper); color: var(--ink);
       font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; text-wrap: balance; }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.25rem; }
header p, section p { margin: .4rem 0; max-width: 46rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0; }
dl div { padding: .6rem .8rem; background: var(--panel); border-radius: .5rem; }
dt, .note, footer { color: var(--faint); font-size: .85rem; }
dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: 1rem; margin-top: 1rem; }
figure { margin: 1rem 0 0; padding: .8rem; background: var(--panel); border-radius: .5rem; }
.side figure, .side .wide { margin: 0; }
figcaption { margin-bottom: .5rem; font-weight: 600; }
.note { margin: .5rem 0 0; line-height: 1.4; }
.wide { margin-top: 1rem; overflow-x: auto; }
@media (max-width: 44rem) { .wide table { min-width: 42rem; } .side .wide table { min-width: 0; } }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
caption { padding: 0 0 .4rem; text-align: left; color: var(--faint); }
caption span { position: sticky; left: 0; display: block; max-width: calc(100vw - 2rem); }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
thead th { color: var(--faint); font-weight: 600; }
tbody th { font-weight: 600; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.heat th, .heat td { border: 0; padding: .8rem .5rem; text-align: center; }
.heat tbody td { background: rgb(var(--heat) / calc(var(--share) * .6)); border: 2px solid var(--panel); border-radius: .4rem; }
.heat strong, .heat small { display: block; }
.heat strong { font-size: 1.2rem; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
svg .small { fill: var(--faint); font-size: 11px; }
svg .large { font-size: 17px; font-weight: 600; }
svg .middle { text-anchor: middle; }
svg .end { text-anchor: end; }
.grid { stroke: var(--rule); }
.axis { stroke: var(--faint); }
.diagonal { stroke: var(--faint); stroke-dasharray: 4 4; }
.curve { fill: none; stroke: var(--more); stroke-width: 2; stroke-linejoin: round; }
.area { fill: var(--more); opacity: .12; }
.mark, .more { fill: var(--more); }
.less { fill: var(--less); }
.rest { fill: var(--rule); }
.whisker { stroke: var(--ink); stroke-width: 1.5; }
@media print { body { max-width: none; } figure { break-inside: avoid; } }
';

CREATE FUNCTION report.section(title text, introduction text, VARIADIC parts xml[]) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN xmlelement(NAME section, xmlelement(NAME h2, title), xmlelement(NAME p, introduction),
                      (SELECT xmlagg(part ORDER BY place) FROM unnest(parts) WITH ORDINALITY AS p (part, place)));

-- Parts beside each other where there is room.
CREATE FUNCTION report.side(VARIADIC parts xml[]) RETURNS xml
    LANGUAGE sql IMMUTABLE
    RETURN xmlelement(NAME div, xmlattributes('side' AS class),
                      (SELECT xmlagg(part ORDER BY place) FROM unnest(parts) WITH ORDINALITY AS p (part, place)));

CREATE VIEW report.header AS
SELECT xmlelement(NAME header,
           xmlelement(NAME h1, 'What viewers like, learned inside PostgreSQL'),
           xmlelement(NAME p, to_char(now() AT TIME ZONE 'UTC',
               '"Real ratings of films (MovieLens latest-small), models trained and judged in the database "'
               '"by the extension mediaml, and this page written by SQL on "YYYY-MM-DD" at "HH24:MI" UTC."')),
           xmlelement(NAME dl, (
               SELECT xmlagg(xmlelement(NAME div, xmlelement(NAME dt, what), xmlelement(NAME dd, value)) ORDER BY place)
               FROM (VALUES (1, 'ratings', (SELECT report.num(count(*)) FROM ratings)),
                            (2, 'viewers', (SELECT report.num(count(*)) FROM viewers)),
                            (3, 'films', (SELECT report.num(count(*)) FROM films)),
                            (4, 'models', (SELECT report.num(count(*)) FROM mediaml.deployed_models)),
                            (5, 'mediaml', (SELECT version FROM mediaml.build_info())),
                            (6, 'PostgreSQL', (SELECT split_part(postgresql, ' ', 1) FROM mediaml.build_info()))
                    ) AS f (place, what, value)))
       ) AS html;

CREATE VIEW report.body AS
SELECT xmlelement(NAME body, (SELECT html FROM report.header), xmlelement(NAME main,
    report.section('What is the model worth?',
        format('It says how likely a viewer is to rate a film 4 or more, from what the viewer and others said before. '
               'One viewer in five was held out whole, and these are the numbers on their %s later ratings. '
               'The baseline says the same of everybody.', (SELECT report.num(count(*)) FROM report.judged)),
        (SELECT html FROM report.metrics),
        report.side((SELECT html FROM report.roc), (SELECT html FROM report.calibration), (SELECT html FROM report.confusion))),

    report.section('What makes a viewer like a film?',
        'Coefficients of the logistic regression, the surest first, with 95 % intervals. '
        'Ratings of one viewer hang together, so these are a little narrower than they should be.',
        report.side((SELECT html FROM report.coefficients), (SELECT html FROM report.coefficients_table))),

    report.section('The audience in groups',
        'Groups of k-means over what the viewers watch and how they rate, named by their first two genres. '
        'Bars are how far a group lies from the mean of all viewers, in standard deviations: '
        'the four highest columns and the two lowest.',
        report.side((SELECT html FROM report.audience))),

    report.section('Which recommender?',
        'One rating in five was hidden, the rest learned from, and ten films recommended to everybody out of the whole '
        'catalogue: how many of the hidden ones came back. Lines are 95 % intervals over viewers; '
        'each picture has its own scale.',
        report.side((SELECT html FROM report.methods)), (SELECT html FROM report.methods_table)),

    report.section(format('Ten films for viewer %s', (SELECT user_id FROM report.viewer)),
        format('By %s, the best of them, from the viewer’s ratings as they are now.',
               (SELECT name FROM mediaml.recommenders WHERE is_default)),
        (SELECT html FROM report.recommendations), (SELECT html FROM report.favourites)),

    report.section('Versions and runs',
        'Each model is a version of a name, kept with its digest; training is noted with its end.',
        (SELECT html FROM report.versions), (SELECT html FROM report.runs))),

    xmlelement(NAME footer, xmlelement(NAME p,
        'Data: F. Maxwell Harper and Joseph A. Konstan, The MovieLens Datasets: History and Context. '
        'ACM Transactions on Interactive Intelligent Systems 5 (4), 2015.'))) AS html;

-- Parsed once more as a document, so that a page which is not well-formed is an error.
CREATE VIEW report.page AS
SELECT xmlserialize(DOCUMENT xmlparse(DOCUMENT E'<!DOCTYPE html>\n' || xmlserialize(CONTENT
           xmlelement(NAME html, xmlattributes('en' AS lang),
               xmlelement(NAME head,
                   xmlelement(NAME meta, xmlattributes('utf-8' AS charset)),
                   xmlelement(NAME meta, xmlattributes('viewport' AS name, 'width=device-width, initial-scale=1' AS content)),
                   xmlelement(NAME title, 'What viewers like, learned inside PostgreSQL'),
                   xmlelement(NAME style, report.style())),
               html) AS text)) AS text) AS html
FROM report.body;
