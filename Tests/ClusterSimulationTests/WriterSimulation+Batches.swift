import ActivationCore
import ActivationEngine
import StorageCommon
import TestSupport

/// How a writer works off what it is given, as the pipeline does.
extension WriterSimulation {
    private static let datasets = DatasetDictionary(names: ["crm"])

    mutating func takeUp(_ index: Int) throws {
        guard !writers[index].isBusy, !writers[index].queue.isEmpty else { return }
        let count = min(Int.random(in: 1...5, using: &random), writers[index].queue.count)
        let taken = Array(writers[index].queue.prefix(count))
        writers[index].queue.removeFirst(count)
        let now = max(clock(of: writers[index].node), writers[index].admission.instant)
        writers[index].admission.instant = now
        writers[index].pieces = [Piece(requests: taken, now: now)]
        writers[index].recovery = BatchRecovery()
        writers[index].isBusy = true
        try goOn(index)
    }

    /// Begins with what is next.
    mutating func goOn(_ index: Int) throws {
        writers[index].turn += 1
        guard !writers[index].pieces.isEmpty else {
            writers[index].isBusy = false
            return try takeUp(index)
        }
        if writers[index].connection == nil { connect(index) } else { try begin(index) }
    }

    /// What comes of an answer counts only while nothing else has happened to the writer since it asked.
    private mutating func answer(_ index: Int, _ turn: Int, _ action: @escaping Action) {
        reach(writers[index].node) { simulation in
            guard simulation.writers[index].turn == turn else { return }
            try action(&simulation)
        }
    }

    // MARK: Connections

    /// Connects, takes the writer's row, and finds out by it what became of a commit that was not answered.
    mutating func connect(_ index: Int) {
        let (node, turn, number) = (writers[index].node, writers[index].turn, writers[index].number)
        ask { simulation in
            guard simulation.nodes[node].isAlive, simulation.writers[index].turn == turn else { return }
            let connection = simulation.database.connect(node: node)
            simulation.writers[index].pending = connection
            let take: SimulatedDatabase.Step = .perform { database, id throws(StorageError) in
                database.note(in: id) { transaction in
                    transaction.effects.append { content, _ in content.writers[number]?.epoch += 1 }
                }
            }
            try simulation.run([.lock(.writer(number)), take, .commit], on: connection) { simulation, result in
                simulation.answer(index, turn) { simulation in
                    simulation.writers[index].pending = nil
                    guard case .success = result else { return try simulation.goOn(index) }
                    simulation.writers[index].connection = connection
                    try simulation.took(index)
                }
            }
        }
    }

    private mutating func took(_ index: Int) throws {
        // As of the transaction that took it: nobody else changes it.
        guard let row = database.content.writers[writers[index].number] else { return }
        writers[index].epoch = row.epoch
        if row.batch < writers[index].acknowledged {
            count("losses noticed")
            losers.remove(index)
            return endForGood(writers[index].node)
        }
        if losers.contains(index) { throw violation("writer \(index) goes on after a loss") }
        guard let (number, attempt) = writers[index].uncertain else {
            writers[index].batch = max(writers[index].batch, row.batch)
            writers[index].acknowledged = max(writers[index].acknowledged, row.batch)
            return try goOn(index)
        }
        writers[index].uncertain = nil
        count("fates looked up")
        if row.batch >= number, !setup.faults.contains(.fateBelieved) { return try committed(index, attempt, number) }
        try goOn(index)
    }

    /// A writer learns that its connection is closed.
    mutating func noticeClosed(_ connection: Int, isExpired: Bool) throws {
        guard let index = writers.firstIndex(where: { $0.connection == connection || $0.pending == connection }) else {
            return
        }
        (writers[index].connection, writers[index].pending) = (nil, nil)
        guard writers[index].isBusy else {
            writers[index].turn += 1
            return connect(index)
        }
        if isExpired, writers[index].uncertain == nil { return try fail(index, .expired) }
        try goOn(index)
    }

    /// Closes a connection; its node learns of it.
    mutating func close(_ connection: Int, isExpired: Bool = false) {
        guard let node = database.connections[connection]?.node else { return }
        database.close(connection)
        reach(node) { try $0.noticeClosed(connection, isExpired: isExpired) }
    }

    // MARK: Transactions

