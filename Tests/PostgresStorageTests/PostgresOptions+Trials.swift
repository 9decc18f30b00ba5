#if PostgreSQL
import ActivationEngine

@testable import PostgresStorage

extension PostgresServer {
    /// Removes a schema with everything in it.
    static func drop(_ schema: String, at url: String) throws {
        let connection = try PostgresConnection(PostgresOptions(url: url), name: "headwater tests")
        try connection.executeSchema("SET LOCAL lock_timeout = 0; DROP SCHEMA IF EXISTS \"\(schema)\" CASCADE")
    }
}

extension PostgresOptions {
    /// Makes every tenth commit fail as if another transaction had been first; a sequence is not rolled back, so the dice go on.
    func loseRaces(seed: UInt64) throws {
        let connection = try PostgresConnection(self, name: "headwater tests")
        try connection.executeSchema(
            """
            CREATE SEQUENCE dice;
            CREATE FUNCTION throw_dice() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF abs(hashint8extended(nextval('dice'), \(Int64(truncatingIfNeeded: seed)))) % 10 = 0 THEN
                    RAISE EXCEPTION 'another was first' USING ERRCODE = '40001';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER dice BEFORE UPDATE ON writer FOR EACH ROW WHEN (NEW.batch <> OLD.batch) EXECUTE FUNCTION throw_dice();
            """
        )
    }
}
#endif
