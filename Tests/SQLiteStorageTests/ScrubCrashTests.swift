import ActivationCore
import ActivationEngine
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// Ends real processes in the middle of a scrub (BEHAVIOUR 3.11).
@Suite struct ScrubCrashTests {
    private static let people = 120

    /// What everything of a profile holds, over and over, and nothing of another one.
    private static func mark(_ number: Int) -> String { "<secret \(number)>" }

    private static func value(_ number: Int, round: Int) -> String {
        String(repeating: mark(number), count: (number * 37 + round * 53) % 150 + 5)
    }

    private static func commit(_ writer: WriterDatabase, _ fill: (inout CommitPlan) throws -> Void) throws {
        var plan = CommitPlan(scope: StorageConformance.scope)
        try fill(&plan)
        try writer.commit(plan)
    }

    /// Changes profiles, deletes one now and then, and does a step of a scrub after each commit, until the file system
    /// kills the process; the deletions that were acknowledged stand in a file.
    static func work(in path: String, killedBefore operation: Int, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let vfs = RecordingVFS(name: "scrub-kill")
        var options = SQLiteStorageOptions()
        options.vfs = vfs.name
        options.logBytesMax = 128 << 10
        options.scrubBytes = 8 * options.pageBytes
        let writer = try WriterDatabase(DataDirectory(path: path + "/store"), options)
        var known: [Int: StoredProfile] = [:]
        try commit(writer) { plan in
            for number in 0..<people {
                let write = StorageConformance.new(number, value: value(number, round: 0))
                plan.profiles.append(write)
                plan.identities.append(
                    CommitPlan.IdentityWrite(
                        identity: StorageConformance.email(mark(number)),
                        profile: StorageConformance.profileID(number)
                    )
                )
            }
        }
        var request = LoadRequest(scope: StorageConformance.scope)
        request.profiles = (0..<people).map(StorageConformance.profileID)
        for (number, profile) in try writer.load(request).profiles.enumerated() { known[number] = profile }
        let acknowledgements = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "/deleted"))
        vfs.killProcess(before: vfs.count(.write) + vfs.count(.sync) + operation)
        for round in 1..<10_000 {
            let gone = round % 10 == 0 ? known.keys.sorted().randomElement(using: &random) : nil
            try commit(writer) { plan in
                for number in known.keys.sorted() where number != gone && Int.random(in: 0..<8, using: &random) == 0 {
                    guard let profile = known[number] else { continue }
                    let write = StorageConformance.changed(profile, value: value(number, round: round))
                    plan.profiles.append(write)
                    known[number] = write.profile
                }
                if let gone, let profile = known[gone] {
                    plan.deletions.append(
                        CommitPlan.ProfileDeletion(
                            profile: profile,
                            survivor: profile.id,
                            deletedAt: Timestamp(milliseconds: 77)
                        )
                    )
                    plan.identities.append(
                        CommitPlan.IdentityWrite(identity: StorageConformance.email(mark(gone)), profile: nil)
                    )
                }
            }
            if let gone {
                known[gone] = nil
                acknowledgements.write(Data("\(gone)\n".utf8))
            }
            _ = try writer.scrubStep()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a process killed in a scrub leaves all others whole, and the deleted are gone in the end`() async throws {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        var interrupted = 0
        for _ in 0..<10 {
            let directory = try TemporaryDirectory()
            let path = directory.path
            try Data().write(to: URL(fileURLWithPath: path + "/deleted"))
            let operation = Int.random(in: 300...4_000, using: &random)

            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, operation = operation as Int, seed = seed as UInt64] in
                try ScrubCrashTests.work(in: path, killedBefore: operation, seed: seed)
            }

            let comment = Comment("killed before \(operation), seed \(seed)")
            let deleted = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path + "/deleted")), as: UTF8.self)
                .split(separator: "\n").compactMap { Int($0) }
            let storage = try SQLiteStorage.open(directory: path + "/store")
            var request = LoadRequest(scope: StorageConformance.scope)
            request.profiles = (0..<Self.people).map(StorageConformance.profileID)
            let profiles = try await storage.load(request).profiles
            let present = Dictionary(uniqueKeysWithValues: profiles.map { ($0.id, $0.value) })
            let numbers = (0..<Self.people).filter { present[StorageConformance.profileID($0)] != nil }
            let gone = (0..<Self.people).filter { present[StorageConformance.profileID($0)] == nil }
            #expect(Set(deleted).isSubset(of: gone), comment)
            // The deletion in flight at the kill may be there, as a whole.
            #expect(gone.count <= deleted.count + 1, comment)
            for number in numbers {
                let value = StorageConformance.text(try #require(present[StorageConformance.profileID(number)]))
                let count = value.utf8.count / Self.mark(number).utf8.count
                #expect(value == String(repeating: Self.mark(number), count: count) && count >= 5, comment)
            }
            while true {
                let erasures = try await storage.erasures(scope: StorageConformance.scope, limit: 1_000)
                #expect(erasures.count == gone.count, comment)
                if erasures.allSatisfy(\.isScrubbed) { break }
                interrupted += 1
                try await Task.sleep(for: .milliseconds(20))
            }
            for number in gone { #expect(try ScrubStore.count(Self.mark(number), in: path + "/store") == 0, comment) }
            for number in numbers { #expect(try ScrubStore.count(Self.mark(number), in: path + "/store") > 0, comment) }
            try await storage.close()
            let connection = try Connection(path: path + "/store/headwater.db", vfs: nil)
            #expect(try connection.text("PRAGMA integrity_check") == "ok", comment)
        }
        #expect(interrupted > 0, "no scrub was interrupted, seed \(seed)")
    }
}
