#if PostgreSQL
import ActivationEngine
import CLibpq
import Foundation

/// One connection to a PostgreSQL server; belongs to whoever holds it, and blocks its thread while the server works.
///
/// Statements go out in pipeline mode and one Sync ends them, so that a batch of them costs one round trip. Never a Flush: behind one
/// the server waits for more without counting the time, and a paused client's locks stay.
final class PostgresConnection {
    private let options: PostgresOptions
    private let name: String
    /// How long an answer is waited for; nil = for as long as it takes.
    private let patience: Duration?
    /// After how long without a word the server is asked whether it has answered; nil = never.
    private let doubt: Duration?
    private var handle: OpaquePointer?
    private var prepared: Set<String> = []
    private let warnings = Warnings()
    /// Whether a transaction is open that this side knows of.
    private(set) var isInTransaction = false
    /// Whether the same again may succeed at once after the last failure: others were first, or the connection was lost.
    ///
    /// A connection that cannot be made is no reason to try again at once.
    var mayRepeat = false
    /// When it could not be connected; nil = it was the last time.
    private var failedAt: ContinuousClock.Instant?
    private let pauseAfterFailure: Duration
    /// How many times it was connected.
    private(set) var generation = 0
    private var connectedAt = ContinuousClock.now

    /// What the server said beside its answers.
    private final class Warnings {
        var count = 0
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - options: Where to.
    ///   - name: What the server lists the connection as.
    ///   - patience: How long an answer is waited for; nil = for as long as it takes.
    ///   - doubt: After how long without a word the server is asked whether it has answered, and then again each time; nil = never.
    ///   - pauseAfterFailure: How long nobody tries to connect again after that has failed.
    /// - Throws: `unavailable` when nobody answers, or not as one that takes writes.
    init(
        _ options: PostgresOptions,
        name: String,
        patience: Duration? = .seconds(15),
        doubt: Duration? = .seconds(2),
        pauseAfterFailure: Duration = .seconds(1)
    ) throws(StorageError) {
        self.options = options
        self.name = name
        (self.patience, self.doubt, self.pauseAfterFailure) = (patience, doubt, pauseAfterFailure)
        try Self.check(options.url)
        try connect()
    }

    deinit { disconnect() }

    /// Whether there is a connection, as far as is known.
    var isConnected: Bool { handle.map { PQstatus($0) == CONNECTION_OK } ?? false }

    /// The process that serves it, on the server's machine.
    var serverProcess: Int32 { handle.map { PQbackendPID($0) } ?? 0 }

    // MARK: Connecting

    /// Refuses what is no URL, without a word of it: what stands where it cannot is most often a password.
    private static func check(_ url: String) throws(StorageError) {
        let parsed = PQconninfoParse(url, nil)
        defer { PQconninfoFree(parsed) }
        var isRead = parsed != nil
        var option = parsed
        while isRead, let keyword = option?.pointee.keyword {
            // Libpq tells of hosts and ports that it cannot use, and a password with a / or an @ ends up in one of them.
            let value = option?.pointee.val.map { String(cString: $0) } ?? ""
            switch String(cString: keyword) {
            case "host", "hostaddr": isRead = value.utf8.allSatisfy { Self.hostBytes.contains($0) }
            case "port":
                isRead = value.utf8.allSatisfy {
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ",")
                }
            default: break
            }
            option = option?.advanced(by: 1)
        }
        guard isRead else {
            throw StorageError(
                .notAStore,
                "the URL of the database cannot be read; it looks like postgres://user@host:5432/name, and a password in it is "
                    + "percent-encoded"
            )
        }
    }

    /// What names, addresses and lists of hosts and directories of sockets consist of.
    private static let hostBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:,/%".utf8)

