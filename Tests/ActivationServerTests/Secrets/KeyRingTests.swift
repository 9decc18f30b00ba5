import ActivationCore
import Crypto
import Foundation
import Testing

@testable import ActivationServer

/// The files of keys that are replaced: whatever moment a process is killed at, nothing is lost.
struct KeyRingTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_123)

    private static func names(_ directory: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: directory))
    }

    private static func mode(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0
    }

    @Test func `the key before is kept in a file of its own until it is released`() throws {
        try FirstStartTests.withDirectory { directory in
            let keys = try ServerKeys(directory: directory)
            let old = keys.dataKey
            let sealed = try SecretBox(keys).seal([1, 2], owner: "a")
            try keys.ring.rotate(.data, at: KeyRingTests.now)

            #expect(keys.dataKey != old)
            #expect(try KeyRingTests.names(directory) == ["token.key", "data.key", "data.key.previous"])
            #expect(try KeyRingTests.mode("\(directory)/data.key.previous") == 0o600)
            #expect(try KeyRingTests.mode("\(directory)/data.key") == 0o600)
            let again = try ServerKeys(directory: directory)
            #expect(again.dataKey == keys.dataKey && again.ring[.data].previous?.key == old)
            #expect(again.ring[.data].previous?.replacedAt == KeyRingTests.now)
            #expect(SecretBox(again).open(sealed, owner: "a") == [1, 2])

            try again.ring.release(.data, fades: false)
            #expect(try KeyRingTests.names(directory) == ["token.key", "data.key"])
            #expect(SecretBox(again).open(sealed, owner: "a") == nil)
            try again.ring.release(.data, fades: false)
        }
    }

    @Test func `a process that was killed before the new key was there has changed nothing`() throws {
        try FirstStartTests.withDirectory { directory in
            let keys = try ServerKeys(directory: directory)
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: "\(directory)/data.key")))
            try PrivateFile.write(
                PreviousKey.file(bytes, replacedAt: KeyRingTests.now),
                to: "\(directory)/data.key.previous"
            )
            // What a write that was cut off leaves.
            try Data([1]).write(to: URL(filePath: "\(directory)/data.key.new"))

            let again = try ServerKeys(directory: directory)

            #expect(again.dataKey == keys.dataKey && again.ring[.data].previous == nil)
            #expect(try KeyRingTests.names(directory) == ["token.key", "data.key", "data.key.new"])
            try again.ring.rotate(.data, at: KeyRingTests.now)
            #expect(try KeyRingTests.names(directory) == ["token.key", "data.key", "data.key.previous"])
        }
    }

    @Test func `a key that cannot be written leaves the one before in use`() throws {
        try FirstStartTests.withDirectory { directory in
            let keys = try ServerKeys(directory: directory)
            let old = keys.dataKey
            // In the way of the new key alone.
            try FileManager.default.createDirectory(
                atPath: "\(directory)/data.key.new",
                withIntermediateDirectories: false
            )
            #expect(throws: ServerStartError.self) { try keys.ring.rotate(.data, at: KeyRingTests.now) }
            #expect(keys.dataKey == old && keys.ring[.data].previous == nil)
            #expect(try ServerKeys(directory: directory).dataKey == old)
        }
    }

    @Test func `a kept key of the wrong size is refused by name, and reading changes nothing`() throws {
        try FirstStartTests.withDirectory { directory in
            #expect(throws: ServerStartError.self) { try ServerKeys.existing(inDirectory: directory) }
            #expect(try KeyRingTests.names(directory).isEmpty)
            _ = try ServerKeys(directory: directory)
            try PrivateFile.write([1, 2, 3], to: "\(directory)/token.key.previous")
            let error = #expect(throws: ServerStartError.self) { try ServerKeys(directory: directory) }
            #expect(error?.description.contains("token.key.previous has 3 bytes") == true)
        }
    }

    @Test func `both data keys can come from outside, and the file's key can be the one before`() throws {
        try FirstStartTests.withDirectory { directory in
            let file = try ServerKeys(directory: directory)
            let sealed = try SecretBox(file).seal([1], owner: "a")
            let new = SymmetricKey(size: .bits256)
            let keys = try ServerKeys(directory: directory, dataKey: new, previousDataKey: file.dataKey)
            #expect(keys.dataKey == new && SecretBox(keys).open(sealed, owner: "a") == [1])
            #expect(keys.ring[.data].previous?.isInFile == false && keys.ring[.data].isInFile == false)
            let same = try ServerKeys(directory: directory, dataKey: new, previousDataKey: new)
            #expect(same.ring[.data].previous == nil)
        }
    }

    @Test func `a copy of somebody's data is sealed anew piece by piece`() throws {
        try FirstStartTests.withDirectory { directory in
            let keys = try ServerKeys(directory: directory)
            let job = UUIDBytes(high: 1, low: 2).description
            let folder = PrivacyFolder(path: "\(directory)/privacy", box: SecretBox(keys))
            let pieces = [[UInt8](repeating: 7, count: PrivacyFolder.pieceBytes), [1, 2, 3]]
            try folder.begin(job)
            try folder.write(pieces[0], at: 0, of: job)
            // Another key in the middle of it.
            try keys.ring.rotate(.data, at: KeyRingTests.now)
            try folder.write(pieces[1], at: 1, of: job)
            try folder.finish(job)

            #expect(try folder.reseal(job))
            try keys.ring.release(.data, fades: false)

            #expect(try [0, 1].map { try folder.piece(Int64($0), of: job) } == pieces)
            #expect(try KeyRingTests.names("\(directory)/privacy") == [job])
            #expect(try folder.reseal(UUIDBytes(high: 1, low: 3).description), "there is none")
            try keys.ring.rotate(.data, at: KeyRingTests.now, keepsPrevious: false)
            #expect(try !folder.reseal(job))
        }
    }
}
