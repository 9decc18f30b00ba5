#if PostgreSQL
import ActivationCore
import ActivationEngine

/// What one transaction does, as far as it can be told without an answer of the database: statements in order, and what is entered in
/// the books after them.
struct Change {
    /// What is entered of one dataflow.
    struct Entry {
        var counters = DataflowCounters()
        /// Rows of the outbox that came, less those that left.
        var rows: Int64 = 0
        var audiences = AudienceBooks()
    }

    /// Where it belongs.
    let scope: Scope
    /// The same as rows have it.
    let scopeNumber: Int32
    /// How far admission comes with it; nil = as far as before.
    var admission: AdmissionMark?
    /// When it happens, for the hours of the books; nil = in the last of them.
    var instant: Timestamp?
    var calls: [PostgresCall] = []
    var entries: [Int32: Entry] = [:]
    var tallies: [Audience.ID: MemberCounters] = [:]

    init(
        in scope: Scope,
        admission: AdmissionMark? = nil,
        at instant: Timestamp? = nil
    ) throws(StorageError) {
        (self.scope, self.admission, self.instant) = (scope, admission, instant)
        scopeNumber = try scope.number
    }

    mutating func add(_ statement: PostgresStatement, _ values: PostgresValue...) {
        calls.append(PostgresCall(statement, values))
    }

    /// Enters what becomes of a record that tells of some audiences.
    mutating func enter(
        _ counters: DataflowCounters,
        rows: Int64 = 0,
        of audiences: [Audience.ID],
        dataflow: Int32
    ) {
        entries[dataflow, default: Entry()].counters += counters
        entries[dataflow, default: Entry()].rows += rows
        entries[dataflow, default: Entry()].audiences.enter(counters, of: audiences)
    }
}

extension Scope {
    /// The number that rows have for it.
    var number: Int32 {
        get throws(StorageError) {
            guard let number = Int32(exactly: rawValue) else {
                throw StorageError(.full, "scope \(rawValue) has no number in the database; use another sandbox")
            }
            return number
        }
    }
}

extension Audience.ID {
    /// Stands for all audiences together.
    static let all = Audience.ID(uuid: UUIDBytes(high: 0, low: 0))
}
#endif
