// mediaml from Node.js: node with_node.js NAME
// npm's package pg finds the server by PGHOST, PGPORT, PGUSER, PGDATABASE.

const { Client } = require('pg');

const name = process.argv[2];
const viewer = 7;
const listener = '8f14e45f-ceea-167a-5a36-dedd4bea2543';

async function main(db) {
  const rows = async (text, values) => (await db.query(text, values)).rows;

  const [made] = await rows(
    `SELECT DISTINCT version, deployed
     FROM mediaml.train($1, 'logistic_regression', $2, target => $3, id => 'id', options => $4)`,
    [name, 'SELECT id, hours, plan, left_us FROM viewers', 'left_us', { l2: 0 }]);
  console.log('train:', made.version, made.deployed ? 'deployed' : 'not deployed');

  const [row] = await rows(
    `SELECT mediaml.predict_proba_row($1, v) AS chance
     FROM (SELECT $2::float8 AS hours, $3::text AS plan) AS v`, [name, 21.5, 'family']);
  console.log('row:', row.chance.toFixed(4));

  const [reason] = await rows(
    'SELECT e.feature, e.value FROM viewers AS v, mediaml.explain($1, v, $2) AS e WHERE v.id = 5', [name, 1]);
  console.log('reason:', reason.feature, reason.value);

  // A statement with a name is prepared once. Parameters go without types, arrays as text.
  const label = { name: 'label', text: 'SELECT mediaml.predict_label($1, $2) AS label' };
  for (let i = 0; i < 6; i++)
    await db.query({ ...label, values: ['plain', [i, 1]] });
  const array = await db.query({ ...label, values: ['plain', [21.5, 1]] });
  console.log('array:', array.rows[0].label);

  const [all] = await rows('SELECT mediaml.predict_proba_all($1, $2) AS classes', ['plain', [21.5, 1]]);
  console.log('classes:', ...all.classes.map((p) => p.toFixed(4)));

  // A bigint comes as a text, since numbers of JavaScript do not hold it.
  const best = await rows('SELECT item_id FROM mediaml.recommend($1, $2) ORDER BY rank', [viewer, 3]);
  console.log('films:', ...best.map((r) => r.item_id));

  const some = await rows('SELECT item_id FROM mediaml.recommend($1, $2, candidates => $3) ORDER BY rank',
    [viewer, 3, [3, 4, 11, 28, 34]]);
  console.log('candidates:', ...some.map((r) => r.item_id));

  const others = await rows('SELECT item_id FROM mediaml.recommend($1, $2, exclude => $3) ORDER BY rank',
    [viewer, 3, [33, 3]]);
  console.log('excluded:', ...others.map((r) => r.item_id));

  const similar = await rows('SELECT item_id FROM mediaml.similar_items($1, $2, $3) ORDER BY rank', ['films', 11, 3]);
  console.log('similar:', ...similar.map((r) => r.item_id));

  const songs = await rows('SELECT item_key FROM mediaml.recommend($1, $2, $3) ORDER BY rank', [listener, 2, 'songs']);
  console.log('songs:', ...songs.map((r) => r.item_key));

  // A cursor: rows come a hundred at a time.
  await db.query('BEGIN');
  await db.query('DECLARE everybody CURSOR FOR SELECT user_id, rank, item_id FROM mediaml.recommend_all(k => 5)');
  let last;
  for (;;) {
    const piece = await rows('FETCH 100 FROM everybody');
    if (piece.length === 0)
      break;
    last = piece[piece.length - 1];
  }
  await db.query('COMMIT');
  console.log('everybody:', last.user_id, last.rank, last.item_id);

  // Without ::bytea a Buffer would be taken for the name of a model.
  const [{ model }] = await rows(`SELECT model FROM mediaml.model_data WHERE name = 'plain' AND version = 1`);
  const [{ register }] = await rows('SELECT mediaml.register($1, $2)', [`${name} copy`, model]);
  console.log('model:', register, model.length);
  const [bytes] = await rows('SELECT mediaml.predict_label($1::bytea, $2) AS label', [model, [21.5, 1]]);
  console.log('bytes:', bytes.label);
}

(async () => {
  const db = new Client();
  await db.connect();
  try {
    await main(db);
  } finally {
    await db.end();
  }
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
