import ActivationCore
import ArgumentParser
import Foundation
import TextFiles

@testable import headwater

/// A file read as `headwater ingest` reads it, without a server.
struct ReadFile {
    /// What would be sent.
    var entities: [JSONValue] = []
    /// The lines they begin on.
    var lines: [Int64] = []
    var refusals: [IngestChunk.Refusal] = []
    var warnings: [IngestTally.Warning] = []
    var emptyRows: Int64 = 0
    /// Where the input stands at its end.
    var end: TextMark
    /// Where it stood behind the header.
    var headerEnd: TextMark
    /// Whether a lone carriage return ended a line.
    var acceptsCarriageReturn = false
    var reading: InputReading

    init(_ file: String, _ arguments: [String]) throws {
        try self.init(try IngestCommand.parse([file] + arguments))
    }

    init(_ command: IngestCommand) throws {
        try command.checkOptions()
        var input = try IngestInput(command)
        reading = input.reading
        if command.inputFormat == .csv {
            let reader = try CSVReader(InputFile(path: command.file), options: command.inputOptions)
            acceptsCarriageReturn = reader.layout.lineEnd == .carriageReturn
        }
        headerEnd = input.source.mark
        while let chunk = try input.source.next() {
            for line in chunk.body.split(separator: UInt8(ascii: "\n")) {
                // Of NDJSON it is the server that says what is JSON.
                entities.append(
                    (try? JSONValue(parsing: Array(line))) ?? .string(String(decoding: line, as: UTF8.self))
                )
            }
            lines += chunk.lines
            refusals += chunk.refusals
            warnings += chunk.warnings
            emptyRows += chunk.emptyRows
        }
        end = input.source.mark
    }

    /// The refusals as `line:column code`.
    var places: [String] { refusals.map { "\($0.line):\($0.column ?? 0) \($0.code)" } }
}

extension TestDirectory {
    /// Writes a file of any bytes and gives its path.
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}
