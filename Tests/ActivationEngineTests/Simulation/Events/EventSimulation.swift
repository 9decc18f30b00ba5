import ActivationCore
import Foundation
import SQLiteStorage
import TestSupport

@testable import ActivationCore
@testable import ActivationEngine

/// What a simulation of events is made of; everything follows from the seed.
struct EventSimulationSettings: Sendable {
    var seed: UInt64
    var steps = 1_000
    /// A directory for a database; nil = the storage is in memory.
    var directory: String?
    /// What goes wrong on purpose.
    var fault: EventFault?
}

/// A fault on purpose, so that a test can show that it is found.
enum EventFault: CaseIterable {
    /// A message is decided before what the clock did until then.
    case messageBeforeTimers
    /// What the clock did gets the instant at which that was noticed.
    case timersAtTheirNotice
    case capIsOneMore
    case zoneIsIgnored
    case eventsStayLonger
    /// Whoever is due before a restart is never taken up after it.
    case timersAreLostAtRestart
}

/// Where the engine and the model disagree.
struct EventSimulationFailure: Error, CustomStringConvertible {
    var description: String
}

/// Persons with few events and audiences that ask for them, over a clock that moves to where something happens: after
/// every step the engine is held against ``EventModel``, which evaluates everything from scratch.
final class EventSimulation {
    enum Step {
        case events([SimulatedEvent])
        /// The clock shows another time; whether those who are due are taken up at once.
        case clock(Int64, runsTimers: Bool)
        case restart
        /// An audience goes, or comes back as a new one.
        case audience(Int)
        /// Datasets keep their events for so many days.
        case lifetimes([String: Int])

        /// For people.
        var line: String {
            switch self {
            case .events(let events): events.map(\.text).joined(separator: "\n  ")
            case .clock(let instant, let runsTimers):
                "clock \(Timestamp(milliseconds: instant).rfc3339) + \(instant % 1_000) ms\(runsTimers ? ", timers" : "")"
            case .restart: "restart"
            case .audience(let number): "audience \(number) comes or goes"
            case .lifetimes(let days): "events stay for \(days) days"
            }
        }
    }

    private static let flow = Dataflow.ID(uuid: UUIDBytes(high: 0xF, low: 1))
    /// Steps that a failure shows.
    private static let linesMax = 60

    let settings: EventSimulationSettings
    private(set) var model: EventModel
    private var traffic: EventTraffic
    private let questions: [ReferenceQuestion]
    private var zone = TimeZoneRules.utc
    private let time: ManualTime
    private var storage: any Storage & ControlStore
    private var engine: SimulatedEngine?
    private var lastAudience = 0
    /// When audiences were last evaluated because they were new.
    private var evaluatedAt: Int64 = 0
    private var lostTimers: Set<DueProfile> = []
    private(set) var steps = 0
    private var lines: [Step] = []
    /// How often something happened that a history should have.
    private(set) var coverage: [String: Int] = [:]

    init(_ settings: EventSimulationSettings) throws {
        self.settings = settings
        var random = SeededGenerator(seed: settings.seed)
        let (zone, date) = random.pick(EventTraffic.places)
        guard let start = Timestamp(date: date) else { throw EventSimulationFailure(description: "no day: \(date)") }
        time = ManualTime(start)
        // UTC itself needs no file.
        if zone != "UTC" {
            let file = try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(zone)"))
            self.zone = try TimeZoneRules(name: zone, tzif: [UInt8](file))
        }
        let calendar = ReferenceCalendar(zone: zone, around: start.milliseconds)
        let isSteady = random.oneIn(6)
        let eventsMax = isSteady ? 60 : random.pick([3, 8, 16, 30])
        model = EventModel(calendar: calendar, eventsMax: eventsMax, now: start.milliseconds)
        var generator = QuestionGenerator(random: SeededGenerator(seed: settings.seed ^ 0xA5))
        questions = generator.questions()
        traffic = EventTraffic(random: random, start: start.milliseconds, isSteady: isSteady)
        storage =
            if let directory = settings.directory {
                try SQLiteStorage.open(directory: directory)
            } else {
                InMemoryStorage()
            }
    }

