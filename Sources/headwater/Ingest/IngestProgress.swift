import ActivationCore
import Glibc
import TextFiles

/// `FILE.headwater-progress`: how much of a file the server has acknowledged.
///
/// Replaced whole after each acknowledgement. It may be older than the truth after a power failure: the lines between are
/// sent again then, which changes nothing.
struct IngestProgress: Equatable {
    /// Acknowledged bytes.
    var offset: Int64 = 0
    /// Lines in them.
    var line: Int64 = 0
    /// SHA-256 of those bytes, to see whether the file is still the same.
    var prefixDigest = ""
    /// Where the lines went: server, sandbox, kind and dataset.
    var target = ""
    /// How the file was read: the digest of format, encoding, delimiter, header and mapping.
    var reading = ""
    /// Lines among them that were refused.
    var refused: Int64 = 0

    /// Where the next run goes on.
    var mark: TextMark {
        get { TextMark(offset: offset, line: line, digest: prefixDigest) }
        set {
            offset = newValue.offset
            line = newValue.line
            prefixDigest = newValue.digest
        }
    }

    /// The file's name.
    static func path(for file: String) -> String { "\(file).headwater-progress" }

    /// Reads the progress of a file; nil when there is none.
    static func read(for file: String) throws(CommandFailure) -> IngestProgress? {
        let path = path(for: file)
        guard access(path, F_OK) == 0 else { return nil }
        let bytes = try SmallFile.contents(of: path, bytesMax: bytesMax)
        guard
            // Any damage means the same: it cannot be gone by.
            let value = try? JSONValue(parsing: bytes),
            let offset = value["offset"]?.int64, (0...lengthMax).contains(offset),
            let line = value["line"]?.int64, (0...lengthMax).contains(line),
            let prefixDigest = value["prefixDigest"]?.string,
            let target = value["target"]?.string,
            // Versions before these had neither; their files are sent anew.
            let reading = value["reading"].map(\.string) ?? "",
            let refused = value["refused"].map(\.int64) ?? 0, (0...lengthMax).contains(refused)
        else {
            throw CommandFailure(.noInput, "\(path) is damaged; remove it, or give --restart, to send the file anew")
        }
        return IngestProgress(
            offset: offset,
            line: line,
            prefixDigest: prefixDigest,
            target: target,
            reading: reading,
            refused: refused
        )
    }

    /// More than any had, when the mapping of all columns was written out.
    private static let bytesMax = 16 << 20

    /// No file is longer.
    private static let lengthMax: Int64 = 1 << 60

    /// Puts the progress in place.
    func write(for file: String) throws(CommandFailure) {
        let path = IngestProgress.path(for: file)
        let value: JSONValue = [
            "offset": .integer(offset), "line": .integer(line), "prefixDigest": .string(prefixDigest),
            "target": .string(target), "reading": .string(reading), "refused": .integer(refused),
        ]
        try SmallFile.replace(path, with: Array((value.text + "\n").utf8))
    }
}
