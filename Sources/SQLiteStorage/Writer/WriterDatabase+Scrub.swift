import ActivationEngine

extension WriterDatabase {
    /// How far a scrub is; the pages it has to look at are the connection's changed pages.
    struct Scrub {
        /// The page that was looked at last.
        var page: Int64 = 0
        /// Pages to be looked at before steps become larger.
        var rest = 0
        /// Pages looked at in one step.
        var stepPages = 0
        /// Another one when another program has written into the database.
        var dataVersion: Int64 = 0
    }

    /// What a step of a scrub has come to.
    enum ScrubStep {
        /// Nothing is left of what was deleted until now, or the file is none that is scrubbed.
        case done
        /// There is more to do.
        case further
        /// A reader needs old pages, or another program writes; it is to be tried again.
        case blocked
    }

    /// Notes, in a transaction that deletes a profile, that what it leaves behind has to be overwritten.
    func wantScrub() throws(StorageError) {
        try statements.wantScrub.run()
    }

    /// Does the next step of the scrub that deletions ask for: empties the log into the database and overwrites what the
    /// pages of this step do not use.
    ///
    /// SQLite may move what a page does not use to a page that was looked at, when it balances neighbours in a commit
    /// between two steps. So a page that a commit changes is looked at again. All pages are looked at, then as many as
    /// were changed meanwhile, and so on, each time in steps of twice as many pages: it ends whatever is written.
    func scrubStep() throws(StorageError) -> ScrubStep {
        if let lostWrite { throw lostWrite }
        guard try isScrubWanted() else {
            connection.changedPages = nil
            return .done
        }
        connection.waitForLocks(milliseconds: 0)
        defer { connection.waitForLocks(milliseconds: Self.lockWait) }
        guard try connection.checkpoint(.truncate) else { return .blocked }
        values.removeEmpty()
        let isNoValueLeft = try transaction { () throws(StorageError) in try overwriteNextValues() }
        guard isNoValueLeft else { return .further }
        let step: ScrubStep
        do {
            // Before anything else is written, also after an error: they hold what the file does not any more.
            defer { connection.giveUpPages() }
            step = try transaction { () throws(StorageError) in try overwriteNext() }
        }
        guard step == .done else { return step }
        connection.changedPages = nil
        // Values of whoever was deleted since may stand in files that were looked at before.
        statements.forgetScrubs.bind(1, values.files.isEmpty ? .max : values.scrub?.deletion)
        try statements.forgetScrubs.run()
        values.scrub = nil
        return try isScrubWanted() ? .further : .done
    }

    /// Whether a deletion asks for a scrub, and the file is one that can be scrubbed.
    func isScrubWanted() throws(StorageError) -> Bool {
        guard try connection.integer("SELECT EXISTS (SELECT 1 FROM scrub)") != 0 else { return false }
        // Pages of other kinds than ours, which a vacuum by hand can bring, could be taken for trees.
        guard try connection.integer("PRAGMA auto_vacuum") == 0 else { return false }
        return try connection.integer("PRAGMA page_count") < TreePage.pagesMax
    }

    /// Looks at the next pages, in a transaction that keeps other programs from writing.
    private func overwriteNext() throws(StorageError) -> ScrubStep {
        guard connection.isLogEmpty else { return .blocked }
        let dataVersion = try connection.integer("PRAGMA data_version")
        if connection.changedPages == nil || scrub.dataVersion != dataVersion {
            let all = PageSet(through: try connection.integer("PRAGMA page_count"))
            connection.changedPages = all
            scrub = Scrub(rest: all.count, stepPages: scrubPages, dataVersion: dataVersion)
        }
        if scrub.rest <= 0 {
            scrub.rest = connection.changedPages?.count ?? 0
            scrub.stepPages = min(scrub.stepPages * 2, Int(TreePage.pagesMax))
        }
        let pages = nextPages()
        try connection.overwrite(pages, pageBytes: pageBytes) { TreePage.unusedBytes(of: $0, number: $1) }
        for page in pages { connection.changedPages?.remove(page) }
        scrub.page = pages.last ?? scrub.page
        scrub.rest -= pages.count
        return connection.changedPages?.isEmpty == true ? .done : .further
    }

    private func nextPages() -> [Int64] {
        guard let changed = connection.changedPages else { return [] }
        let pages = changed.first(scrub.stepPages, after: scrub.page)
        return pages.isEmpty ? changed.first(scrub.stepPages, after: 0) : pages
    }
}
