extension Migration {
    /// How far the commit log in front of the database has been performed in it.
    static let commitLog = Migration(
        number: 16,
        sql: """
            -- What tells this store's log from that of another one, and the number of the last entry that needs no log any more.
            CREATE TABLE commit_log (id INTEGER NOT NULL, applied INTEGER NOT NULL);
            INSERT INTO commit_log (id, applied) VALUES (random() & 0x7fffffffffffffff, 0);
            """
    )
}
