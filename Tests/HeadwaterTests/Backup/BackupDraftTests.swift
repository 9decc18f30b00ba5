import Foundation
import Testing

@testable import headwater

/// The directory in which a backup is written, at each point at which its process may be killed.
struct BackupDraftTests {
    private static func names(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
    }

    /// A draft that holds something, beside where it is to stand.
    private static func draft(_ directory: TestDirectory) throws -> (BackupDraft, path: String, target: String) {
        let path = "\(directory.path)/backup.partial"
        let draft = try BackupDraft(path)
        for name in ["headwater.db", "manifest.json"] { _ = try directory.write(name, to: "backup.partial/\(name)") }
        return (draft, path, "\(directory.path)/backup")
    }

    @Test func `a draft gets its name, with what was written and nothing else`() throws {
        let directory = try TestDirectory()
        let (draft, path, target) = try BackupDraftTests.draft(directory)

        try draft.complete(as: target)

        #expect(BackupDraftTests.names(target) == ["headwater.db", "manifest.json"])
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a draft is known as one until it has its name, and the next one clears it`() throws {
        let directory = try TestDirectory()
        let target = "\(directory.path)/backup"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        _ = try directory.write("other", to: "backup/other")
        /// As far as a process comes that is killed before the new name stands.
        func killed() throws -> String {
            let (draft, path, target) = try BackupDraftTests.draft(directory)
            #expect(throws: CommandFailure.self) { try draft.complete(as: target) }
            return path
        }

        let path = try killed()

        #expect(BackupDraftTests.names(path) == ["headwater.db", "lock", "manifest.json"])
        let next = try BackupDraft(path)
        #expect(BackupDraftTests.names(path) == ["lock"])
        next.abandon()
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(BackupDraftTests.names(target) == ["other"])
    }

    @Test func `a draft that somebody holds is left alone, and so is what is none`() throws {
        let directory = try TestDirectory()
        let (draft, path, _) = try BackupDraftTests.draft(directory)

        #expect(throws: CommandFailure.self) { _ = try BackupDraft(path) }

        #expect(BackupDraftTests.names(path) == ["headwater.db", "lock", "manifest.json"])
        draft.abandon()
        let foreign = "\(directory.path)/letters.partial"
        try FileManager.default.createDirectory(atPath: foreign, withIntermediateDirectories: false)
        _ = try directory.write("dear", to: "letters.partial/letter")
        #expect(throws: CommandFailure.self) { _ = try BackupDraft(foreign) }
        #expect(BackupDraftTests.names(foreign) == ["letter"])
    }
}
