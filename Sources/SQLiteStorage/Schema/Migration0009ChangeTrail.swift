extension Migration {
    /// Profiles of the stored form 6, which hold their last changes; they are written with a profile's next change.
    static let changeTrail = Migration(number: 9, sql: "")
}
