import ActivationCore
import Logging

/// Keeps a schedule in the control store: the position, which every step moves, and each share and pass, which only
/// change when something happens to them.
struct EvaluationStore: Sendable {
    private typealias Key = ControlJournal.Key
    private typealias Body = ControlJournal.Body

    private let journal: ControlJournal

    private static let position = Key(kind: "evaluationPosition", id: "position")
    private static let expiry = Key(kind: ExpiryVisit.kind, id: "visit")
    static let kinds = [
        EvaluationShare.kind, EvaluationPass.kind, expiry.kind, DatasetRemoval.kind, position.kind,
    ]

    init(control: any ControlStore, scope: Scope) {
        journal = ControlJournal(control: control, scope: scope, kinds: Self.kinds)
    }

    /// Reads the stored schedule.
    ///
    /// Versions before schedules knew neither timers nor what is kept of events; audiences that they evaluated are
    /// evaluated once more, so that every profile gets both.
    ///
    /// - Returns: The schedule as it is stored, and as it goes on.
    func read(logger: Logger) async throws(StorageError) -> (stored: EvaluationSchedule, schedule: EvaluationSchedule) {
        var stored = EvaluationSchedule()
        var position: EvaluationPosition?
        var earlier = Set<Audience.ID>()
        for object in try await journal.objects() {
            if object.kind == EvaluationShare.kind, let share = EvaluationShare(beforeSchedules: object) {
                stored.shares[share.audience] = share
                earlier.insert(share.audience)
            } else if object.kind == EvaluationShare.kind, let share = EvaluationShare(object) {
                stored.shares[share.audience] = share
            } else if object.kind == EvaluationPass.kind, let pass = EvaluationPass(object) {
                stored.passes[pass.id] = pass
            } else if object.kind == ExpiryVisit.kind, let visit = ExpiryVisit(object) {
                stored.expiry = visit
            } else if object.kind == DatasetRemoval.kind, let removal = DatasetRemoval(object) {
                stored.removals[removal.dataset] = removal
            } else if object.kind == Self.position.kind, let read = Self.position(object) {
                position = read
            } else {
                logger.warning("Evaluation not readable", metadata: ["object.id": "\(object.kind) \(object.id)"])
            }
        }
        stored.position = position ?? .start
        var schedule = stored
        schedule.shares = schedule.shares.filter { !earlier.contains($0.key) }
        schedule.beginAnewWhatIsLost(hasPosition: position != nil)
        if !earlier.isEmpty {
            logger.notice(
                "Audiences are evaluated once more after the upgrade",
                metadata: ["audiences": "\(earlier.count)"]
            )
        }
        return (stored, schedule)
    }

    /// Makes a schedule durable in one transaction, writing no more than what differs from the one that is stored.
    func write(_ schedule: EvaluationSchedule, over stored: EvaluationSchedule, now: Timestamp)
        async throws(StorageError)
    {
        try await journal.write(Self.differences(schedule, from: stored), now: now)
    }

    private static func position(_ object: ControlObject) -> EvaluationPosition? {
        // What cannot be parsed is no position.
        (try? JSONDocument(parsing: object.body)).flatMap { EvaluationPosition($0.root) }
    }

    /// What has to be written; nil = goes away.
    private static func differences(
        _ new: EvaluationSchedule,
        from old: EvaluationSchedule
    ) -> [(Key, Body?)] {
        var objects: [(Key, Body?)] = []
        if new.position != old.position { objects.append((position, Body(json: new.position.json))) }
        if new.expiry != old.expiry { objects.append((expiry, new.expiry.map { Body(json: $0.json) })) }
        for id in Set(new.removals.keys).union(old.removals.keys) where new.removals[id] != old.removals[id] {
            let key = Key(kind: DatasetRemoval.kind, id: id)
            objects.append((key, new.removals[id].map { Body(json: $0.json, createdAt: $0.startedAt) }))
        }
        for id in Set(new.shares.keys).union(old.shares.keys) where new.shares[id] != old.shares[id] {
            let key = Key(kind: EvaluationShare.kind, id: id.uuid.description)
            objects.append((key, new.shares[id].map { Body(json: $0.json) }))
        }
        for id in Set(new.passes.keys).union(old.passes.keys) where new.passes[id] != old.passes[id] {
            let key = Key(kind: EvaluationPass.kind, id: id.uuid.description)
            objects.append((key, new.passes[id].map { Body(json: $0.json, createdAt: $0.createdAt) }))
        }
        return objects
    }
}

extension EvaluationSchedule {
    /// Lets begin anew what did not begin at or before the position that was read.
    fileprivate mutating func beginAnewWhatIsLost(hasPosition: Bool) {
        let position = position
        func isLost(_ start: EvaluationPosition?) -> Bool {
            start.map { !hasPosition || !$0.isAtOrBefore(position) } ?? false
        }
        shares = shares.filter { !isLost($1.start) }
        if isLost(expiry?.start) { expiry = nil }
        removals = removals.filter { !isLost($1.start) }
        for (id, pass) in passes where isLost(pass.start) {
            var anew = EvaluationPass(id: id, audiences: pass.audiences, createdAt: pass.createdAt)
            anew.startedAt = pass.startedAt
            passes[id] = anew
        }
    }
}