    /// Runs the whole history.
    func run() async throws {
        model.use(questions.map { audience($0) })
        try await open()
        while steps < settings.steps {
            steps += 1
            try await live(try await nextStep())
        }
        try await runTimers()
        try await check(model.persons.keys.sorted())
        if let database = storage as? SQLiteStorage { try await database.close() }
    }

    private func nextStep() async throws -> Step {
        let due = try await storage.dueProfiles(scope: .production, limit: 3)
        return traffic.next(
            clock: time.now().milliseconds,
            due: due.map(\.due.milliseconds),
            questions: questions.count,
            calendar: model.calendar
        )
    }

    private func audience(_ question: ReferenceQuestion) -> EventAudience {
        lastAudience += 1
        return EventAudience(
            id: Audience.ID(uuid: UUIDBytes(high: 0xB, low: UInt64(lastAudience % 7 * 1_000_000 + lastAudience))),
            question: question
        )
    }

    // MARK: Failures

    private func fail(_ message: String) -> EventSimulationFailure {
        let asked = model.audiences.enumerated().map { number, audience in
            "\(number) \(audience?.id.uuid.description ?? "-"): \(audience.map { pql($0.question) } ?? "-")"
        }
        return EventSimulationFailure(
            description:
                "seed \(settings.seed), \(model.calendar.zone), \(model.eventsMax) events, step \(steps): \(message)\n"
                + (asked + lines.map(\.line)).joined(separator: "\n")
        )
    }

    private func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws {
        if !holds { throw fail(message()) }
    }

    private func count(_ what: String) { coverage[what, default: 0] += 1 }

    // MARK: Processes

    private func pql(_ question: ReferenceQuestion) -> String {
        question.pql { model.audiences[$0]?.id.uuid.description ?? "" }
    }

    private func definition() throws -> CatalogDefinition {
        let instant = Timestamp(milliseconds: 1_500_000_000_000)
        let audiences = model.audiences.compactMap(\.self)
        var definition = CatalogDefinition(
            mergePolicies: [ReferenceCatalog().policies[0].definition],
            namespaces: ReferenceIdentities.directory,
            audiences: try audiences.map { audience in
                AudienceDefinition(
                    id: audience.id,
                    name: audience.id.uuid.description,
                    mergePolicy: ReferenceCatalog().policies[0].id,
                    expression: try PQLExpression(parsing: pql(audience.question)),
                    createdAt: instant,
                    updatedAt: instant
                )
            },
            dataflows: [
                Dataflow(
                    id: EventSimulation.flow,
                    isEnabled: true,
                    audiences: audiences.map {
                        Dataflow.MappedAudience(audience: $0.id, createdAt: instant, updatedAt: instant)
                    },
                    attributes: [],
                    includesSegmentNames: false,
                    includesSegmentTimestamps: false
                )
            ],
            timeZone: settings.fault == .zoneIsIgnored ? .utc : zone
        )
        definition.eventExpirations = EventExpirations(
            model.lifetimes.mapValues {
                EventExpirations.Lifetime(
                    days: Int($0.days) + (settings.fault == .eventsStayLonger ? 1 : 0),
                    since: Timestamp(milliseconds: $0.since)
                )
            }
        )
        return definition
    }

    /// A process starts over what is stored.
    private func open() async throws {
        var options = EngineOptions()
        options.decision.eventsMax = model.eventsMax + (settings.fault == .capIsOneMore ? 1 : 0)
        switch settings.fault {
        case .messageBeforeTimers: options.decision.plantedFaults = .messageBeforeTimers
        case .timersAtTheirNotice: options.decision.plantedFaults = .timersAtTheirNotice
        default: break
        }
        engine = try await SimulatedEngine(storage, control: storage, time: time, options: options)
        let admitted = try await storage.admission(scope: .production)?.instant.milliseconds
        model.restart(at: admitted ?? .min)
        _ = try await perform([.catalog(CatalogChange(definition: try definition()))])
    }

    private func reopen() async throws {
        count("restarts")
        if settings.fault == .timersAreLostAtRestart {
            lostTimers.formUnion(try await storage.dueProfiles(scope: .production, limit: .max))
        }
        // An evaluation that changed nothing left no trace of its instant.
        time.advance(milliseconds: max(0, evaluatedAt - time.now().milliseconds))
        if let directory = settings.directory {
            try await (storage as? SQLiteStorage)?.close()
            engine = nil
            storage = try SQLiteStorage.open(directory: directory)
        } else {
            (storage as? InMemoryStorage)?.crash()
        }
        try await open()
    }

