extension Migration {
    /// Where values of profiles stand that are not in the database itself.
    static let profileValues = Migration(
        number: 17,
        sql: """
            -- Of a profile that is here, revision and value in its row mean nothing: its record in a value file has them.
            -- The places of 64 rows, whose number but for six bits is this one, six bytes each; zeros = nowhere.
            CREATE TABLE profile_place (number INTEGER PRIMARY KEY, places BLOB NOT NULL);

            -- The value files, and how many slots of each are written and hold somebody's value.
            CREATE TABLE value_file (number INTEGER PRIMARY KEY, used INTEGER NOT NULL, live INTEGER NOT NULL);
            """
    )
}
