import ActivationCore
import Synchronization
import TestSupport

@testable import ActivationEngine

/// What a simulation is made of; everything follows from the seed.
struct SimulationSettings: Sendable {
    var seed: UInt64
    var messages = 20_000
    /// Decides where one batch ends and the next begins.
    var boundaries: UInt64 = 1
    /// Batches that are worked off one upon the other, at most, and commits that are under way meanwhile.
    var overlap = 4
    var stagedBatchesMax = EngineOptions().stagedBatchesMax
    /// Whether storage fails, processes die and clocks are met by restarts.
    var hasTrouble = true
    /// Whether others come between now and then, so that a batch has to be decided again; nothing else may come of it.
    var hasInterruptions = true
    /// Whether somebody reads wherever the engine awaits its storage.
    var hasReaders = true
    /// Whether everything that is exported is kept.
    var keepsExports = false
    /// Paths that the store knows from before and nobody names.
    var otherPaths = 0
    /// Bytes that a batch may read before it is divided; nil = the engine's own bound.
    var batchBytesMax: Int?
    /// What happens when an identity of a deleted person comes again, unless the deletion says otherwise.
    var erasedReturn = DecisionOptions.ReturnRule.accept
    var plantedFaults: PlantedFaults = []
}

/// Where the engine and the model disagree.
struct SimulationFailure: Error, CustomStringConvertible {
    var settings: SimulationSettings
    var batch: Int
    var message: String
    /// What the batch consisted of, one line each.
    var requests: [String]

    var description: String {
        "seed \(settings.seed), boundaries \(settings.boundaries), overlap \(settings.overlap), "
            + "staged \(settings.stagedBatchesMax), other paths \(settings.otherPaths), "
            + "bytes \(settings.batchBytesMax ?? 0), batch \(batch): "
            + message + "\nThe batch:\n" + requests.map { String($0.prefix(600)) }.joined(separator: "\n")
    }
}

/// The whole engine over storage in memory and virtual time, held against the model after every batch.
final class EngineSimulation {
    /// What one caller of a batch asks for, in the model's terms.
    enum Request {
        case messages([ReferenceMessage])
        case command(ReferenceCommand)
        case evaluation([Int], [Audience.ID])
        case clock([Profile.ID])
        case backfill([ProfileRow], Int)
        case backfillEnd(Int)
        case resume([(person: Int, mark: ResumeMark)])
        case catalog(SimulatedChange)

        /// For people.
        var lines: [String] {
            switch self {
            case .messages(let messages): messages.map { "\($0.kind) of \($0.dataset): \($0.text)" } + ["-"]
            case .command(let command): ["\(command)"]
            case .evaluation(let persons, let audiences): ["evaluation of \(audiences.map(\.uuid)) for \(persons)"]
            case .clock(let profiles): ["clock for \(profiles.map(\.uuid))"]
            case .backfill(let rows, let order): ["backfill \(order) for \(rows.map(\.row))"]
            case .backfillEnd(let order): ["end of backfill \(order)"]
            case .resume(let marks): ["made up for: \(marks)"]
            case .catalog(let change): ["catalog, evaluated: \(change.evaluated), fails: \(change.fails)"]
            }
        }
    }

    /// Readings during one batch.
    private static let readingsMax = 8

