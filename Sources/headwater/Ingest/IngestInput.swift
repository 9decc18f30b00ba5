import TextFiles

/// An input whose beginning was read: how it is written, and what cuts it into chunks.
struct IngestInput: ~Copyable {
    /// How messages call it.
    let name: String
    /// Its length when it was opened; nil when it is a pipe.
    let length: Int64?
    /// How it is read.
    let reading: InputReading
    /// What cuts it.
    var source: any ChunkSource & ~Copyable

    /// Whether it is a file, which can be resumed.
    var isFile: Bool { length != nil }

    /// Reads the beginning of an input.
    ///
    /// - Parameter command: What was asked for.
    /// - Throws: When the input cannot be used, or the mapping does not fit.
    init(_ command: IngestCommand) throws(CommandFailure) {
        let options = try command.inputOptions
        switch command.inputFormat {
        case .csv:
            let reader = try IngestInput.rows(command.file, options)
            let mapping = try command.rowMapping(reader.layout.columns)
            var reading = InputReading(format: .csv, encoding: reader.layout.encoding.name)
            reading.describe(reader.layout, mapping)
            name = reader.name
            length = reader.length
            self.reading = reading
            source = CSVChunks(reader, mapping: mapping, identifiesEvents: command.kind == .events)
        case .ndjson:
            let reader = try IngestInput.lines(command.file, options)
            name = reader.name
            length = reader.length
            reading = InputReading(format: .ndjson, encoding: reader.encoding.name)
            source = LineChunks(reader)
        }
    }

    private static func rows(_ file: String, _ options: InputOptions) throws(CommandFailure) -> CSVReader {
        do throws(InputFailure) {
            return try CSVReader(InputFile(path: file), options: options)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func lines(_ file: String, _ options: InputOptions) throws(CommandFailure) -> LineReader {
        do throws(InputFailure) {
            return try LineReader(InputFile(path: file), options: options)
        } catch {
            throw CommandFailure(error)
        }
    }
}