    typealias Done = (inout WriterSimulation, Result<LoadedState, StorageError>) throws -> Void

    /// Lets the server run steps, and tells what came of them.
    mutating func run(_ steps: [SimulatedDatabase.Step], on connection: Int, _ done: @escaping Done) throws {
        let id = database.run(steps, on: connection)
        endings[id] = done
        after(0...1) { try $0.advance(id) }
    }

    /// Lets a transaction do its next step.
    mutating func advance(_ id: Int) throws {
        guard let transaction = database.transactions[id], transaction.waitsFor == nil else { return }
        switch database.advance(id) {
        case .goesOn:
            // A commit waits for a standby.
            let isSlow = Int.random(in: 0..<(database.isAboutToCommit(id) ? 4 : 16), using: &random) == 0
            after(0...(isSlow ? 80 : 1)) { try $0.advance(id) }
        case .waits:
            let waits = database.transactions[id]?.waits
            // `lock_timeout`
            after(3_000...3_000) { simulation in
                guard let transaction = simulation.database.transactions[id], transaction.waitsFor != nil,
                    transaction.waits == waits
                else { return }
                simulation.database.end(id)
                simulation.count("lock time-outs")
                try simulation.finish(id, transaction.connection, .failure(StorageError(.expired, "lock")))
            }
        case .failed(let error): try finish(id, transaction.connection, .failure(error))
        case .finished(let isCommitted):
            if !isCommitted { watch(id) }
            try takeNotice()
            try finish(id, transaction.connection, .success(transaction.loaded))
        }
    }

    private mutating func finish(_ id: Int, _ connection: Int, _ result: Result<LoadedState, StorageError>) throws {
        guard let done = endings.removeValue(forKey: id), database.connections[connection]?.isOpen == true else {
            return
        }
        try done(&self, result)
    }

    /// Ends a transaction in which nothing happens: `idle_in_transaction_session_timeout`.
    private mutating func watch(_ id: Int) {
        let programs = database.transactions[id]?.programs
        after(2_000...2_000) { simulation in
            guard let transaction = simulation.database.transactions[id], transaction.programs == programs,
                simulation.database.isIdle(id)
            else { return }
            simulation.count("expired")
            simulation.close(transaction.connection, isExpired: true)
        }
    }

    // MARK: Beginning

    private mutating func begin(_ index: Int) throws {
        guard let connection = writers[index].connection, let piece = writers[index].pieces.last else { return }
        let inputs = piece.requests.map { Input(cause: $0.cause, now: piece.now) }
        let (identities, profiles) = DecisionBatch.requirements(of: inputs)
        let (faults, order, turn) = (setup.faults, random.next(), writers[index].turn)
        tell(connection) { simulation in
            let find: SimulatedDatabase.Step = .perform { database, id throws(StorageError) in
                let content = database.content
                let rows = Set(
                    identities.compactMap { content.identities[$0] } + profiles.compactMap { content.rows[$0] }
                )
                var ordered = rows.sorted()
                if faults.contains(.locksWithoutOrder) {
                    var generator = SeededGenerator(seed: order)
                    ordered.shuffle(using: &generator)
                }
                let locks = ordered.map { SimulatedDatabase.Step.lock(.profile($0)) }
                database.insert(faults.contains(.nothingLocked) ? [] : locks, in: id)
                database.note(in: id) {
                    $0.loaded.profiles = rows.map {
                        StoredProfile(row: $0, id: Profile.ID(uuid: UUIDBytes(high: 0, low: 0)), revision: 0, value: [])
                    }
                    // Rows, until those are known that are there when they are locked.
                    $0.loaded.identityProfiles = identities.map { content.identities[$0].map { Int($0) } }
                }
            }
            let read: SimulatedDatabase.Step = .perform { database, id throws(StorageError) in
                let content = database.content
                // Those that were waited for are read as they are now; some are gone.
                let found = database.transactions[id]?.loaded ?? LoadedState()
                let rows = Set(found.profiles.map(\.row))
                let held = rows.sorted().compactMap { content.profiles[$0] }
                let places = Dictionary(uniqueKeysWithValues: held.enumerated().map { ($1.row, $0) })
                let isGone = held.count < rows.count || held.isEmpty
                database.note(in: id) {
                    $0.loaded = LoadedState(
                        profiles: held,
                        // Whose they were before the locks were got; profiles themselves say whether they still are.
                        identityProfiles: isGone
                            ? [] : found.identityProfiles.map { $0.flatMap { places[Int64($0)] } },
                        hasMarks: !content.marks.isEmpty
                    )
                }
            }
            let owners: SimulatedDatabase.Step = .perform { database, id throws(StorageError) in
                // Asked again where somebody went meanwhile.
                guard let loaded = database.transactions[id]?.loaded, loaded.identityProfiles.isEmpty else { return }
                let places = Dictionary(uniqueKeysWithValues: loaded.profiles.enumerated().map { ($1.row, $0) })
                var owners: [Int?] = []
                for identity in identities {
                    guard let row = database.content.identities[identity] else {
                        owners.append(nil)
                        continue
                    }
                    guard let place = places[row] else {
                        throw StorageError(.conflict, "an identity was given to somebody meanwhile")
                    }
                    owners.append(place)
                }
                database.note(in: id) { $0.loaded.identityProfiles = owners }
            }
            try simulation.run([find, read, owners], on: connection) { simulation, result in
                simulation.answer(index, turn) { simulation in
                    switch result {
                    case .failure(let error):
                        simulation.count("begun in vain")
                        try simulation.fail(index, error.code)
                    case .success(let loaded):
                        // Deciding takes its time, and sometimes the process is held up.
                        let pause = Int.random(in: 0..<25, using: &simulation.random) == 0 ? 0...2_500 : 0...15
                        simulation.later(pause, on: simulation.writers[index].node) { simulation in
                            guard simulation.writers[index].turn == turn else { return }
                            try simulation.decide(index, loaded, identities)
                        }
                    }
                }
            }
        }
    }