    private func perform(_ pieces: [SimulatedEngine.Piece]) async throws -> [DecisionResult] {
        guard let engine else { throw fail("no engine") }
        var results: [DecisionResult] = []
        let hasInputs = pieces.contains { if case .catalog = $0 { false } else { true } }
        defer { if hasInputs { model.now = max(model.now, time.now().milliseconds) } }
        for answer in await engine.perform(pieces) {
            do { results += try answer.get() } catch { throw fail("the engine refused: \(error)") }
        }
        // Some are begun again, for more events than were thought to be needed.
        try expect((storage as? InMemoryStorage)?.batchesUnderWay ?? 0 == 0, "a batch was begun and not ended")
        return results
    }

    // MARK: Steps

    private func live(_ step: Step) async throws {
        lines.append(step)
        if lines.count > EventSimulation.linesMax { lines.removeFirst() }
        switch step {
        case .events(let events): try await send(events)
        case .clock(let instant, let runsTimers):
            if instant < time.now().milliseconds { count("clock goes back") }
            time.advance(milliseconds: instant - time.now().milliseconds)
            guard runsTimers else { break }
            try await runTimers()
            try await check(model.persons.keys.sorted())
        case .restart:
            try await reopen()
        case .audience(let number): try await toggle(number)
        case .lifetimes(let days): try await keep(days)
        }
    }

    private func send(_ events: [SimulatedEvent]) async throws {
        let messages = try events.map { event in
            try Message(
                event: try JSONDocument(parsing: event.text),
                dataset: event.event.dataset,
                namespaces: ReferenceIdentities.directory
            )
        }
        // Callers of one message or of all.
        let isApart = events.count % 2 == 0
        let results = try await perform(isApart ? messages.map { .messages([$0]) } : [.messages(messages)])
        for (event, result) in zip(events, results) {
            let admission = model.admit(event)
            count("events \(admission)")
            let isRight =
                switch (admission, result) {
                case (.new, .accepted), (.duplicate, .duplicate): true
                case (.tooOld, .refused(let error)): error.code == "EVENT_EXPIRED"
                default: false
                }
            try expect(isRight, "an event is \(result), not \(admission): \(event.text)")
        }
        try await check(model.touched.sorted())
    }

    /// Takes up everybody who is due, as the engine does when time passes.
    private func runTimers() async throws {
        var ahead = model
        ahead.now = max(model.now, time.now().milliseconds)
        for number in model.persons.keys.sorted() { ahead.runClock(of: number) }
        for turn in 0..<1_000 {
            let due = try await storage.dueProfiles(scope: .production, limit: .max)
                .filter { $0.due.milliseconds <= ahead.now && !lostTimers.contains($0) }
            if due.isEmpty {
                try expect(turn > 0 || ahead.records == model.records, "nobody is due where the clock changes somebody")
                if turn > 0 || ahead.missed != nil { model = ahead }
                return
            }
            _ = try await perform([.clock(due.map(\.id))])
        }
        let due = try await storage.dueProfiles(scope: .production, limit: .max)
        throw fail("somebody is due for ever: \(due.map(\.due.milliseconds)) at \(ahead.now)")
    }

    private func toggle(_ number: Int) async throws {
        let isAsked = questions.contains { $0.audiences.contains(number) }
        guard !isAsked else { return }
        count("audiences that come or go")
        // What was due before is decided by what counted before.
        try await runTimers()
        var audiences = model.audiences
        audiences[number] = audiences[number] == nil ? audience(questions[number]) : nil
        let persons = model.persons.keys.sorted()
        model.use(audiences)
        var pieces: [SimulatedEngine.Piece] = [.catalog(CatalogChange(definition: try definition()))]
        if let audience = audiences[number] {
            pieces.append(.evaluation(try await profiles(persons).map(\.id), [audience.id]))
        }
        _ = try await perform(pieces)
        evaluatedAt = max(evaluatedAt, model.now)
        if audiences[number] != nil { for person in persons { model.evaluate(person) } }
        try await check(persons)
    }

