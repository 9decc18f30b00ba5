import ActivationCore
import Synchronization

/// Bounds how many bodies hold lines at the same time (I8), and shares that among those who send.
///
/// A body needs a permit while lines of it are in memory. When there are more bodies than permits, one that is free goes to
/// the sender who holds the fewest, and among the bodies of one sender to the one that waits longest. Calls may overlap.
final class BodyPermits: Sendable {
    /// Who sends; all bodies of one credential share what it gets.
    typealias Sender = ByteKey

    private struct Waiting {
        var number: Int
        var sender: Sender
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var free: Int
        /// How many permits every sender holds; only those who hold any.
        var held: [Sender: Int] = [:]
        /// In the order in which they came.
        var waiting: [Waiting] = []
        var lastNumber = 0

        /// Takes a permit out for a sender.
        mutating func grant(_ sender: Sender) {
            free -= 1
            held[sender, default: 0] += 1
        }

        /// Takes out who is next of those that wait.
        mutating func next() -> Waiting? {
            let index = waiting.indices.min {
                held[waiting[$0].sender, default: 0] < held[waiting[$1].sender, default: 0]
            }
            return index.map { waiting.remove(at: $0) }
        }
    }

    private let state: Mutex<State>

    /// Creates permits for so many bodies.
    init(_ most: Int) {
        state = Mutex(State(free: most))
    }

    /// How many bodies wait for a permit; while there are any, who can do without one should give it back.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Takes a permit, waiting until one is free.
    ///
    /// - Parameter sender: Who sends the body.
    /// - Returns: Whether there is one; false when the task was cancelled.
    func take(for sender: Sender) async -> Bool {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    // A task that is cancelled after this finds itself among those that wait.
                    guard !Task.isCancelled else { return false }
                    guard state.free == 0 else {
                        state.grant(sender)
                        return true
                    }
                    state.waiting.append(Waiting(number: number, sender: sender, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
            }
            waiting?.continuation.resume(returning: false)
        }
    }

    /// Gives a permit back.
    ///
    /// - Parameter sender: Who took it.
    func give(from sender: Sender) {
        let next = state.withLock { state -> Waiting? in
            let left = state.held[sender, default: 1] - 1
            state.held[sender] = left > 0 ? left : nil
            state.free += 1
            guard let next = state.next() else { return nil }
            state.grant(next.sender)
            return next
        }
        next?.continuation.resume(returning: true)
    }
}