    let settings: SimulationSettings
    var model = ReferenceModel()
    var storage: SimulatedStorage
    var engine: SimulatedEngine?
    let time = ManualTime()
    /// Where records go.
    let places = SimulatedPlaces()
    private var history: SimulatedHistory
    private var boundaries: SeededGenerator
    private var trouble: SeededGenerator
    private var delays: SeededGenerator
    private var interruptions: SeededGenerator
    private(set) var batches = 0
    private(set) var lastRequests: [Request] = []
    /// How far the one upload has come, whose rows are the statements of members with an edition.
    private(set) var uploadProgress: CommitPlan.UploadProgress?
    static let upload = UUIDBytes(high: 0xE, low: 1)
    private var uploadLine: Int64 = 0
    /// At which revision each person's trail was looked at last.
    var tracedRevisions: [Int: Int] = [:]
    var walks: [SimulatedWalk] = []
    /// Backfills in which everybody had a turn and that have not ended yet.
    var endings: [Int] = []
    /// The rows of persons who had turns.
    var rowsRead: [Int: Int64] = [:]
    /// The choice of a moment at which a backfill ends early.
    static let earlyEnd = 11
    /// What went wrong on purpose, and what the callers were told of it.
    private var lastTrouble: [String] = []
    private(set) var messages = 0
    /// The latest instant that survives the process.
    private var durableNow: Int64 = 0
    /// The engine's id of each of the model's persons.
    var profileIDs: [Int: Profile.ID] = [:]
    var lastNumber = 0
    /// Audiences that have been removed; stored profiles may still name them.
    var hasRemovedAudiences = false
    var exports: [Dataflow.ID: [String]] = [:]
    /// How often something happened that a history should have.
    private(set) var coverage: [String: Int] = [:]

    init(_ settings: SimulationSettings) {
        self.settings = settings
        history = SimulatedHistory(
            seed: settings.seed,
            messages: settings.messages,
            namesManyPaths: settings.otherPaths > 0
        )
        boundaries = SeededGenerator(seed: settings.seed ^ settings.boundaries &* 0xB0B)
        trouble = SeededGenerator(seed: settings.seed ^ 0x7B0B)
        delays = SeededGenerator(seed: settings.seed ^ settings.boundaries &* 0xDE1A)
        interruptions = SeededGenerator(seed: settings.seed ^ settings.boundaries &* 0x1A7E)
        storage = SimulatedStorage(InMemoryStorage(), stagedMax: settings.stagedBatchesMax)
        model.otherPaths = settings.otherPaths
        model.erasedReturn = settings.erasedReturn
    }

    /// Runs the whole history.
    func run() async throws {
        try await enterOtherPaths()
        try await open(with: history.catalog)
        while let moment = history.next() { try await live(moment) }
        try await checkEverything()
    }

    func fail(_ message: String) -> SimulationFailure {
        SimulationFailure(
            settings: settings,
            batch: batches,
            message: message,
            requests: model.catalog.lines + lastRequests.flatMap(\.lines) + lastTrouble
        )
    }

    func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws {
        if !holds { throw fail(message()) }
    }

    func count(_ what: String) { coverage[what, default: 0] += 1 }

    private func enterOtherPaths() async throws {
        guard settings.otherPaths > 0 else { return }
        var plan = CommitPlan(scope: .production)
        plan.paths = (1...settings.otherPaths).map {
            CommitPlan.PathWrite(id: PathID(rawValue: UInt32($0)), parent: .root, name: Array("other \($0)".utf8))
        }
        try await storage.inner.commit(plan)
    }

    // MARK: Processes

    /// A process starts over what is stored.
    func open(with catalog: ReferenceCatalog) async throws {
        var options = EngineOptions()
        options.stagedBatchesMax = settings.stagedBatchesMax
        options.decision.plantedFaults = settings.plantedFaults
        options.decision.erasedReturn = settings.erasedReturn
        options.decision.identityHash = Self.digest
        if let bytes = settings.batchBytesMax { options.batchBytesMax = bytes }
        storage = SimulatedStorage(storage.inner, stagedMax: settings.stagedBatchesMax)
        storage.inner.crash()
        engine = try await SimulatedEngine(storage, control: storage.inner, time: time, options: options)
        // Also decisions that nobody sees are of an instant that does not come again.
        let admitted = try await storage.inner.admission(scope: .production)?.instant.milliseconds ?? durableNow
        try expect(admitted >= durableNow, "an instant that was given out comes again")
        model.now = admitted
        model.use(catalog)
        let change = CatalogChange(definition: try catalog.definition(), isLenient: true)
        let answers = await engine?.perform([.catalog(change)]) ?? []
        for answer in answers {
            if case .failure(let error) = answer { throw fail("a start was refused: \(error)") }
        }
        try await checkEverything()
    }

