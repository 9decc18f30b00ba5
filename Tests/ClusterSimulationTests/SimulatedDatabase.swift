import ActivationCore
import ActivationEngine
import StorageCommon

/// A database at READ COMMITTED in virtual time: what a transaction does is one event after the other, and locks are waited for.
struct SimulatedDatabase {
    /// What is locked until a transaction ends.
    ///
    /// A key that is being inserted is waited for like a row.
    enum Lock: Hashable {
        case profile(Int64)
        case profileID(Profile.ID)
        case lane(Int16)
        case paths
        case identity(Identity)
        case writer(Int16)
        case catalog
    }

    /// What the server does next for a transaction.
    enum Step {
        case lock(Lock)
        case perform((inout SimulatedDatabase, Int) throws(StorageError) -> Void)
        case commit
    }

    struct Transaction {
        let connection: Int
        /// The next one last.
        var steps: [Step] = []
        var held: [Lock] = []
        var waitsFor: Lock?
        /// How many programs it has run and how often it has waited: what tells a time-out whether it is still meant.
        var programs = 0
        var waits = 0
        /// Done when it commits.
        var effects: [(inout SharedContent, Transaction) -> Void] = []
        /// Numbers given out, of rows and of profiles.
        var bases: [Int16: Int64] = [:]
        var profileBases: [Int16: Int64] = [:]
        var loaded = LoadedState()
    }

    struct Connection {
        let node: Int
        var isOpen = true
        var transaction: Int?
    }

    /// How far a transaction has come.
    enum Progress {
        case goesOn
        case waits
        case finished(isCommitted: Bool)
        case failed(StorageError)
    }

    private(set) var content = SharedContent()
    /// What was committed before the last commits, the latest last.
    private(set) var history: [SharedContent] = []
    var keepsHistory = false
    private(set) var transactions: [Int: Transaction] = [:]
    private(set) var connections: [Int: Connection] = [:]
    private var holders: [Lock: Int] = [:]
    private var queues: [Lock: [Int]] = [:]
    private var lastTransaction = 0
    private var lastConnection = 0
    /// What a planted fault gives out numbers from.
    var sequence: Int64 = 0
    /// Transactions that got the lock they waited for.
    var granted: [Int] = []
    /// Transactions that wait for each other.
    private(set) var deadlock: [Int] = []
    private(set) var waits = 0

    /// Changes what is committed by a statement of its own, which waits for nobody.
    mutating func change<Value>(_ body: (inout SharedContent) -> Value) -> Value { body(&content) }

    // MARK: Connections

    mutating func connect(node: Int) -> Int {
        lastConnection += 1
        connections[lastConnection] = Connection(node: node)
        return lastConnection
    }

    /// Notices that a connection is closed; what the server was told before that it does to the end.
    mutating func close(_ connection: Int) {
        guard connections[connection]?.isOpen == true else { return }
        connections[connection]?.isOpen = false
        guard let id = connections[connection]?.transaction, isIdle(id) else { return }
        end(id)
    }

    func isIdle(_ id: Int) -> Bool {
        guard let transaction = transactions[id] else { return false }
        return transaction.steps.isEmpty && transaction.waitsFor == nil
    }

    // MARK: Transactions

    /// Whether all that a transaction still has to do is to commit.
    func isAboutToCommit(_ id: Int) -> Bool {
        if case .commit = transactions[id]?.steps.last { true } else { false }
    }

    /// Runs steps in the transaction of a connection, which begins with them if there is none.
    mutating func run(_ steps: [Step], on connection: Int) -> Int {
        let id: Int
        if let open = connections[connection]?.transaction {
            id = open
        } else {
            lastTransaction += 1
            id = lastTransaction
            transactions[id] = Transaction(connection: connection)
            connections[connection]?.transaction = id
        }
        transactions[id]?.steps = steps.reversed()
        transactions[id]?.programs += 1
        return id
    }

    /// Does a transaction's next step.
    mutating func advance(_ id: Int) -> Progress {
        guard let step = transactions[id]?.steps.popLast() else { return finish(id) }
        switch step {
        case .lock(let lock):
            if holders[lock] == id { return .goesOn }
            guard holders[lock] == nil else {
                queues[lock, default: []].append(id)
                transactions[id]?.waitsFor = lock
                transactions[id]?.waits += 1
                waits += 1
                findDeadlock(from: id)
                return .waits
            }
            holders[lock] = id
            transactions[id]?.held.append(lock)
        case .perform(let body):
            do throws(StorageError) {
                try body(&self, id)
            } catch {
                end(id)
                return .failed(error)
            }
        case .commit:
            if keepsHistory { history = history.suffix(5) + [content] }
            if let transaction = transactions[id] {
                for effect in transaction.effects { effect(&content, transaction) }
            }
            end(id)
            return .finished(isCommitted: true)
        }
        return .goesOn
    }

    private mutating func finish(_ id: Int) -> Progress {
        // Whoever began it is gone.
        if let connection = transactions[id]?.connection, connections[connection]?.isOpen != true { end(id) }
        return .finished(isCommitted: false)
    }

    /// Lets a transaction do steps before those that it has.
    mutating func insert(_ steps: [Step], in id: Int) {
        transactions[id]?.steps.append(contentsOf: steps.reversed())
    }

    /// Changes what a transaction keeps.
    mutating func note(in id: Int, _ body: (inout Transaction) -> Void) {
        guard var transaction = transactions[id] else { return }
        body(&transaction)
        transactions[id] = transaction
    }

    /// Ends a transaction; what it has not committed is nothing.
    mutating func end(_ id: Int) {
        guard let transaction = transactions.removeValue(forKey: id) else { return }
        connections[transaction.connection]?.transaction = nil
        if let lock = transaction.waitsFor { queues[lock]?.removeAll { $0 == id } }
        for lock in transaction.held {
            holders[lock] = nil
            guard let next = queues[lock]?.first else { continue }
            queues[lock]?.removeFirst()
            holders[lock] = next
            transactions[next]?.held.append(lock)
            transactions[next]?.waitsFor = nil
            granted.append(next)
        }
    }

    private mutating func findDeadlock(from id: Int) {
        var seen = [id]
        while let lock = seen.last.flatMap({ transactions[$0]?.waitsFor }), let holder = holders[lock] {
            if holder == id { return deadlock = seen }
            guard !seen.contains(holder) else { return }
            seen.append(holder)
        }
    }

    /// What the transactions that wait for each other hold and want.
    func describeDeadlock() -> String {
        deadlock.map { id in
            guard let transaction = transactions[id] else { return "\(id)" }
            return "\(id) holds \(transaction.held) and wants \(transaction.waitsFor.map { "\($0)" } ?? "nothing")"
        }.joined(separator: "; ")
    }

    // MARK: Failover

    /// Another server takes over: nobody is connected, nothing is under way, and some of the last commits may be missing.
    mutating func failOver(losing commits: Int) {
        if commits > 0, history.count >= commits {
            content = history[history.count - commits]
            history = []
        }
        for connection in connections.keys {
            connections[connection]?.isOpen = false
            connections[connection]?.transaction = nil
        }
        (transactions, holders, queues, granted) = ([:], [:], [:], [])
    }
}
