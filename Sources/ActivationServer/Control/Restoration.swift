public import ActivationCore
public import ActivationEngine

/// That a store was put back to an earlier state, as its configuration has it (docs/decisions/0083).
///
/// What was decided after that state is not in the store, but its records may be with consumers. So revisions go on from a number that
/// nobody can have got to, and consumers that leave out what is older or has an id they know leave out nothing that is new.
public struct Restoration: Sendable, Hashable {
    /// No revision that is begun from now on is less.
    public var revisionsFrom: Int64
    /// When it was noted last.
    public var finishedAt: Timestamp

    private static let id = "latest"
    private static let revisionsFromKey = "revisionsFrom"
    /// Revisions that no profile can have in a millisecond; so few that those of this century stay far below 2^53, which JSON readers hold
    /// exactly.
    private static let revisionsInMillisecond: Int64 = 100
    /// How much further it is at least where the clock has been later once than it is now.
    private static let step: Int64 = 1 << 32
    /// What can be meant.
    private static let plausible: ClosedRange<Int64> = 1...1 << 50

    /// Reads a stored one; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .restoration, let from = entry.body[Self.revisionsFromKey]?.int64,
            Self.plausible ~= from
        else { return nil }
        (revisionsFrom, finishedAt) = (from, entry.updatedAt)
    }

    /// Notes in a store that it was put back; call it before anything is decided on the store.
    ///
    /// Also when it is called again, which does no harm.
    ///
    /// - Parameters:
    ///   - store: The store.
    ///   - scope: Under which number it keeps the configuration.
    ///   - author: Whose name stands in the history.
    ///   - time: The clock.
    ///   - ids: Where new ids come from.
    /// - Returns: What was noted; nil when no server has ever served from the store, so that nothing of it is with anybody.
    /// - Throws: `io` when the clock is of no use, `corrupt` when revisions have got too far; else the store's error.
    public static func finish(
        in store: any ControlStore,
        scope: Scope = .production,
        by author: ConfigurationChange.Author,
        time: any TimeSource,
        ids: any IDSource = RandomIDSource()
    ) async throws(StorageError) -> Restoration? {
        // Read first, so that what others change meanwhile is noticed.
        let shared = store as? any SharedConfiguration
        let version = try await shared?.configurationVersion(scope: scope)
        let organisations = try await store.objects(kind: ControlKind.organisation.rawValue, scope: scope)
        guard !organisations.isEmpty else { return nil }
        let stored = try await store.object(kind: ControlKind.restoration.rawValue, id: id, scope: scope)
        // What cannot be read is replaced by what the clock says.
        let before = stored.map { object in
            ControlEntry(object, kind: .restoration)
                ?? ControlEntry(
                    kind: .restoration,
                    id: id,
                    etag: object.etag,
                    createdAt: object.createdAt,
                    updatedAt: object.updatedAt,
                    body: [:]
                )
        }
        let now = time.now()
        let entry = try next(after: before, at: now, ids: ids)
        let changes = [
            before.map { ControlChange.update(entry.stored, expectedEtag: $0.etag) } ?? .insert(entry.stored)
        ]
        let history = [change(from: before, to: entry, by: author)]
        if let shared, let version {
            _ = try await shared.apply(changes, history: history, scope: scope, after: version, raisesCatalog: true)
        } else {
            try await store.apply(changes, history: history, scope: scope)
        }
        return Restoration(entry)
    }

    /// What is said of a stored one that is none: without it revisions would come again.
    static let unreadable = StorageError(
        .corrupt,
        "what is stored of the last restoration cannot be read, so nobody knows where revisions go on; run headwater restore-finish"
    )

    private static func next(
        after before: ControlEntry?,
        at now: Timestamp,
        ids: any IDSource
    ) throws(StorageError) -> ControlEntry {
        let (byClock, isTooLate) = now.milliseconds.multipliedReportingOverflow(by: revisionsInMillisecond)
        guard !isTooLate, plausible ~= byClock else {
            throw StorageError(
                .io,
                "the clock says \(now.rfc3339), by which revisions cannot go on; set it right"
            )
        }
        let last = before.flatMap(Restoration.init)?.revisionsFrom ?? 0
        // The clock has been later once: what is put back twice is not to get the same number twice all the same.
        let from = byClock > last ? byClock : last + step + Int64(ids.next().low % UInt64(step))
        guard plausible ~= from else {
            throw StorageError(.corrupt, "revisions have got as far as they can; restore another backup")
        }
        return ControlEntry(
            kind: .restoration,
            id: id,
            etag: EntityTag.next(after: before?.etag, ids: ids),
            createdAt: before?.createdAt ?? now,
            updatedAt: max(now, before?.updatedAt ?? now),
            body: ["name": .string("revisions from \(from)"), revisionsFromKey: .integer(from)]
        )
    }

    private static func change(
        from before: ControlEntry?,
        to entry: ControlEntry,
        by author: ConfigurationChange.Author
    ) -> ConfigurationChange {
        ConfigurationChange(
            changedAt: entry.updatedAt,
            author: author,
            action: before == nil ? .create : .update,
            kind: entry.kind.rawValue,
            id: entry.id,
            name: entry.string("name") ?? entry.id,
            difference: ChangeDifference(
                from: before.map { ChangeContent(withoutSecrets: $0.body) },
                to: ChangeContent(withoutSecrets: entry.body)
            ).stored
        )
    }
}

extension Restoration {
    /// The kind of the object in a store.
    public static let storedKind = ControlKind.restoration.rawValue

    /// Whether a stored object says where revisions go on.
    public static func isReadable(_ object: ControlObject) -> Bool {
        ControlEntry(object, kind: .restoration).flatMap(Restoration.init) != nil
    }
}

extension ControlSnapshot {
    /// The last time that the store was put back to an earlier state; nil = it never was.
    var restoration: Restoration? { entries(.restoration).lazy.compactMap(Restoration.init).first }
}