    /// Lets datasets keep their events for other times, and visits everybody.
    private func keep(_ days: [String: Int]) async throws {
        count("other times that events stay")
        try await runTimers()
        let since = max(model.now, time.now().milliseconds)
        model.lifetimes = days.mapValues { (Int64($0), since) }
        let persons = model.persons.keys.sorted()
        _ = try await perform([
            .catalog(CatalogChange(definition: try definition())),
            .evaluation(try await profiles(persons).map(\.id), []),
        ])
        evaluatedAt = max(evaluatedAt, model.now)
        for person in persons { model.runClock(of: person) }
        try await check(persons)
    }

    // MARK: Checks

    private func profiles(_ numbers: [Int]) async throws -> [StoredProfile] {
        var request = LoadRequest(scope: .production)
        request.identities = numbers.compactMap { model.persons[$0]?.identities.first }
        let loaded = try await storage.load(request)
        return try zip(numbers, loaded.identityProfiles).map { number, index in
            guard let index else { throw fail("person \(number) is nobody") }
            return loaded.profiles[index]
        }
    }

    /// Compares persons and everything that was exported.
    private func check(_ numbers: [Int]) async throws {
        if let missed = model.missed { throw fail("the model missed a change: \(missed)") }
        let persons = numbers.compactMap { model.persons[$0] }
        let stored = try await profiles(persons.map(\.number))
        var request = EventRequest()
        for (person, profile) in zip(persons, stored) {
            request.items.append(EventRequest.Item(row: profile.row, extent: .whole))
            try check(person, profile)
        }
        for (person, found) in zip(persons, try await storage.loadEvents(request)) {
            let isSame = (found.events ?? []).elementsEqual(person.events) {
                $0.id == $1.id && $0.timestamp.milliseconds == $1.instant
            }
            try expect(isSame, "person \(person.number) has events \((found.events ?? []).map(\.id))")
        }
        try await checkRecords()
        model.forgetChanges()
    }

    private func check(_ person: ReferencePerson, _ stored: StoredProfile) throws {
        guard let published = engine?.published else { return }
        let profile = try ProfileValue.decode(stored, paths: published.paths, datasets: published.datasets)
        try expect(
            stored.revision == person.revision,
            "person \(person.number) is at revision \(stored.revision), not \(person.revision)"
        )
        try expect(
            profile.eventCount == person.events.count,
            "person \(person.number) has \(profile.eventCount) events"
        )
        for (number, audience) in model.audiences.enumerated() {
            guard let audience else { continue }
            let found = profile.membership(in: audience.id).flatMap { membership in
                membership.hasEntry(at: Timestamp(milliseconds: model.now)) ? membership : nil
            }
            let expected = person.memberships[audience.id].flatMap { $0.isForgotten(at: model.now) ? nil : $0 }
            let isSame =
                found.map { $0.status == .realized } == expected?.isRealized
                && found?.lastQualificationTime.milliseconds == expected?.instant
            try expect(
                isSame,
                "person \(person.number) in audience \(number): "
                    + (found.map { "\($0.status) since \($0.lastQualificationTime.milliseconds)" } ?? "nothing")
                    + ", not "
                    + (expected.map { "\($0.isRealized) since \($0.instant)" } ?? "nothing")
                    + "\n\(person.events.map { "\($0.id) \($0.instant) \($0.kind ?? "") \($0.amount ?? -1)" })"
            )
        }
    }

    /// Compares what waits, in whatever order those who were due were taken up, then delivers it.
    private func checkRecords() async throws {
        let request = ClaimRequest(dataflow: EventSimulation.flow, limit: .max, limitPerProfile: .max)
        let rows = try await storage.claim(request)
        let found = rows.map {
            EventRecord(instant: $0.admittedAt.milliseconds, reasons: $0.reasons, payload: $0.payload)
        }
        if found != model.records {
            let expected = model.records.sorted(by: EventRecord.isBefore)
            for (one, other) in zip(found.sorted(by: EventRecord.isBefore), expected) {
                try expect(one == other, "a record is \(one), not \(other)")
            }
            try expect(found.count == expected.count, "\(found.count) records instead of \(expected.count)")
        }
        guard !rows.isEmpty else { return }
        try await storage.settle(
            dataflow: EventSimulation.flow,
            rows.map { OutboxSettlement(row: $0.row, outcome: .delivered) }
        )
    }
}
