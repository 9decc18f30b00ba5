extension Migration {
    /// Dead letters are found by their profile, and what deletions leave behind is known until it is overwritten.
    static let erasure = Migration(
        number: 5,
        sql: """
            CREATE INDEX dead_letter_profile ON dead_letter (profile);

            -- Deletions after which the file has not been scrubbed.
            CREATE TABLE scrub (number INTEGER PRIMARY KEY);
            """
    )
}
