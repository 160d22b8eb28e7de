// mediaml from Java: java -cp /usr/share/java/postgresql.jar WithJdbc.java URL NAME
// with a URL as jdbc:postgresql://127.0.0.1:5432/media?user=app, and PGPASSWORD.

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;
import java.util.StringJoiner;
import java.util.UUID;

public class WithJdbc {
	static final long VIEWER = 7;
	static final UUID LISTENER = UUID.fromString("8f14e45f-ceea-167a-5a36-dedd4bea2543");

	// The first column of all rows, a blank between them.
	static String column(PreparedStatement statement) throws SQLException {
		StringJoiner items = new StringJoiner(" ");
		try (ResultSet rows = statement.executeQuery()) {
			while (rows.next())
				items.add(rows.getString(1));
		}
		return items.toString();
	}

	static void train(Connection db, String name) throws SQLException {
		try (PreparedStatement train = db.prepareStatement(
				"SELECT DISTINCT version, deployed FROM mediaml.train(?, 'logistic_regression', ?, "
				+ "target => ?, id => 'id', options => ?::jsonb)")) {
			train.setString(1, name);
			train.setString(2, "SELECT id, hours, plan, left_us FROM viewers");
			train.setString(3, "left_us");
			train.setString(4, "{\"l2\": 0}");
			try (ResultSet rows = train.executeQuery()) {
				rows.next();
				System.out.println("train: " + rows.getInt(1) + (rows.getBoolean(2) ? " deployed" : " not deployed"));
			}
		}
	}

	static void predict(Connection db, String name) throws SQLException {
		try (PreparedStatement row = db.prepareStatement(
				"SELECT mediaml.predict_proba_row(?, v) FROM (SELECT ?::float8 AS hours, ?::text AS plan) AS v")) {
			row.setString(1, name);
			row.setDouble(2, 21.5);
			row.setString(3, "family");
			try (ResultSet rows = row.executeQuery()) {
				rows.next();
				System.out.printf("row: %.4f%n", rows.getDouble(1));
			}
		}
		try (PreparedStatement why = db.prepareStatement(
				"SELECT concat_ws(' ', e.feature, e.value) FROM viewers AS v, mediaml.explain(?, v, ?) AS e WHERE v.id = 5")) {
			why.setString(1, name);
			why.setLong(2, 1);
			System.out.println("reason: " + column(why));
		}
		try (PreparedStatement array = db.prepareStatement("SELECT mediaml.predict_label(?, ?)")) {
			array.setString(1, "plain");
			array.setArray(2, db.createArrayOf("float8", new Double[] {21.5, 1.0}));
			for (int i = 0; i < 6; i++)		// from the fifth on the driver keeps it prepared in the server
				column(array);
			System.out.println("array: " + column(array));
		}
		try (PreparedStatement all = db.prepareStatement("SELECT mediaml.predict_proba_all(?, ?::float8[])")) {
			all.setString(1, "plain");
			all.setString(2, "{21.5,1}");	// text, so it needs the cast
			try (ResultSet rows = all.executeQuery()) {
				rows.next();
				Double[] classes = (Double[]) rows.getArray(1).getArray();
				System.out.printf("classes: %.4f %.4f%n", classes[0], classes[1]);
			}
		}
	}

	static void recommend(Connection db) throws SQLException {
		try (PreparedStatement best = db.prepareStatement("SELECT item_id FROM mediaml.recommend(?, ?) ORDER BY rank")) {
			best.setLong(1, VIEWER);
			best.setInt(2, 3);				// setLong is as good
			System.out.println("films: " + column(best));
		}
		try (PreparedStatement some = db.prepareStatement(
				"SELECT item_id FROM mediaml.recommend(?, ?, candidates => ?) ORDER BY rank")) {
			some.setLong(1, VIEWER);
			some.setLong(2, 3);
			some.setArray(3, db.createArrayOf("bigint", new Long[] {3L, 4L, 11L, 28L, 34L}));
			System.out.println("candidates: " + column(some));
		}
		try (PreparedStatement others = db.prepareStatement(
				"SELECT item_id FROM mediaml.recommend(?, ?, exclude => ?) ORDER BY rank")) {
			others.setString(1, "" + VIEWER);	// text is read as the type of the users' ids
			others.setLong(2, 3);
			others.setArray(3, db.createArrayOf("int", new Integer[] {33, 3}));
			System.out.println("excluded: " + column(others));
		}
		try (PreparedStatement similar = db.prepareStatement("SELECT item_id FROM mediaml.similar_items(?, ?, ?) ORDER BY rank")) {
			similar.setString(1, "films");
			similar.setLong(2, 11);
			similar.setLong(3, 3);
			System.out.println("similar: " + column(similar));
		}
		try (PreparedStatement songs = db.prepareStatement("SELECT item_key FROM mediaml.recommend(?, ?, ?) ORDER BY rank")) {
			songs.setObject(1, LISTENER);
			songs.setInt(2, 2);
			songs.setString(3, "songs");
			System.out.println("songs: " + column(songs));
		}
		db.setAutoCommit(false);			// or all rows would come at once
		try (PreparedStatement all = db.prepareStatement("SELECT user_id, rank, item_id FROM mediaml.recommend_all(k => ?)")) {
			all.setLong(1, 5);
			all.setFetchSize(100);
			String last = null;
			try (ResultSet rows = all.executeQuery()) {
				while (rows.next())
					last = rows.getLong(1) + " " + rows.getInt(2) + " " + rows.getLong(3);
			}
			System.out.println("everybody: " + last);
		}
		db.commit();
		db.setAutoCommit(true);
	}

	static void bytes(Connection db, String name) throws SQLException {
		byte[] model;
		try (PreparedStatement read = db.prepareStatement(
				"SELECT model FROM mediaml.model_data WHERE name = 'plain' AND version = 1");
				ResultSet rows = read.executeQuery()) {
			rows.next();
			model = rows.getBytes(1);
		}
		try (PreparedStatement register = db.prepareStatement("SELECT mediaml.register(?, ?)")) {
			register.setString(1, name + " copy");
			register.setBytes(2, model);
			System.out.println("model: " + column(register) + " " + model.length);
		}
		try (PreparedStatement label = db.prepareStatement("SELECT mediaml.predict_label(?, ?)")) {
			label.setBytes(1, model);
			label.setArray(2, db.createArrayOf("float8", new Double[] {21.5, 1.0}));
			System.out.println("bytes: " + column(label));
		}
	}

	public static void main(String[] args) throws SQLException {
		Properties login = new Properties();
		login.setProperty("password", System.getenv("PGPASSWORD"));
		try (Connection db = DriverManager.getConnection(args[0], login)) {
			train(db, args[1]);
			predict(db, args[1]);
			recommend(db);
			bytes(db, args[1]);
		}
	}
}
