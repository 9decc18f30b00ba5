import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// A lane from which several take.
@Suite(.timeLimit(.minutes(5))) struct SharedLaneTests {
    private static func submit(_ count: Int, to lane: IngestLane) async throws {
        _ = try await lane.submit((0..<count).map { try EngineTests.record($0, step: 0) })
    }

    private static func answer(_ work: [LaneWork]) {
        for piece in work {
            switch piece {
            case .messages(let messages, let continuation, _):
                continuation.resume(returning: .success(messages.map { _ in .accepted }))
            case .inputs(let causes, let continuation, _):
                continuation.resume(returning: .success(causes.map { _ in .accepted }))
            case .catalog(_, let continuation): continuation.resume(returning: .success([]))
            }
        }
    }

    @Test func `whoever takes messages alone passes by what is not for it, and leaves it where it was`() async throws {
        let lane = IngestLane(options: EngineOptions(batchMessagesMax: 3))
        let profile = Profile.ID(uuid: UUIDBytes(high: 9, low: 1))
        let clock = Task { try await lane.decide([.clock(profile)]) }
        try await EngineTests.until { lane.waiting.count == 1 }
        let first = Task { try await Self.submit(2, to: lane) }
        try await EngineTests.until { lane.waiting.count == 2 }
        let evaluation = Task { try await lane.decide([.evaluation(profile, audiences: [])]) }
        try await EngineTests.until { lane.waiting.count == 3 }
        let second = Task { try await Self.submit(2, to: lane) }
        try await EngineTests.until { lane.waiting.count == 4 }

        // A piece more would be over the bound of a batch.
        let taken = try #require(await lane.next(.messages))
        #expect(taken.count == 1)
        Self.answer(taken)
        try await first.value
        #expect(lane.waiting.count == 3)
        let rest = try #require(await lane.next(.everything))
        #expect(rest.count == 2)
        if case .inputs(let causes, _, _) = rest[0] {
            #expect(causes.count == 1)
        } else {
            Issue.record("not the clock")
        }
        Self.answer(rest)
        Self.answer(try #require(await lane.next(.everything)))
        _ = try await (clock.value, evaluation.value)
        try await second.value
        #expect(lane.waiting.isEmpty)
    }

    @Test func `every piece is taken once, whoever waits for it, and all are woken at the end`() async throws {
        let lane = IngestLane(options: EngineOptions(batchMessagesMax: 5))
        let taken = try await withThrowingTaskGroup(of: Int.self) { group in
            for consumer in 0..<3 {
                group.addTask {
                    var taken = 0
                    while let work = await lane.next(consumer == 0 ? .everything : .messages) {
                        #expect(!work.isEmpty)
                        if consumer > 0 { #expect(work.allSatisfy { if case .messages = $0 { true } else { false } }) }
                        taken += work.count
                        await Task.yield()
                        Self.answer(work)
                    }
                    return taken
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { callers in
                for caller in 0..<20 {
                    callers.addTask {
                        for step in 0..<50 {
                            if caller == 0, step.isMultiple(of: 5) {
                                try await lane.decide([.clock(Profile.ID(uuid: UUIDBytes(high: 9, low: 1)))])
                            } else {
                                try await Self.submit(1 + caller % 4, to: lane)
                            }
                        }
                    }
                }
                try await callers.waitForAll()
            }
            lane.close()
            return try await group.reduce(0, +)
        }
        #expect(taken == 1_000)
        #expect(lane.waiting.isEmpty)
    }
}