    // MARK: Deciding

    private mutating func decide(_ index: Int, _ loaded: LoadedState, _ identities: [Identity]) throws {
        guard let piece = writers[index].pieces.last, let catalog = catalog(writers[index].version) else { return }
        var options = DecisionOptions()
        options.node = setup.faults.contains(.numbersOfNobody) ? 0 : Int64(writers[index].number)
        var batch = DecisionBatch(
            scope: .production,
            catalog: catalog,
            paths: writers[index].paths,
            datasets: Self.datasets,
            admission: writers[index].admission,
            options: options
        )
        do throws(ProfileValueError) {
            try batch.add(loaded.profiles, owners: loaded.identityProfiles, of: identities)
        } catch {
            abandon(index)
            if error.isUnknownNumber { return readCatalog(index) }
            guard error.isStaleIndex else { throw violation("a stored profile cannot be read: \(error)") }
            return try fail(index, .staleIndex)
        }
        if !loaded.hasMarks { batch.noteNoMarks() }
        let admission = batch.admission
        let inputs = piece.requests.map { Input(cause: $0.cause, now: piece.now) }
        let results = batch.decide(inputs[...])
        guard batch.gap == nil, batch.missingEvents.isEmpty else { throw violation("something was not loaded") }
        let (paths, end) = (batch.paths, batch.admission)
        let plan = (consume batch).commitPlan()
        let nobodys = zip(identities, loaded.identityProfiles).filter { $0.1 == nil }.map(\.0)
        let written = Set(plan.identities.map(\.identity))
        let effective = results.indices.filter { results[$0].isEffective }
        let attempt = Attempt(
            writer: writers[index].number,
            version: writers[index].version,
            decidedAt: now,
            admission: admission,
            inputs: effective.map { inputs[$0] },
            requests: effective.map { piece.requests[$0].number },
            plan: plan,
            paths: paths,
            end: end,
            leavesNoTrace: nobodys.contains { !written.contains($0) }
        )
        guard !plan.isEmpty else {
            abandon(index)
            return try finish(index, attempt)
        }
        writers[index].batch += 1
        writers[index].uncertain = (writers[index].batch, attempt)
        commit(index, attempt, writers[index].batch)
    }

    private mutating func abandon(_ index: Int) {
        guard let connection = writers[index].connection else { return }
        tell(connection) { simulation in
            guard let id = simulation.database.connections[connection]?.transaction else { return }
            simulation.database.end(id)
        }
    }

    // MARK: Ends

