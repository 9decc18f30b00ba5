import ActivationCore

/// At which revisions profiles were read or performed of late, so that a commit need not read them again; whoever changes them in
/// the database notes it.
struct ReadRevisions {
    private struct Known {
        var id: Profile.ID
        var revision: Int64
    }

    private var newer: [Int64: Known] = [:]
    private var older: [Int64: Known] = [:]

    /// Profiles that are remembered before the older half is forgotten.
    private static let halfMax = 16_384

    /// Remembers what a row held.
    mutating func note(_ profile: StoredProfile) {
        if newer.count >= Self.halfMax { (older, newer) = (newer, [:]) }
        newer[profile.row] = Known(id: profile.id, revision: profile.revision)
    }

    /// Whether a row held a profile at a revision; nil when it was not read of late.
    func holds(_ profile: Profile.ID, at revision: Int64, in row: Int64) -> Bool? {
        (newer[row] ?? older[row]).map { $0.id == profile && $0.revision == revision }
    }
}
