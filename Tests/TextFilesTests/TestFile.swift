import Foundation

@testable import TextFiles

/// A file that goes away with the test.
final class TestFile: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "headwater-\(UUID().uuidString).csv").path

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Replaces what is in it.
    func write(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// Opens it under a short name.
    func open(pieceBytes: Int = InputFile.pieceBytes) throws(InputFailure) -> InputFile {
        try InputFile(path: path, name: "f.csv", pieceBytes: pieceBytes)
    }
}
