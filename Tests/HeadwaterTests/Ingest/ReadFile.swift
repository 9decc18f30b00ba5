import ActivationCore
import ArgumentParser
import Foundation

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
    var end: (offset: Int64, line: Int64) = (0, 0)
    /// Where it stood behind the header.
    var headerEnd: (offset: Int64, line: Int64) = (0, 0)
    /// Whether a lone carriage return ended a line.
    var acceptsCarriageReturn: Bool
    var reading: InputReading

    init(_ file: String, _ arguments: [String]) throws {
        try self.init(try IngestCommand.parse([file] + arguments))
    }

    init(_ command: IngestCommand) throws {
        try command.checkOptions()
        let file = command.file
        var window = try TextWindow(try InputFile(path: file), encoding: command.encoding)
        reading = InputReading(format: command.inputFormat, encoding: window.encoding.name)
        var source: any ChunkSource = LineChunks()
        if command.inputFormat == .csv {
            let delimiter = try command.delimiter
            let header = try CSVHeader.take(&window, delimiter: delimiter, isPresent: !command.noHeader)
            headerEnd = (window.offset, window.line)
            let mapping = try command.rowMapping(header)
            reading.describe(header, mapping)
            source = CSVChunks(
                delimiter: header.delimiter,
                mapping: mapping,
                identifiesEvents: command.kind == .events
            )
        }
        while let chunk = try source.next(&window) {
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
        end = (window.offset, window.line)
        acceptsCarriageReturn = window.acceptsCarriageReturn
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
