import ActivationEngine

extension WriterDatabase {
    /// Bytes of the database looked at in one step, so that commits get their turn in between.
    private static let scrubBytes: Int64 = 16 << 20

    /// How often all pages are gone through.
    ///
    /// SQLite may move what no page uses to a page that was looked at already, when it balances neighbours in a commit
    /// between two steps; the second pass meets that, unless it is moved once more.
    private static let scrubPasses = 2

    /// How far a scrub is.
    struct Scrub: Sendable {
        /// Deletions up to this one are what it is for.
        var deletion: Int64
        /// The page to go on with.
        var page: Int64 = 1
        /// How often all pages were gone through.
        var passes = 0
        /// Whether it is done.
        var isDone = false
    }

    /// The scrub that the last deletion asks for; nil when everything deleted is gone from the files, or the file is
    /// too large to be scrubbed.
    func scrubWanted() throws(StorageError) -> Scrub? {
        let deletion = try connection.integer("SELECT ifnull(max(number), 0) FROM scrub")
        // Pages of other kinds than ours, which a vacuum by hand can bring, could be taken for trees.
        guard deletion > 0, try connection.integer("PRAGMA page_count") < TreePage.pagesMax,
            try connection.integer("PRAGMA auto_vacuum") == 0
        else { return nil }
        return Scrub(deletion: deletion)
    }

    /// Notes, in a transaction that deletes a profile, that what it leaves behind has to be overwritten.
    func wantScrub() throws(StorageError) {
        try statements.wantScrub.run()
    }

    /// Does the next step of a scrub: empties the log into the database and overwrites what no page uses.
    ///
    /// - Returns: Whether it came further; not while a reader needs old pages, then it is to be tried again.
    func scrubStep(_ scrub: inout Scrub) throws(StorageError) -> Bool {
        if let lostWrite = connection.lostWrite { throw lostWrite }
        connection.waitForLocks(milliseconds: 0)
        defer { connection.waitForLocks(milliseconds: Self.lockWait) }
        guard try connection.checkpoint(.truncate) else { return false }
        let last = try connection.integer("PRAGMA page_count")
        guard last < TreePage.pagesMax else {
            scrub.isDone = true
            return true
        }
        if scrub.page <= last {
            let end = min(scrub.page + max(Self.scrubBytes / Int64(pageBytes), 1) - 1, last)
            try connection.overwrite(scrub.page...end, pageBytes: pageBytes) {
                TreePage.unusedBytes(of: $0, number: $1)
            }
            scrub.page = end + 1
            return true
        }
        scrub.passes += 1
        guard scrub.passes >= Self.scrubPasses else {
            scrub.page = 1
            return true
        }
        statements.forgetScrub.bind(1, scrub.deletion)
        try statements.forgetScrub.run()
        scrub.isDone = true
        return true
    }
}