    // MARK: Batches

    /// What comes in at one instant, in batches, each held against the model.
    func live(_ moment: SimulatedMoment) async throws {
        time.advance(milliseconds: moment.clock - time.now().milliseconds)
        var requests: [Request] = []
        // What was due before a change is decided by what counted before; else that would depend on who came when.
        if moment.runsTimers || moment.change != nil {
            let due = try await storage.inner.dueProfiles(scope: .production, limit: .max)
            let ended = moment.change == nil ? [] : ended()
            requests.append(
                .clock(
                    due.filter { $0.due.milliseconds <= max(model.now, time.now().milliseconds) }.map(\.id)
                        + ended.compactMap { profileIDs[$0] }
                )
            )
        }
        if moment.visits > 0 {
            // Some of those from whom something is to be taken, as the walk over all of them comes by.
            let visited = ended().prefix(moment.visits)
            if !visited.isEmpty { requests.append(.evaluation(Array(visited), [])) }
        }
        if let change = moment.change {
            requests.append(.catalog(change))
            if !change.fails, !change.evaluated.isEmpty || !change.asked.isEmpty {
                let audiences = change.evaluated.map { change.catalog.id($0) } + change.asked.map(\.withheld)
                var rest = model.persons.keys.sorted()[...]
                while !rest.isEmpty {
                    requests.append(.evaluation(Array(rest.prefix(40)), audiences))
                    rest = rest.dropFirst(40)
                }
            }
        }
        if let request = try await nextBackfill(moment) { requests.append(request) }
        if moment.marks > 0 {
            let marks = try await missing()
            if !marks.isEmpty { requests.append(.resume(Array(marks.prefix(moment.marks)))) }
        }
        var rest = moment.inputs[...]
        var isFirst = true
        while !rest.isEmpty {
            var upon: [[Request]] = []
            let overlap = boundaries.number(1..<settings.overlap + 1)
            repeat {
                // Callers of one to many messages; a batch of one to many callers, of fewer where there are to be several.
                repeat {
                    requests.append(nextRequest(&rest))
                } while !rest.isEmpty && !boundaries.oneIn(overlap > 1 ? 2 : 6)
                upon.append(requests)
                requests = []
            } while !rest.isEmpty && upon.count < overlap
            let mayFail = settings.hasTrouble && !(isFirst && moment.change != nil)
            try await perform(upon, mayFail: mayFail)
            isFirst = false
        }
        guard settings.hasTrouble, trouble.oneIn(60) else { return }
        count("restarts")
        try await open(with: model.catalog)
    }

    /// The persons of whom something is known that has ended by the present instant.
    private func ended() -> [Int] {
        var model = model
        model.readClock(time.now().milliseconds)
        return model.personsWithEnded
    }

    /// What dataflows have left undone that are enabled, so that nothing is added to it any more.
    private func missing() async throws -> [(person: Int, mark: ResumeMark)] {
        let numbers = Dictionary(profileIDs.map { ($1, $0) }) { first, _ in first }
        var missing: [(person: Int, mark: ResumeMark)] = []
        for flow in model.catalog.flows where flow.isEnabled {
            for mark in try await storage.inner.marks(dataflow: flow.id, after: nil, limit: .max) {
                guard let person = numbers[mark.key.profile] else { throw fail("a mark is of nobody known") }
                missing.append((person, mark))
            }
        }
        return missing
    }

    private func nextRequest(_ rest: inout ArraySlice<SimulatedInput>) -> Request {
        if case .command(let command)? = rest.first {
            rest = rest.dropFirst()
            return .command(command)
        }
        var messages: [ReferenceMessage] = []
        let size = boundaries.oneIn(2) ? 1 : boundaries.number(1..<20)
        while messages.count < size, case .message(let message)? = rest.first {
            messages.append(message)
            rest = rest.dropFirst()
        }
        return .messages(messages)
    }