    private mutating func commit(_ index: Int, _ attempt: Attempt, _ number: Int64) {
        guard let connection = writers[index].connection else { return }
        let (epoch, turn) = (writers[index].epoch, writers[index].turn)
        tell(connection) { simulation in
            guard simulation.database.connections[connection]?.transaction != nil else {
                // What had ended for good while it was on its way.
                return simulation.answer(index, turn) { simulation in
                    simulation.writers[index].uncertain = nil
                    try simulation.fail(index, .expired)
                }
            }
            let steps = simulation.steps(of: attempt, number, epoch: epoch)
            try simulation.run(steps, on: connection) { simulation, result in
                simulation.answer(index, turn) { simulation in
                    switch result {
                    case .success: try simulation.committed(index, attempt, number)
                    case .failure(let error):
                        simulation.writers[index].uncertain = nil
                        simulation.count("refused: \(error.code.rawValue)")
                        try simulation.fail(index, error.code)
                    }
                }
            }
        }
    }

    private mutating func committed(_ index: Int, _ attempt: Attempt, _ number: Int64) throws {
        writers[index].uncertain = nil
        writers[index].acknowledged = max(writers[index].acknowledged, number)
        writers[index].admission.instant = max(writers[index].admission.instant, attempt.end.instant)
        writers[index].admission.sequence = max(writers[index].admission.sequence, attempt.end.sequence)
        writers[index].paths = attempt.paths
        try finish(index, attempt)
    }

    /// Answers what was decided.
    private mutating func finish(_ index: Int, _ attempt: Attempt) throws {
        guard let piece = writers[index].pieces.popLast() else { return }
        for request in piece.requests {
            accepted.insert(request.number)
            if let job = request.job { jobs[job].waitsFor.remove(request.number) }
        }
        if !hasLost, !attempt.plan.isEmpty {
            for request in attempt.requests where !committed.contains(request) {
                throw violation("request \(request) was answered as accepted and is not committed")
            }
        }
        try goOn(index)
    }

    /// Does over what could not be stored, or gives it up.
    private mutating func fail(_ index: Int, _ code: StorageError.Code) throws {
        guard var piece = writers[index].pieces.popLast() else { return try goOn(index) }
        switch code {
        case .catalogChanged:
            writers[index].pieces.append(piece)
            return readCatalog(index)
        case .fenced:
            // Its row was taken by a connection of its own that it had given up.
            writers[index].pieces.append(piece)
            writers[index].connection = nil
            return try goOn(index)
        default: break
        }
        piece.tries += 1
        let step = writers[index].recovery.step(
            after: code,
            tries: piece.tries,
            isAlone: piece.requests.count == 1,
            singlesOut: true
        )
        switch step {
        case .again: writers[index].pieces.append(piece)
        case .inHalves:
            let middle = piece.requests.count / 2
            writers[index].pieces.append(Piece(requests: Array(piece.requests[middle...]), now: piece.now))
            writers[index].pieces.append(Piece(requests: Array(piece.requests[..<middle]), now: piece.now))
            count("halved")
        case .refuse:
            count("refused")
            if piece.requests.count == 1, !hasLost, !setup.isDense {
                throw violation("request \(piece.requests[0].number) was given up: \(code.rawValue)")
            }
            for request in piece.requests {
                guard let job = request.job else { continue }
                // Its page is walked again.
                jobs[job].waitsFor = []
                jobs[job].next = jobs[job].after
            }
        }
        // Somebody else may have given out the numbers of what it names first.
        if code == .conflict { return readCatalog(index) }
        try goOn(index)
    }

    /// Reads the catalog and the dictionaries, and goes on.
    private mutating func readCatalog(_ index: Int) {
        writers[index].turn += 1
        let turn = writers[index].turn
        ask { simulation in
            let (version, paths) = (simulation.database.content.version, simulation.database.content.paths)
            simulation.answer(index, turn) { simulation in
                simulation.writers[index].version = max(simulation.writers[index].version, version)
                simulation.writers[index].paths = paths
                try simulation.goOn(index)
            }
        }
    }
}

extension DecisionResult {
    /// Whether it did something, or may have.
    fileprivate var isEffective: Bool {
        switch self {
        case .identities(.unknown), .identities(.notLinked), .duplicate, .refused: false
        default: true
        }
    }
}
