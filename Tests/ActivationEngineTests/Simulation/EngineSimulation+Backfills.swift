import ActivationCore
import ActivationEngine
import TestSupport

extension EngineSimulation {
    /// What backfills ask for at a moment, whichever of them its turn it is: turns, or their end.
    func nextBackfill(_ moment: SimulatedMoment) async throws -> Request? {
        if let ended = endings.first, moment.walk % 3 == 0 { return .backfillEnd(ended) }
        guard moment.turns > 0, let walk = walks.indices.dropFirst(moment.walk % max(walks.count, 1)).first else {
            return nil
        }
        // Now and then one ends before everybody had a turn.
        if moment.walk == Self.earlyEnd { return .backfillEnd(walks[walk].backfill) }
        while walks[walk].rows.isEmpty {
            // As they are when they are read, which may be long before they have their turn.
            let rows = try await storage.inner.profileRows(scope: .production, after: walks[walk].last, limit: 50)
            if rows.isEmpty {
                // Everybody had a turn.
                endings.append(walks[walk].backfill)
                walks.remove(at: walk)
                return nil
            }
            let order = model.catalog.backfill(walks[walk].backfill)
            let flow = model.catalog.flows.first { $0.id == order?.flow }
            // Not by the rows' numbers, which depend on where batches end.
            let looks = walks[walk].pages % 2 == 0
            walks[walk].read(rows) { row in
                guard let person = person(row.id) else { return true }
                guard looks, let order, let flow, let person = model.persons[person] else { return true }
                return model.wants(order, person, flow)
            }
        }
        return .backfill(Array(walks[walk].rows.prefix(moment.turns)), walks[walk].backfill)
    }

    /// The person that a stored profile is.
    func person(_ id: Profile.ID) -> Int? { profileIDs.first { $0.value == id }?.key }

    /// Turns in a backfill, for the model; what the engine made of them.
    func takeTurns(_ rows: [ProfileRow], _ backfill: Int, _ answer: [DecisionResult]?, see: () -> Void) throws {
        let underWay = model.underWay(backfill)
        let results = answer?.map(ReferenceModel.Outcome.init) ?? []
        try expect(
            results.allSatisfy { $0 == (underWay == nil ? .duplicate : .accepted) },
            "the turns were \(results)"
        )
        count(underWay == nil ? "turns put off" : "turns")
        for row in rows {
            guard let person = person(row.id) else { throw fail("a profile was read of nobody known") }
            rowsRead[person] = row.row
            let records = model.takeTurn(of: person, in: backfill, clock: time.now().milliseconds)
            if records > 0 {
                count(underWay?.order.unmapped.isEmpty ?? true ? "members exported in their turn" : "exits told of")
            }
            see()
        }
        guard underWay != nil, let walk = walks.firstIndex(where: { $0.backfill == backfill }) else { return }
        walks[walk].took(rows.count)
    }

    /// What was left undone is made up for, or a turn taken that was owed.
    func makeUp(for mark: ResumeMark, of person: Int, _ result: DecisionResult?) throws {
        let clock = time.now().milliseconds
        guard mark.isOwedTurn else {
            let reference = ReferenceMark(person: person, policy: mark.key.mergePolicy)
            if model.makeUp(for: reference, of: mark.key.dataflow, clock: clock) { count("records made up for") }
            return
        }
        let turn = model.takeOwedTurn(of: person, in: Int(mark.key.backfill.uuid.low), clock: clock)
        if let turn, turn.isDone { count("owed turns") }
        if let turn, turn.records > 0 { count("records of owed turns") }
        guard let result else { return }
        let outcome: ReferenceModel.Outcome = turn?.isDone ?? false ? .accepted : .duplicate
        try expect(
            ReferenceModel.Outcome(result) == outcome,
            "a turn that person \(person) is owed was \(result) where \(outcome) was expected"
        )
    }

    /// No more turns come.
    func end(_ backfill: Int) {
        count("backfills ended")
        model.endBackfill(backfill)
        endings.removeAll { $0 == backfill }
        walks.removeAll { $0.backfill == backfill }
    }

    /// Follows the orders of a new configuration.
    func follow(_ orders: [ReferenceBackfill]) {
        let new = orders.filter { model.catalog.backfill($0.number) == nil }
        walks += new.map { SimulatedWalk($0) }
        let gone = walks.map(\.backfill).filter { walk in
            !orders.contains { $0.number == walk && $0.wish != .cancelled }
        }
        walks.removeAll { gone.contains($0.backfill) }
        endings += gone.filter { walk in orders.contains { $0.number == walk } }
        endings.removeAll { ending in !orders.contains { $0.number == ending } }
    }

    /// Compares how far backfills are, and the turns that are owed.
    func checkBackfills() async throws {
        let progress = try await storage.inner.backfillProgress(scope: .production)
        for order in model.catalog.backfills {
            let place = model.places[order.number] ?? 0
            let row = place == .max ? Int64.max : rowsRead[place] ?? 0
            let found = progress[order.id]?.row ?? 0
            try expect(found == row, "backfill \(order.number) is at row \(found) where \(row) was expected")
        }
    }
}