    /// Works off batches, one upon the other, and holds what came of them against the model.
    private func perform(_ upon: [[Request]], mayFail: Bool) async throws {
        let faults = mayFail ? nextFaults(batches: upon.count) : [:]
        // Of a caller that is stored in parts nobody could tell which of them were when those before it were lost.
        guard faults.isEmpty || settings.batchBytesMax == nil else {
            for index in upon.indices { try await perform([upon[index]], index == 0 ? faults : [:]) }
            return
        }
        try await perform(upon, faults)
    }

    private func perform(_ upon: [[Request]], _ faults: Faults) async throws {
        guard let engine else { throw fail("no engine") }
        batches += upon.count
        (lastRequests, lastTrouble) = (upon.flatMap(\.self), [])
        let readings = Mutex<[Reading]>([])
        let brokenPromises = Mutex<[String]>([])
        let catalog = nextCatalog(of: lastRequests)
        let inlets = upon.map { $0.map { numbered(Self.inlets($0, catalog)) } }
        let read = settings.hasReaders ? namedIdentities(of: lastRequests, inlets.flatMap(\.self)) : []
        let storage = storage
        // In a batch with a change of the configuration callers are answered before and after it.
        let answeredAtOnce = upon.map { requests in
            !requests.contains { if case .catalog = $0 { true } else { false } }
        }
        var script = SimulatedStorage.Script(
            faults: faults,
            delays: nextDelays(),
            onAwait: {
                let broken = await Self.earlyNews(engine, storage.inner)
                if let broken { brokenPromises.withLock { $0.append(broken) } }
                // Whoever is named in the batch is looked up, one after the other.
                let turn = readings.withLock { $0.count }
                guard !read.isEmpty, turn < Self.readingsMax else { return }
                let identity = read[turn % read.count]
                let reading = await Reading(identity, engine.engine)
                readings.withLock { $0.append(reading) }
            }
        )
        // Of a caller that is stored in halves nobody could tell which of them was when something else goes wrong.
        if settings.hasInterruptions, faults.isEmpty { script.interrupts = nextInterruptions() }
        storage.prepare(script)
        let answers = await engine.perform(
            try zip(upon, inlets).map { try zip($0, $1).map(piece) },
            onTake: { await storage.take(batch: $0, isWaitedFor: $1) },
            onAnswer: { batch, answer in
                guard answeredAtOnce[batch], case .success = answer, !storage.isDurable(batch: batch) else { return }
                brokenPromises.withLock { $0.append("a caller was told of what is not durable") }
            }
        )
        if storage.underWayMost > 1 { count("batches decided upon others under way") }
        for _ in 0..<storage.interruptions { count("batches that were interrupted") }
        let stored = storage.isLost ? storage.losePower(&trouble) : upon.count - 1
        if !faults.isEmpty { lastTrouble = ["\(faults)", "stored through \(stored)"] + answers.map { "\($0)" } }
        let (isLost, isDurable) = (storage.isLost, upon.indices.map(storage.isDurable))
        if isLost { count(storage.isDead ? "deaths" : "lost writes") }
        if stored < storage.stagedThrough { count("batches lost that were staged") }
        storage.prepare(SimulatedStorage.Script())
        // Those of a process that died end with it.
        let leftOpen = isLost ? 0 : storage.inner.batchesUnderWay
        try expect(leftOpen == 0, "\(leftOpen) batches were begun and not ended")
        model.now = max(model.now, time.now().milliseconds)

        var seen = Dictionary(uniqueKeysWithValues: read.map { ($0, Sights()) })
        func see() {
            for identity in read {
                seen[identity]?.see(model.person(identity), identity, model.catalog.policies[0]) {
                    self.entity(identity)
                }
            }
        }
        see()
        for batch in upon.indices {
            let answers = answers[batch]
            try expect(answers.count == upon[batch].count, "\(answers.count) answers to \(upon[batch].count) callers")
            for ((request, inlet), answer) in zip(zip(upon[batch], inlets[batch]), answers) {
                if case .failure = answer, isLost {
                    // It may be there all the same; nobody was told.
                    if batch <= stored { try apply(request, inlet, answer: nil, see: see) }
                    continue
                }
                try check(request, answer, faults)
                guard case .success(let results) = answer else { continue }
                try expect(isDurable[batch], "a caller was told of what is lost")
                try apply(request, inlet, answer: results, see: see)
            }
        }
        // What somebody saw of a commit that was lost is not looked at again.
        for reading in readings.withLock({ $0 }) where !isLost || reading.isFailure {
            try check(reading, seen[reading.identity]?.entities ?? [])
        }
        try expect(brokenPromises.withLock { $0.isEmpty }, "\(brokenPromises.withLock { $0 })")
        try expect(storage.brokenRules.isEmpty, "a plan is not sound: \(storage.brokenRules.joined(separator: "; "))")
        if isLost { try await open(with: model.catalog) }
        try await checkChanges()
        if batches / 50 > (batches - upon.count) / 50 { try await checkEverything() }
    }