    private func connect() throws(StorageError) {
        disconnect()
        // What stands before the URL may be changed by it (libpq, PQconnectdbParams).
        let settings: [(String, String)] = [
            ("connect_timeout", "3"), ("keepalives_idle", "2"), ("keepalives_interval", "2"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "6000"), ("target_session_attrs", "read-write"), ("dbname", options.url),
            ("application_name", name), ("client_encoding", "UTF8"),
        ]
        let handle = withCStrings(settings.map(\.0)) { keys in
            withCStrings(settings.map(\.1)) { values in PQconnectdbParams(keys, values, 1) }
        }
        guard let handle else { throw StorageError(.io, "there is no memory for a connection to the database") }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else {
            let reason = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
            disconnect()
            throw StorageError(
                .unavailable,
                "no connection to the database: \(reason.split(whereSeparator: \.isNewline).joined(separator: "; "))"
            )
        }
        PQsetNoticeReceiver(
            handle,
            { warnings, _ in
                guard let warnings else { return }
                Unmanaged<Warnings>.fromOpaque(warnings).takeUnretainedValue().count += 1
            },
            Unmanaged.passUnretained(warnings).toOpaque()
        )
        do throws(StorageError) {
            for setting in options.settings { try execute(setting) }
            guard PQenterPipelineMode(handle) == 1 else {
                throw StorageError(.io, "the connection to the database takes no pipeline")
            }
        } catch {
            disconnect()
            throw error
        }
        generation += 1
        connectedAt = .now
    }

    /// Gives up a connection to a server that has since been silent to another one, unless a transaction is open.
    ///
    /// Only whoever looks at what the server is after that does so: between that look and what follows nobody else ends a connection.
    func dropIfSilent() {
        if isConnected, !isInTransaction, options.silence.isLater(than: connectedAt) { disconnect() }
    }

    /// Connects anew when the connection is lost.
    ///
    /// - Throws: `unavailable` when that cannot be done, or when a transaction is lost with it.
    func reconnectIfLost() throws(StorageError) {
        if isConnected { return }
        if isInTransaction { throw lost() }
        // Who waits behind others for a database that is away is told so at once.
        if let failedAt, ContinuousClock.now - failedAt < pauseAfterFailure {
            mayRepeat = false
            throw StorageError(.unavailable, "the database could not be reached a moment ago")
        }
        do throws(StorageError) {
            try connect()
            failedAt = nil
        } catch {
            mayRepeat = false
            failedAt = .now
            throw error
        }
    }

    /// Ends the connection; the server takes back what was not committed.
    func disconnect() {
        if let handle { PQfinish(handle) }
        handle = nil
        prepared = []
        isInTransaction = false
    }

    // MARK: Statements

    /// Runs text without parameters, one statement or several; only outside of pipelines, for settings and schemas.
    private func execute(_ text: String, of name: String = "a setting") throws(StorageError) {
        guard let handle, let result = PQexec(handle, text) else { throw lost() }
        defer { PQclear(result) }
        guard [PGRES_COMMAND_OK, PGRES_TUPLES_OK].contains(PQresultStatus(result)) else {
            throw error(of: result, name)
        }
    }

    /// Runs the steps of a schema: text without parameters, in one transaction of its own.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - name: What it is called when it fails.
    /// - Throws: What the failure means; nothing of it was done then, unless it is `unavailable`: then nobody knows.
    func executeSchema(_ text: String, of name: String = "a setting") throws(StorageError) {
        try reconnectIfLost()
        mayRepeat = false
        guard let handle, PQexitPipelineMode(handle) == 1 else { throw lost() }
        // The connection that was there at the beginning may have been ended.
        defer { if let handle = self.handle { _ = PQenterPipelineMode(handle) } }
        do throws(StorageError) {
            try execute("BEGIN")
            try execute(text, of: name)
            try execute("COMMIT", of: name)
        } catch {
            let mayRepeat = mayRepeat
            try? execute("ROLLBACK")
            self.mayRepeat = mayRepeat
            throw error
        }
    }

