import NIOCore
import NIOPosix
import Synchronization

/// Keys of a source, renewed before they expire.
///
/// Shared by all who sign in as the same identity. Whoever asks while there are keys gets them at once, also while others
/// are on their way; the first to ask, and those who ask before the first keys came, wait.
public final class RenewedCredentials: CredentialsProvider {
    private struct State {
        var renewal: CredentialsRenewal
        var waiting: [UInt64: EventLoopPromise<KinesisCredentials>] = [:]
        var lastWaiter: UInt64 = 0
    }

    /// How long a source may take.
    static let sourceTime = Duration.seconds(8)

    private let source: any CredentialsSource
    private let now: @Sendable () -> MonotonicTime
    private let state: Mutex<State>

    /// Creates a provider; nothing is asked before somebody needs keys.
    ///
    /// - Parameter source: Hands out keys.
    public convenience init(_ source: any CredentialsSource) {
        self.init(source, seed: .random(in: 0 ... .max)) {
            MonotonicTime(nanoseconds: Int64(bitPattern: NIODeadline.now().uptimeNanoseconds))
        }
    }

    init(_ source: any CredentialsSource, seed: UInt64, now: @escaping @Sendable () -> MonotonicTime) {
        self.source = source
        self.now = now
        state = Mutex(State(renewal: CredentialsRenewal(seed: seed)))
    }

    /// The present keys; waits only while there are none.
    public func credentials(within limit: Duration) async throws(KinesisError) -> KinesisCredentials {
        let time = now()
        let (answer, asksSource, waiter) = state.withLock { state in
            let (answer, asksSource) = state.renewal.ask(now: time)
            guard case .wait = answer else { return (answer, asksSource, Waiter?.none) }
            state.lastWaiter += 1
            let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: KinesisCredentials.self)
            state.waiting[state.lastWaiter] = promise
            return (answer, asksSource, Waiter(number: state.lastWaiter, promise: promise))
        }
        // Not a child of who asks: others need the keys too.
        if asksSource { Task { await self.renew() } }
        switch answer {
        case .keys(let keys): return keys
        case .failure(let error): throw error
        case .wait: break
        }
        guard let waiter else { throw Self.late(limit) }
        return try await wait(waiter, limit)
    }

    /// Has other keys asked for by who needs them next, unless they have come already.
    public func refuse(_ credentials: KinesisCredentials) -> Bool {
        state.withLock { $0.renewal.refuse(credentials) }
        return true
    }

    /// How the present keys stand.
    public var standing: CredentialsStanding? {
        let time = now()
        return state.withLock { $0.renewal.standing(now: time) }
    }

    private struct Waiter {
        var number: UInt64
        var promise: EventLoopPromise<KinesisCredentials>
    }

    private func wait(_ waiter: Waiter, _ limit: Duration) async throws(KinesisError) -> KinesisCredentials {
        let future = waiter.promise.futureResult
        let timer = future.eventLoop.scheduleTask(in: TimeAmount(limit)) {
            self.state.withLock { $0.waiting.removeValue(forKey: waiter.number) }?.fail(Self.late(limit))
        }
        defer { timer.cancel() }
        do {
            return try await future.get()
        } catch let error as KinesisError {
            throw error
        } catch {
            throw Self.late(limit)
        }
    }

    private func renew() async {
        let result: Result<IssuedCredentials, KinesisError>
        do throws(KinesisError) {
            result = .success(try await source.issue(within: Self.sourceTime))
        } catch {
            result = .failure(error)
        }
        let time = now()
        let (outcome, waiting) = state.withLock { state in
            let outcome =
                switch result {
                case .success(let issued): state.renewal.issued(issued, now: time)
                case .failure(let error): state.renewal.failed(error, now: time)
                }
            defer { state.waiting = [:] }
            return (outcome, state.waiting.values.map { $0 })
        }
        for promise in waiting { promise.completeWith(outcome.mapError { $0 as any Error }) }
    }

    private static func late(_ limit: Duration) -> KinesisError {
        KinesisError(.credentialsUnavailable, "no keys came within \(limit); nothing was sent")
    }
}