    /// What readers are shown of a commit that is not durable; nil = nothing.
    private static func earlyNews(_ engine: SimulatedEngine, _ storage: InMemoryStorage) async -> String? {
        // In this order: what is durable only grows.
        let shown = engine.published
        let durable = storage.surviving(scope: .production)
        if shown.paths.count > durable.paths || shown.datasets.count > durable.datasets {
            // What changed no profile left no trace of how far admission has come, so that tells nothing.
            return "readers are shown \(shown.paths.count) paths and \(shown.datasets.count) datasets "
                + "where \(durable.paths) and \(durable.datasets) are durable"
        }
        return nil
    }

    /// What goes wrong, and after how many calls of its kind.
    private typealias Faults = [SimulatedStorage.Call: (fault: SimulatedStorage.Fault, after: Int)]

    private func nextDelays() -> SeededGenerator { SeededGenerator(seed: UInt64(delays.number(0..<Int.max))) }

    /// The batches that others come between in, fewer than an input alone is tried.
    private func nextInterruptions() -> @Sendable (SimulatedStorage.Moment) -> SimulatedStorage.Interruption? {
        let state = Mutex((random: SeededGenerator(seed: UInt64(interruptions.number(0..<Int.max))), left: 6))
        return { moment in
            state.withLock { state in
                guard state.left > 0, state.random.oneIn(30) else { return nil }
                state.left -= 1
                return switch moment {
                case .begun: .expiry
                case .staging:
                    state.random.oneIn(3) ? .expiry : .refusal(StorageError(.conflict, "somebody was faster"))
                }
            }
        }
    }

    private func nextFaults(batches: Int) -> Faults {
        nextFaults().mapValues { ($0, settings.batchBytesMax == nil ? trouble.number(0..<batches) : 0) }
    }

    private func nextFaults() -> [SimulatedStorage.Call: SimulatedStorage.Fault] {
        guard trouble.oneIn(12) else { return [:] }
        // Of a caller that is stored in parts the first parts may be stored when a later one fails; the first load and
        // the first commit come before any part is.
        let call = trouble.pick(settings.batchBytesMax == nil ? SimulatedStorage.Call.allCases : [.load, .stage])
        if call == .durability {
            return [
                call: trouble.pick([
                    .deathBefore, .deathAfter, .refusal(StorageError(.writeLost, "the disk lost a write")),
                ])
            ]
        }
        switch trouble.number(0..<8) {
        case 0: return [call: .deathBefore]
        // Of a batch that is stored in parts nobody could tell which of them was.
        case 1 where settings.batchBytesMax == nil: return [call: .deathAfter]
        case 2 where call == .stage: return [call: .refusal(StorageError(.writeLost, "the disk lost a write"))]
        case 3 where call == .stage: return [call: .refusal(StorageError(.conflict, "somebody was faster"))]
        case 2...4:
            if call == .stage { return [call: .refusal(StorageError(.full, "no room"))] }
            // Of a single message the engine asks for everything, and then there is no such answer.
            if settings.batchBytesMax != nil { return [:] }
            return [call: .refusal(StorageError(.tooLarge, "too much at a time"))]
        default: return [call: .refusal(StorageError(.io, "the disk failed"))]
        }
    }

