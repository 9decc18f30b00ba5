#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon
import Synchronization

/// What the connections of one storage know together.
final class SharedState: Sendable {
    /// A dataflow as it is named in rows.
    struct NumberedDataflow: Sendable {
        var number: Int32
        var scope: Scope
    }

    /// The hour of the books that a stripe has begun for a dataflow, and for which audiences.
    struct OpenHour: Sendable {
        var hour: Int64
        var audiences: Set<Audience.ID> = []
    }

    /// The books of a dataflow that one connection writes.
    struct StripedDataflow: Hashable {
        var stripe: Int16
        var number: Int32
    }

    /// The counters of a scope's audiences that one connection writes.
    struct StripedScope: Hashable {
        var stripe: Int16
        var scope: Scope
    }

    struct Known: Sendable {
        var dataflows: [Dataflow.ID: NumberedDataflow] = [:]
        /// The last hour in which anything was entered in a dataflow's books, by whichever connection.
        var lastHours: [Int32: Int64] = [:]
        var openHours: [StripedDataflow: OpenHour] = [:]
        var openTallyHours: [StripedScope: OpenHour] = [:]
        /// When the last message of a scope was admitted.
        var admitted: [Scope: Timestamp] = [:]
    }

    /// Which store it is.
    let store: UUIDBytes
    /// Up to where whoever claimed before may have records in hand; nil = this process does not claim.
    let formerReach: Int64?
    private let known: Mutex<Known>
    private let loss = Mutex<StorageError?>(nil)
    /// Who has which records in hand.
    ///
    /// Held while records are claimed or settled, and while a batch takes some away or gives them to
    /// others.
    private let ledgers = Mutex<[Dataflow.ID: ClaimLedger]>([:])

    init(_ known: Known, of store: UUIDBytes, formerReach: Int64?) {
        self.known = Mutex(known)
        (self.store, self.formerReach) = (store, formerReach)
    }

    /// Why nothing more may be written by any connection; nil = it may.
    var lostWrite: StorageError? { loss.withLock { $0 } }

    /// Keeps all connections from writing; the first reason counts.
    func lose(_ error: StorageError) { loss.withLock { $0 = $0 ?? error } }

    /// Reads or changes what is known; `body` calls nobody.
    func withKnown<Value: Sendable>(_ body: (inout Known) -> Value) -> Value { known.withLock { body(&$0) } }

    /// Reads or changes who has which records in hand; `body` may wait for the database.
    func withLedgers<Value: Sendable>(
        _ body: (inout [Dataflow.ID: ClaimLedger]) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        try ledgers.withLock { ledgers throws(StorageError) in try body(&ledgers) }
    }
}
#endif
