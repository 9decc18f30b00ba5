import ActivationCore
import ActivationEngine
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// How the hours of audiences are kept in the file.
@Suite struct MemberHourTests {
    private let directory: TemporaryDirectory
    private let writer: WriterDatabase

    init() throws {
        directory = try TemporaryDirectory()
        writer = try WriterDatabase(DataDirectory(path: directory.path("store")), SQLiteStorageOptions())
    }

    private func count(_ audiences: Range<Int>, in hour: Int64, scope: Scope = StorageConformance.scope) throws {
        var plan = CommitPlan(scope: scope)
        plan.admission = AdmissionMark(
            instant: Timestamp(milliseconds: hour * BookedHour.length),
            sequence: AdmissionSequence(rawValue: 1 << 10)
        )
        for audience in audiences {
            plan.memberCounters[StorageConformance.audienceID(audience)] = MemberCounters(entered: 1)
        }
        try writer.commit(plan)
    }

    private func rows() throws -> Int64 { try writer.connection.integer("SELECT count(*) FROM audience_hour") }

    @Test func `an hour is written once for each audience, whatever happens in it`() throws {
        for _ in 0..<5 { try count(0..<3, in: 9) }
        #expect(try rows() == 3)
        // Only the counters themselves are written.
        let before = try writer.connection.integer("SELECT total_changes()")
        try count(0..<3, in: 9)
        let changes = try writer.connection.integer("SELECT total_changes()") - before
        // Three audiences, the scope's mark and the number that no entry of a commit log gets.
        #expect(changes == 5)
        try count(0..<1, in: 8)
        #expect(try rows() == 3)
    }

    @Test func `old hours go some at a time, those of other scopes by their own last hour`() throws {
        try count(0..<3, in: 1)
        try count(0..<2, in: 2)
        try count(0..<2, in: 1, scope: StorageConformance.otherScope)
        try count(0..<1, in: 2 + BookedHour.keptHours)
        #expect(try rows() == 8)
        try writer.workWhenIdle()
        #expect(try rows() == 5)
        for _ in 0..<3 { try writer.workWhenIdle() }
        #expect(try rows() == 5)
        #expect(try writer.connection.integer("SELECT min(hour) FROM audience_hour WHERE scope = 1") == 2)
    }
}