    /// The engine's form of a request; messages that the inlet refuses never reach it.
    private func piece(_ request: Request, _ inlet: [Message?]) throws -> SimulatedEngine.Piece {
        switch request {
        case .messages: .messages(inlet.compactMap(\.self))
        case .command(let command): .inputs([command.cause])
        case .evaluation(let persons, let audiences): .evaluation(persons.compactMap { profileIDs[$0] }, audiences)
        case .clock(let profiles): .clock(profiles)
        case .backfill(let rows, let order):
            .inputs(rows.map { .backfill($0.id, row: $0.row, ReferenceBackfill.id(order)) })
        case .backfillEnd(let order): .inputs([.backfillEnd(ReferenceBackfill.id(order))])
        case .resume(let marks): .inputs(marks.map { .reconcile($0.mark) })
        case .catalog(let change):
            .catalog(
                CatalogChange(definition: try change.catalog.definition()) {
                    [storage, places] () throws(StorageError) in
                    if change.fails { throw StorageError(.io, "the disk failed") }
                    for flow in change.skipped { try await storage.dropMarks(of: flow) }
                    for flow in change.moved { places.move(flow, after: try await storage.lastRow(dataflow: flow)) }
                    return nil
                }
            )
        }
    }

    /// The messages, those that are rows of the upload with their lines; a request that is refused leaves a gap.
    private func numbered(_ inlets: [Message?]) -> [Message?] {
        inlets.map { inlet in
            guard var message = inlet, case .membership(let statements) = message.kind,
                statements.contains(where: { $0.edition != nil })
            else { return inlet }
            uploadLine += 1
            message.uploadPlace = UploadPlace(upload: Self.upload, line: uploadLine)
            return message
        }
    }

    /// Notes what a row of the upload did.
    private func note(_ place: UploadPlace, _ outcome: ReferenceModel.Outcome, made: Int) {
        count("rows of an upload")
        var progress = uploadProgress ?? CommitPlan.UploadProgress(line: 0, accepted: 0)
        progress.line = max(progress.line, place.line)
        if outcome != .refused { progress.accepted += 1 }
        progress.made += Int64(max(0, made))
        uploadProgress = progress
    }

    /// The configuration that the messages of some requests are decided by.
    private func nextCatalog(of requests: [Request]) -> ReferenceCatalog {
        for case .catalog(let change) in requests where !change.fails && model.hasRoom(for: change.catalog) {
            return change.catalog
        }
        return model.catalog
    }

    /// What an inlet makes of a request's messages; nil = it is refused there.
    private static func inlets(_ request: Request, _ catalog: ReferenceCatalog) -> [Message?] {
        let namespaces = catalog.directory
        return if case .messages(let messages) = request { messages.map { inlet($0, catalog, namespaces) } } else { [] }
    }

    private static func inlet(
        _ message: ReferenceMessage,
        _ catalog: ReferenceCatalog,
        _ namespaces: NamespaceDirectory
    ) -> Message? {
        guard let document = try? JSONDocument(parsing: message.text) else { return nil }
        var made =
            switch message.kind {
            case .record: try? Message(record: document, dataset: message.dataset, namespaces: namespaces)
            case .event: try? Message(event: document, dataset: message.dataset, namespaces: namespaces)
            case .membership(let isMember, let edition):
                try? Message(
                    stating: [
                        ExternalStatement(
                            audience: catalog.id(.uploaded),
                            isMember: isMember,
                            edition: edition
                        )
                    ],
                    of: document,
                    namespaces: namespaces
                )
            }
        if message.hasSourceTime {
            do { try made?.readSourceTime() } catch { return nil }
        }
        return made
    }

