import ActivationCore

/// An event as a client sends it.
struct SimulatedEvent {
    /// Phone numbers.
    var identities: [String]
    var event: ReferenceEvent

    /// The XDM entity.
    var text: String {
        let items = identities.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
        var members = [
            #""identityMap":{"Phone":[\#(items)]}"#, #""_id":"\#(event.id)""#, #""timestamp":"\#(timestamp)""#,
        ]
        if let kind = event.kind { members.append(#""kind":"\#(kind)""#) }
        if let word = event.word { members.append(#""amount":"\#(word)""#) }
        if let amount = event.amount {
            members.append(#""amount":\#(amount.rounded() == amount ? "\(Int64(amount))" : "\(amount)")"#)
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// RFC 3339 with milliseconds.
    private var timestamp: String {
        let milliseconds = (event.instant % 1_000 + 1_000) % 1_000
        let digits = String(milliseconds + 1_000).dropFirst()
        return "\(ReferenceJSON.instant(event.instant - milliseconds).dropLast()).\(digits)Z"
    }
}

/// An audience and what it asks.
struct EventAudience {
    var id: Audience.ID
    var question: ReferenceQuestion
}

/// A record that must wait for the dataflow.
struct EventRecord: Equatable {
    var instant: Int64
    var reasons: TriggerReasons
    var payload: [UInt8]
}

/// What must become of persons of whom only events are known, by evaluating everything from scratch (BEHAVIOUR 3.1, 3.12,
/// 4.8, 5.6).
///
/// It keeps nothing of events but the events, and looks for changes by the clock by asking anew at every instant at which
/// there may be one.
struct EventModel {
    let calendar: ReferenceCalendar
    let eventsMax: Int
    /// By dataset, how many days its events stay and since when that holds; others stay for ever.
    var lifetimes: [String: (days: Int64, since: Int64)] = [:]
    /// By the number of the question; nil while it is nobody's.
    var audiences: [EventAudience?] = []
    private(set) var persons: [Int: ReferencePerson] = [:]
    private(set) var owners: [String: Int] = [:]
    private(set) var records: [EventRecord] = []
    /// Persons that messages changed since somebody last looked.
    private(set) var touched: Set<Int> = []
    /// The latest instant given to an input.
    var now: Int64
    private var admitted = 0
    /// How often the clock changed a standing.
    private(set) var flips = 0
    private(set) var merges = 0
    private(set) var evictions = 0
    /// Events that went because their time was over.
    private(set) var expired = 0
    /// Changes by the clock of which the model did not think; it is wrong then.
    private(set) var missed: String?

    init(calendar: ReferenceCalendar, eventsMax: Int, now: Int64) {
        self.calendar = calendar
        self.eventsMax = eventsMax
        self.now = now
    }

    mutating func forgetChanges() {
        records = []
        touched = []
    }

    func person(_ identity: String) -> ReferencePerson? { owners[identity].flatMap { persons[$0] } }

    /// The process begins anew at an instant that may be before some that nobody saw.
    mutating func restart(at instant: Int64) {
        now = instant
        persons = persons.mapValues { person in
            var person = person
            person.seenUntil = min(person.seenUntil, instant)
            return person
        }
    }

    /// Asks by other audiences; nobody stands in one that is gone.
    mutating func use(_ audiences: [EventAudience?]) {
        self.audiences = audiences
        let known = Set(audiences.compactMap { $0?.id })
        persons = persons.mapValues { person in
            var person = person
            person.memberships = person.memberships.filter { known.contains($0.key) }
            return person
        }
    }

    /// What becomes of an event.
    enum Admission {
        case new
        case duplicate
        case tooOld
    }

    /// Admits an event at an instant.
    mutating func admit(_ message: SimulatedEvent) -> Admission {
        admitted += 1
        let found = Set(message.identities.compactMap { owners[$0] }).sorted()
        for number in found { runClock(of: number) }
        touched.formUnion(found)
        guard !found.contains(where: { persons[$0]?.hasEvent(message.event.id) ?? false }) else { return .duplicate }
        if let end = end(of: message.event), end <= now { return .tooOld }
        // Numbers rise with time, so that the oldest is the first.
        var person =
            found.first.flatMap { persons[$0] }
            ?? ReferencePerson(number: admitted, createdAt: now)
        var hasIdentityChange = found.isEmpty
        for number in found.dropFirst() {
            guard let other = persons.removeValue(forKey: number) else { continue }
            merges += 1
            hasIdentityChange = true
            person.absorb(other)
            for (identity, owner) in owners where owner == number { owners[identity] = person.number }
        }
        for value in message.identities where owners[value] == nil {
            hasIdentityChange = true
            let identity = Identity(namespace: "Phone", value: value)
            person.members.append(ReferenceMember(identity: identity, joined: now, number: admitted))
            owners[value] = person.number
        }
        person.revision += 1
        person.events.append(message.event)
        person.events.sort(by: ReferenceEvent.isEarlier)
        let surplus = max(0, person.events.count - eventsMax)
        evictions += surplus
        person.events.removeFirst(surplus)
        let changes = evaluate(&person, at: now)
        var reasons: TriggerReasons = changes.isEmpty ? [] : .membership
        if hasIdentityChange, person.memberships.values.contains(where: \.isRealized) { reasons.insert(.identity) }
        export(person, reasons, at: now)
        person.seenUntil = now
        persons[person.number] = person
        touched.insert(person.number)
        return .new
    }

    /// When an event goes: at the first full hour at which it is too old; nil = never.
    private func end(of event: ReferenceEvent) -> Int64? {
        guard let lifetime = lifetimes[event.dataset] else { return nil }
        let hour: Int64 = 3_600_000
        let tooOld = Double(event.instant + lifetime.days * 24 * hour) / Double(hour)
        return max(Int64(tooOld.rounded(.up)) * hour, lifetime.since)
    }

    /// Evaluates audiences that are new for a person, to whom the clock does nothing else now.
    mutating func evaluate(_ number: Int) {
        touched.insert(number)
        decide(number, at: now)
    }

    /// Everything that the clock did to a person until now, each change at its own instant.
    mutating func runClock(of number: Int) {
        while let person = persons[number], let end = person.events.compactMap(end).min(), end <= now {
            runClock(of: number, through: end - 1)
            if decide(number, at: end) { flips += 1 }
        }
        guard let person = persons[number], person.seenUntil < now else { return }
        runClock(of: number, through: now)
        let before = persons[number]
        if decide(number, at: now) {
            let other = audiences.indices.filter { index in
                audiences[index].map { persons[number]?.memberships[$0.id] != before?.memberships[$0.id] } ?? false
            }
            missed = "person \(number) in \(other) between \(person.seenUntil) and \(now): \(person.events)"
        }
    }

    private mutating func runClock(of number: Int, through end: Int64) {
        guard let person = persons[number], person.seenUntil < end else { return }
        for instant in changes(of: person, person.seenUntil..<end) where decide(number, at: instant) { flips += 1 }
    }

    /// The instants at which the clock may change the answer of a question, asked at each of them.
    private func changes(of person: ReferencePerson, _ stretch: Range<Int64>) -> [Int64] {
        var changes: Set<Int64> = []
        for audience in audiences {
            guard let question = audience?.question else { continue }
            let places = question.places(person.events, stretch, calendar)
            guard !places.isEmpty else { continue }
            guard question.audiences.isEmpty else {
                changes.formUnion(places)
                continue
            }
            func holds(_ instant: Int64) -> Bool {
                question.holds(person.events, at: instant, calendar) { _ in false }
            }
            var current = holds(stretch.lowerBound)
            for place in Set(places).sorted() where holds(place) != current {
                current.toggle()
                changes.insert(place)
            }
        }
        return changes.sorted()
    }

    @discardableResult
    private mutating func decide(_ number: Int, at instant: Int64) -> Bool {
        guard var person = persons[number] else { return false }
        let count = person.events.count
        person.events.removeAll { end(of: $0).map { $0 <= instant } ?? false }
        expired += count - person.events.count
        let changes = evaluate(&person, at: instant)
        person.seenUntil = instant
        if !changes.isEmpty {
            person.revision += 1
            export(person, .membership, at: instant)
        }
        persons[number] = person
        return !changes.isEmpty
    }

    private func evaluate(_ person: inout ReferencePerson, at instant: Int64) -> [Audience.ID] {
        person.forgetExits(at: instant)
        var changes: [Audience.ID] = []
        for audience in audiences {
            guard let audience else { continue }
            let qualifies = audience.question.holds(person.events, at: instant, calendar) { other in
                audiences[other].map { person.isRealized($0.id) } ?? false
            }
            guard qualifies != person.isRealized(audience.id) else { continue }
            person.memberships[audience.id] = ReferenceMembership(isRealized: qualifies, instant: instant)
            changes.append(audience.id)
        }
        return changes
    }

    private mutating func export(_ person: ReferencePerson, _ reasons: TriggerReasons, at instant: Int64) {
        guard !reasons.isEmpty else { return }
        let entries = audiences.compactMap(\.self).compactMap { audience in
            person.memberships[audience.id].map { membership in
                ReferenceJSON.member(audience.id.uuid.description.utf8, ReferenceJSON.object(membership.json))
            }
        }
        let ups = ReferenceJSON.object([ReferenceJSON.member("ups".utf8, ReferenceJSON.object(entries))])
        let payload = ReferenceJSON.object([
            ReferenceJSON.member("segmentMembership".utf8, ups),
            ReferenceJSON.member("identityMap".utf8, person.identityMap),
        ])
        records.append(EventRecord(instant: instant, reasons: reasons, payload: payload))
    }
}

extension EventRecord {
    static func isBefore(_ left: EventRecord, _ right: EventRecord) -> Bool {
        left.instant != right.instant
            ? left.instant < right.instant : left.payload.lexicographicallyPrecedes(right.payload)
    }
}

extension EventRecord: CustomStringConvertible {
    var description: String { "\(instant) \(reasons.rawValue) \(String(decoding: payload, as: UTF8.self))" }
}
