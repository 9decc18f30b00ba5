import NIOCore

/// What a resolver knows of names and which lookups are under way.
struct ResolvedNames {
    typealias Waiter = EventLoopPromise<[SocketAddress]>

    /// What is to be done for who asked.
    struct Request {
        /// The number to give up by; nil for who has been answered.
        var waiter: UInt64?
        /// A lookup is to be started.
        var startsLookup: Bool
    }

    private struct Name {
        var answer: (addresses: [SocketAddress], time: NIODeadline)?
        /// Who waits for the lookup that is under way; nil when none is.
        var waiters: [UInt64: Waiter]?
        /// The last lookup took long, or somebody could not wait for its end.
        var isSlow = false
        var lastUse: NIODeadline
    }

    /// How long an answer is taken without asking again.
    static let freshTime = TimeAmount.seconds(30)
    /// A name that nobody asks for is forgotten after this.
    static let keepTime = TimeAmount.seconds(60)
    /// A lookup that takes longer is slow.
    static let slowTime = TimeAmount.seconds(1)

    private var names: [String: Name] = [:]
    private var lastWaiter: UInt64 = 0

    /// Answers a waiter at once from what is known, or lets it wait.
    mutating func ask(_ host: String, _ waiter: Waiter, now: NIODeadline) -> Request {
        if names[host].map({ isUnused($0, now: now) }) ?? true { forgetUnused(now: now) }
        var name = names[host] ?? Name(lastUse: now)
        name.lastUse = now
        defer { names[host] = name }
        var request = Request(startsLookup: name.waiters == nil)
        if let answer = name.answer {
            waiter.succeed(answer.addresses)
            request.startsLookup = request.startsLookup && now - answer.time >= Self.freshTime
            if request.startsLookup { name.waiters = [:] }
        } else {
            lastWaiter += 1
            request.waiter = lastWaiter
            name.waiters = name.waiters ?? [:]
            name.waiters?[lastWaiter] = waiter
        }
        return request
    }

    /// A lookup of this name would take a thread for long.
    func isSlow(_ host: String) -> Bool { names[host]?.isSlow == true }

    /// Ends waiting; the waiter is nil if it has been answered.
    mutating func giveUp(_ host: String, _ waiter: UInt64) -> Waiter? {
        guard let promise = names[host]?.waiters?.removeValue(forKey: waiter) else { return nil }
        names[host]?.isSlow = true
        return promise
    }

    /// Keeps a lookup's result and hands over who waited for it.
    ///
    /// A name server that cannot say anything leaves what was known.
    ///
    /// - Parameters:
    ///   - host: The name.
    ///   - result: What the lookup said.
    ///   - time: How long it took.
    ///   - now: The time.
    /// - Returns: The waiters.
    mutating func end(
        _ host: String,
        _ result: Result<[SocketAddress], any Error>,
        after time: TimeAmount,
        now: NIODeadline
    ) -> [Waiter] {
        guard let waiters = names[host]?.waiters else { return [] }
        names[host]?.waiters = nil
        names[host]?.isSlow = time > Self.slowTime
        switch result {
        case .success(let addresses): names[host]?.answer = (addresses, now)
        case .failure(let error as LookupFailure) where error.isPassing: break
        case .failure: names[host]?.answer = nil
        }
        return Array(waiters.values)
    }

    /// Forgets the addresses of a name, which lead nowhere.
    mutating func forget(_ host: String) { names[host]?.answer = nil }

    private func isUnused(_ name: Name, now: NIODeadline) -> Bool {
        name.waiters == nil && now - name.lastUse >= Self.keepTime
    }

    private mutating func forgetUnused(now: NIODeadline) {
        names = names.filter { !isUnused($0.value, now: now) }
    }
}
