/// What the URL of a database says beside where it is.
enum DatabaseURL {
    /// Names the database, its password perhaps among it; neither is ever printed.
    static let variable = "HEADWATER_DATABASE"

    /// Messages of one batch, whose profiles are locked in the database until it is committed.
    static let batchMessagesMax = 500

    /// Whether a password stands in it: before the host, or among the parameters.
    static func holdsPassword(_ url: String) -> Bool {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count > 1, parts[1].split(separator: "&").contains(where: { $0.hasPrefix("password=") }) {
            return true
        }
        let place = parts[0].split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        guard let end = place.lastIndex(of: "@") else { return false }
        return place[..<end].contains(":")
    }
}