    private func namedIdentities(of requests: [Request], _ inlets: [[Message?]]) -> [Identity] {
        var identities: [Identity] = []
        for (request, messages) in zip(requests, inlets) {
            var named: Identity?
            if case .command(let command) = request { named = command.identities.first }
            if case let last?? = messages.last { named = last.identities[0] }
            if let named, !identities.contains(named) { identities.append(named) }
        }
        return Array(identities.prefix(2))
    }

    // MARK: The model's turn

    private func apply(_ request: Request, _ inlet: [Message?], answer: [DecisionResult]?, see: () -> Void) throws {
        let clock = time.now().milliseconds
        switch request {
        case .messages(let all):
            var results = answer.map { $0[...] }
            for (message, inlet) in zip(all, inlet) {
                messages += 1
                let (persons, clockChanges) = (model.persons.count, model.clockChanges)
                let (refusals, overdue) = (model.suppressedRefusals, model.overdueRecords)
                let (endedRefusals, endedStatements) = (model.endedRefusals, model.endedStatements)
                let outcome = model.admit(message, clock: clock)
                if let place = inlet?.uploadPlace { note(place, outcome, made: model.persons.count - persons) }
                if model.endedRefusals > endedRefusals { count("messages of ended datasets") }
                if model.endedStatements > endedStatements { count("messages after a dataset ended") }
                if model.overdueRecords > overdue { count("overdue turns") }
                if model.suppressedRefusals > refusals { count("suppressed messages") }
                if model.persons.count < persons { count("merges") }
                if model.clockChanges > clockChanges { count("messages after clock changes") }
                count("\(message.kind.name) \(outcome)")
                durableNow = max(durableNow, model.changedAt)
                see()
                guard inlet != nil else {
                    try expect(outcome == .refused, "an inlet refused what is \(outcome): \(message.text)")
                    continue
                }
                guard answer != nil else { continue }
                let result = results?.popFirst()
                try expect(
                    result.map(ReferenceModel.Outcome.init) == outcome,
                    "\(String(describing: result)) where \(outcome) was expected: \(message.text)"
                )
            }
            try expect(results?.isEmpty ?? true, "more results than messages")
        case .command(let command):
            messages += 1
            let outcome = model.perform(command, clock: clock)
            count("commands: \(outcome.name)")
            durableNow = max(durableNow, model.changedAt)
            see()
            guard let answer else { break }
            guard case .identities(let change)? = answer.first, answer.count == 1 else {
                throw fail("\(answer) is no answer to \(command)")
            }
            let found = ReferenceCommand.Outcome(change)
            try expect(found == outcome, "\(command) did \(found) where \(outcome) was expected")
        case .evaluation(let persons, _):
            for person in persons {
                model.evaluate(person: person, clock: clock)
                durableNow = max(durableNow, model.changedAt)
                see()
            }
        case .clock(let profiles):
            model.readClock(clock)
            let numbers = Dictionary(profileIDs.map { ($1, $0) }) { first, _ in first }
            for person in profiles.compactMap({ numbers[$0] }) {
                let clockChanges = model.clockChanges
                model.runClock(person: person)
                if model.clockChanges > clockChanges { count("persons changed by the clock") }
                durableNow = max(durableNow, model.changedAt)
                see()
            }
            // Nobody else was due; what has ended is taken out of the others as they are visited.
            let ended = Set(model.personsWithEnded)
            for person in model.persons.keys.sorted() where !ended.contains(person) { model.runClock(person: person) }
        case .backfill(let rows, let order):
            try takeTurns(rows, order, answer) {
                durableNow = max(durableNow, model.changedAt)
                see()
            }
        case .backfillEnd(let order): end(order)
        case .resume(let marks):
            for (place, (person, mark)) in marks.enumerated() {
                try makeUp(for: mark, of: person, answer?[place])
                durableNow = max(durableNow, model.changedAt)
                see()
            }
        case .catalog(let change):
            count("catalog changes")
            if change.catalog.ends != model.catalog.ends { count("dates of datasets") }
            let states = { (catalog: ReferenceCatalog) in
                catalog.audiences.filter { $0.lifecycle == .inactive }.map(\.id)
            }
            if states(model.catalog) != states(change.catalog) { count("audiences rested or published again") }
            for flow in change.skipped { model.forgetMarks(of: flow) }
            let wereAlone = Set(model.catalog.policies.filter(\.linksNobody).map(\.number))
            if wereAlone != Set(change.catalog.policies.filter(\.linksNobody).map(\.number)) { count("graphs changed") }
            for flow in change.moved {
                count("targets moved")
                model.moves[flow, default: 0] += 1
            }
            let new = change.catalog.backfills.filter { model.catalog.backfill($0.number) == nil }
            follow(change.catalog.backfills)
            model.order(new, clock: clock)
            durableNow = max(durableNow, model.changedAt)
            discarded += model.catalog.flows.map(\.id).filter { id in !change.catalog.flows.contains { $0.id == id } }
            hasRemovedAudiences = hasRemovedAudiences || change.catalog.audiences.count < model.catalog.audiences.count
            // Until a person is evaluated a look-up shows standings as they are stored (BEHAVIOUR 4.4).
            model.catalog = change.catalog
            see()
            model.use(change.catalog)
            see()
        }
    }

