#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

/// The statements that load events of profiles, and what they say.
///
/// Everything is asked for at once; only the event behind a stretch of time needs to be asked for one by one.
struct EventLoad {
    private let request: EventRequest
    private var calls: [PostgresCall] = []
    /// Whether the answer to a call has bodies; nil = it tells which events there are.
    private var kinds: [Kind] = []

    private enum Kind {
        case known
        case events(hasBody: Bool)
    }

    init(_ request: EventRequest) {
        self.request = request
        askForKnown()
        ask(for: .whole, PostgresStatements.events, hasBody: true)
        ask(for: .index, PostgresStatements.eventIndex, hasBody: false)
        askForStretches()
    }

    private mutating func askForKnown() {
        let wanted = request.items.flatMap { item in item.ids.map { (item.row, $0) } }
        guard !wanted.isEmpty else { return }
        add(.known, PostgresStatements.eventsKnown, .int8s(wanted.map(\.0)), .texts(wanted.map(\.1)))
    }

    private mutating func ask(for extent: EventExtent, _ statement: PostgresStatement, hasBody: Bool) {
        let places = request.items.indices.filter { request.items[$0].extent == extent }
        guard !places.isEmpty else { return }
        add(
            .events(hasBody: hasBody),
            statement,
            .int8s(places.map { Int64($0) + 1 }),
            .int8s(places.map { request.items[$0].row })
        )
    }

    private mutating func askForStretches() {
        var stretches: [(place: Int, row: Int64, first: Int64, last: Int64)] = []
        var first: [(place: Int, row: Int64, from: Int64, limit: Int)] = []
        for (place, item) in request.items.enumerated() where item.extent == .none {
            for range in EventRange.union(item.ranges) {
                let last = range.through.milliseconds
                stretches.append((place, item.row, range.from.milliseconds, last))
                if range.includesNext, last < .max { first.append((place, item.row, last + 1, 1)) }
            }
            if item.oldest > 0 { first.append((place, item.row, .min, item.oldest)) }
        }
        if !stretches.isEmpty {
            add(
                .events(hasBody: true),
                PostgresStatements.eventsBetween,
                .int8s(stretches.map { Int64($0.place) + 1 }),
                .int8s(stretches.map(\.row)),
                .int8s(stretches.map(\.first)),
                .int8s(stretches.map(\.last))
            )
        }
        for item in first {
            add(
                .events(hasBody: true),
                PostgresStatements.eventsFrom,
                .int8(Int64(item.place) + 1),
                .int8(item.row),
                .int8(item.from),
                .int8(Int64(item.limit))
            )
        }
    }

    private mutating func add(_ kind: Kind, _ statement: PostgresStatement, _ values: PostgresValue...) {
        kinds.append(kind)
        calls.append(PostgresCall(statement, values))
    }

    /// Loads.
    ///
    /// - Parameter run: Runs statements.
    /// - Returns: One answer for each item.
    /// - Throws: `tooLarge` when there is more than was allowed.
    func run(
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) -> [LoadedEvents] {
        var found = request.items.map { $0.wantsEvents ? [LoadedEvents.Event]() : nil }
        var known = [Bool](repeating: false, count: request.items.reduce(0) { $0 + $1.ids.count })
        var bytes = 0
        let bytesMax = request.bytesMax ?? .max
        try checkBytes(bytesMax, run)
        let answers = calls.isEmpty ? [] : try run(calls)
        for (kind, rows) in zip(kinds, answers) {
            for index in 0..<rows.count {
                guard case .events(let hasBody) = kind else {
                    known[try rows.place(index, 0, among: known.indices)] = true
                    continue
                }
                let place = try rows.place(index, 0, among: found.indices)
                let event = LoadedEvents.Event(
                    id: try rows.text(index, 1),
                    timestamp: Timestamp(milliseconds: try rows.int8(index, 2)),
                    dataset: try rows.converted(try rows.int4(index, 3)),
                    body: hasBody ? rows.bytes(index, 4) : []
                )
                bytes += event.id.utf8.count + event.body.count
                guard bytes <= bytesMax else { throw Self.tooLarge(bytesMax) }
                found[place]?.append(event)
            }
        }
        var next = known[...]
        return zip(request.items, found).map { item, events in
            defer { next = next.dropFirst(item.ids.count) }
            return LoadedEvents(
                events: events.map(LoadedEvents.distinct),
                known: Array(next.prefix(item.ids.count))
            )
        }
    }

    /// Looks how much all events of profiles are before they come.
    private func checkBytes(
        _ bytesMax: Int,
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) {
        let rows = request.items.filter { $0.extent == .whole }.map(\.row)
        guard bytesMax < .max, !rows.isEmpty else { return }
        let answer = try run([PostgresCall(PostgresStatements.eventBytes, .int8s(rows))]).first
        guard try answer?.int8(0, 0) ?? 0 <= Int64(bytesMax) else { throw Self.tooLarge(bytesMax) }
    }

    private static func tooLarge(_ bytesMax: Int) -> StorageError {
        StorageError(.tooLarge, "the events hold more than \(bytesMax) bytes; ask for fewer")
    }
}
#endif
