import ActivationCore
import Synchronization

@testable import ActivationEngine
@testable import ActivationServer

/// An engine with numbered profiles in rows of the same numbers, every fourth of which any question finds.
final class PagedEngine: QuietEngine {
    struct Asked: Equatable {
        var row: Int64
        var limit: Int
    }

    let asked = Mutex<[Asked]>([])
    private let profiles: Int64
    private let failure: EngineError?
    private let isHeld: Atomic<Bool>

    /// Creates an engine.
    ///
    /// - Parameters:
    ///   - profiles: How many profiles there are.
    ///   - isHeld: Whether nobody gets an answer before ``release()``.
    ///   - failure: What every question ends with.
    init(profiles: Int64, isHeld: Bool = false, failure: EngineError? = nil) {
        self.profiles = profiles
        self.failure = failure
        self.isHeld = Atomic(isHeld)
    }

    func release() { isHeld.store(false, ordering: .relaxed) }

    func profiles(
        matching question: ProfileQuestion,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> ProfileMatches {
        asked.withLock { $0.append(Asked(row: row, limit: limit)) }
        while isHeld.load(ordering: .relaxed), !Task.isCancelled { await Task.yield() }
        if let failure { throw failure }
        let last = min(row + Int64(limit), profiles)
        let found = ((row + 1)..<(last + 1)).filter { $0 % 4 == 0 }
        return ProfileMatches(
            lastRow: last > row ? last : nil,
            read: Int(max(last - row, 0)),
            matches: found.map {
                ProfileMatches.Match(id: Profile.ID(uuid: UUIDBytes(high: 0, low: UInt64($0))), identities: [])
            }
        )
    }

    func profileRows() async throws(EngineError) -> ClosedRange<Int64>? { profiles > 0 ? 1...profiles : nil }
    func profileCount() async throws(EngineError) -> Int { Int(profiles) }
}