    /// Dataflows that are gone and whose rows must be dropped.
    var discarded: [Dataflow.ID] = []

    private func check(
        _ request: Request,
        _ answer: SimulatedEngine.Answer,
        _ faults: Faults
    ) throws {
        guard case .failure(let error) = answer else {
            if case .catalog(let change) = request {
                try expect(!change.fails && model.hasRoom(for: change.catalog), "a change that failed was used")
            }
            return
        }
        count("failed callers")
        if case .catalog(let change) = request, !model.hasRoom(for: change.catalog) {
            try expect(error.code == .invalidCatalog, "a change that names too many paths was refused as \(error)")
            history.keep(model.catalog)
            return
        }
        if case .catalog(let change) = request, change.fails {
            // Its paths had to be known before it could be used; they mean nothing by themselves.
            model.learnPaths(of: change.catalog)
            model.order(change.catalog.backfills, clock: time.now().milliseconds)
            durableNow = max(durableNow, model.changedAt)
            return
        }
        try expect(!faults.isEmpty, "a caller was refused for no reason: \(error)")
        for case .refusal(let fault) in faults.values.map(\.fault) {
            try expect(fault.code != .tooLarge, "a caller was refused where the batch had only to be divided")
        }
    }
}

/// What a reader of one identity may see while a batch is under way: the person after each of the batch's messages.
private struct Sights {
    private(set) var entities: [[UInt8]?] = []
    private var last: Sight?

    /// What an entity is made of.
    private struct Sight: Equatable {
        var number: Int?
        var revision: Int?
        var order: [String]?
        var linksNobody: Bool
        var memberships: [Audience.ID: ReferenceMembership]?
    }

    /// Looks at the person who has an identity, by the default policy.
    mutating func see(
        _ person: ReferencePerson?,
        _ identity: Identity,
        _ policy: ReferencePolicy,
        entity: () -> [UInt8]?
    ) {
        let shown = policy.linksNobody ? person?.single(identity) : person
        let now = Sight(
            number: person?.number,
            revision: person?.revision,
            order: policy.order,
            linksNobody: policy.linksNobody,
            memberships: shown?.memberships
        )
        if !entities.isEmpty, now == last { return }
        last = now
        entities.append(entity())
    }
}

extension ReferenceModel.Outcome {
    init(_ result: DecisionResult) {
        self =
            switch result {
            case .accepted, .acceptedWithout, .evaluated, .identities: .accepted
            case .duplicate: .duplicate
            case .refused: .refused
            }
    }
}