    /// Runs statements in order in one round trip; the first failure ends it, and a transaction that is open with it.
    ///
    /// - Returns: What each answered.
    /// - Throws: What the first failure means; `unavailable` when the connection is lost, and then it is not known what of it was done.
    func run(_ calls: [PostgresCall]) throws(StorageError) -> [PostgresRows] {
        try reconnectIfLost()
        guard let handle else { throw lost() }
        var sent: [Sent] = []
        for call in calls {
            if !prepared.contains(call.statement.name) {
                guard PQsendPrepare(handle, call.statement.name, call.statement.text, 0, nil) == 1 else {
                    throw lost()
                }
                sent.append(.preparation(call.statement.name))
                prepared.insert(call.statement.name)
            }
            guard send(call, on: handle) else { throw lost() }
            sent.append(.call(call.statement.name))
        }
        guard PQpipelineSync(handle) == 1 else { throw lost() }
        var answers: [PostgresRows] = []
        answers.reserveCapacity(calls.count)
        var failure: StorageError?
        for step in sent {
            let result = try nextResult(handle)
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
                if case .call = step { answers.append(PostgresRows(taking: result)) } else { PQclear(result) }
            case PGRES_PIPELINE_ABORTED:
                if case .preparation(let name) = step { prepared.remove(name) }
                PQclear(result)
            default:
                if case .preparation(let name) = step { prepared.remove(name) }
                if failure == nil { failure = error(of: result, step.name) }
                PQclear(result)
            }
            if !isConnected { throw failure ?? lost() }
        }
        let end = try nextResult(handle, isSync: true)
        let isEnd = PQresultStatus(end) == PGRES_PIPELINE_SYNC
        if !isEnd, failure == nil { failure = error(of: end, "the end of a transaction") }
        PQclear(end)
        // What is not where it was expected cannot be made sense of.
        guard isEnd else {
            let error = failure ?? lost()
            disconnect()
            throw error
        }
        let status = PQtransactionStatus(handle)
        isInTransaction = status != PQTRANS_IDLE
        if let failure {
            if isInTransaction { rollBack() }
            throw failure
        }
        return answers
    }

    /// Runs one statement.
    func run(_ call: PostgresCall) throws(StorageError) -> PostgresRows {
        guard let rows = try run([call]).first else { throw lost() }
        return rows
    }

    /// Takes back what the open transaction did; a connection that cannot do that is ended, which does it too.
    ///
    /// Whether the last failure is worth another try stays as it was.
    func rollBack() {
        guard isInTransaction else { return }
        isInTransaction = false
        let mayRepeat = mayRepeat
        defer { self.mayRepeat = mayRepeat }
        do throws(StorageError) {
            _ = try run(PostgresCall(PostgresStatements.rollback))
        } catch {
            disconnect()
        }
    }

    /// How often something is done again because others were first.
    private static let repeatsMax = 8

    /// Does something whose failure leaves nothing, again while that may succeed.
    func repeating<Value>(_ work: () throws(StorageError) -> Value) throws(StorageError) -> Value {
        for _ in 1..<Self.repeatsMax {
            mayRepeat = false
            dropIfSilent()
            do throws(StorageError) {
                return try work()
            } catch {
                guard mayRepeat else { throw error }
            }
        }
        return try work()
    }

    /// How many warnings came since this was asked last.
    func takeWarnings() -> Int {
        defer { warnings.count = 0 }
        return warnings.count
    }

    private enum Sent {
        case preparation(String)
        case call(String)

        var name: String {
            switch self {
            case .preparation(let name), .call(let name): name
            }
        }
    }

    private func send(_ call: PostgresCall, on handle: OpaquePointer) -> Bool {
        let parameters = PostgresParameters(call.values)
        let lengths = parameters.places.map { Int32(truncatingIfNeeded: $0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: parameters.places.count)
        // An empty one needs a place too, for nothing has none.
        let bytes = parameters.bytes + [0]
        return bytes.withUnsafeBufferPointer { buffer in
            let start = UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
            let values = parameters.places.map { place in place.flatMap { start?.advanced(by: $0.lowerBound) } }
            return PQsendQueryPrepared(
                handle,
                call.statement.name,
                Int32(truncatingIfNeeded: values.count),
                values,
                lengths,
                formats,
                1
            ) == 1
        }
    }

    /// The answer to the next thing that was sent.
    private func nextResult(_ handle: OpaquePointer, isSync: Bool = false) throws(StorageError) -> OpaquePointer {
        try waitForAnswer(handle)
        guard let result = PQgetResult(handle) else { throw lost() }
        // What was sent is answered once, and an end follows; that of a Sync is its own.
        if !isSync {
            while let more = PQgetResult(handle) {
                let status = PQresultStatus(more)
                PQclear(more)
                if status == PGRES_PIPELINE_SYNC || PQstatus(handle) != CONNECTION_OK { break }
            }
        }
        return result
    }

    /// Waits until there is an answer, so that a server that says nothing is not waited for without end, nor one whose answer was lost.
    private func waitForAnswer(_ handle: OpaquePointer) throws(StorageError) {
        guard let patience else { return }
        let begin = ContinuousClock.now
        let end = begin + patience
        var doubtful = begin + (doubt ?? patience)
        while PQisBusy(handle) == 1 {
            guard .now < end else {
                options.silence.note(since: begin)
                throw lost()
            }
            let isDoubtful = .now >= doubtful
            let hasAnswered = isDoubtful && ServerInquiry.hasAnswered(serverProcess, name, options)
            guard let isHeard = hear(handle, until: isDoubtful ? .now : min(end, doubtful)) else { throw lost() }
            // What comes in pieces is on its way.
            if hasAnswered && !isHeard && PQisBusy(handle) == 1 { throw lost() }
            if isDoubtful || isHeard { doubtful = .now + (doubt ?? patience) }
        }
    }

    /// Takes in what has come.
    ///
    /// - Parameters:
    ///   - handle: The connection.
    ///   - end: How long something is waited for.
    /// - Returns: Whether something came; nil = the connection is lost.
    private func hear(_ handle: OpaquePointer, until end: ContinuousClock.Instant) -> Bool? {
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        let left = max(0, (end - .now) / .milliseconds(1))
        guard descriptor.fd >= 0 else { return nil }
        let ready = poll(&descriptor, 1, left > 0 ? Int32(min(left + 1, 60_000)) : 0)
        guard ready >= 0 || errno == EINTR, PQconsumeInput(handle) == 1 else { return nil }
        return ready > 0
    }

    private func error(of result: OpaquePointer, _ statement: String) -> StorageError {
        guard isConnected, let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else { return lost() }
        let sqlState = String(cString: state)
        mayRepeat = PostgresFailure.isLostRace(sqlState, statement)
        let error = PostgresFailure.error(sqlState: sqlState, statement)
        // After its last word, or where another server is the one to write to, there is nothing more to be had here.
        let severity = PQresultErrorField(result, Int32(UInt8(ascii: "V"))).map { String(cString: $0) }
        if ["FATAL", "PANIC"].contains(severity) || error.code == .unavailable {
            disconnect()
            mayRepeat = true
        }
        return error
    }

    /// Ends a connection that cannot be used any more.
    private func lost() -> StorageError {
        mayRepeat = true
        disconnect()
        return StorageError(.unavailable, "the connection to the database was lost; it is tried again")
    }

    private func withCStrings<Value>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        var bytes: [CChar] = []
        let starts = strings.map { string in
            defer { bytes += string.utf8CString }
            return bytes.count
        }
        return bytes.withUnsafeBufferPointer { buffer in
            let pointers = starts.map { buffer.baseAddress?.advanced(by: $0) } + [nil]
            return pointers.withUnsafeBufferPointer { pointers in
                pointers.baseAddress.map(body)
            }
        } ?? body([nil])
    }
}
#endif
