import ActivationCore

/// One run over one input: where it begins, what it sends, what it writes down.
struct IngestRun {
    private let command: IngestCommand
    private let target: String
    private let isFile: Bool
    private var progress: IngestProgress
    private var tally = IngestTally()
    private let startedAt = ContinuousClock.now
    /// Lines that an earlier run had sent.
    let skippedLines: Int64

    /// How long the run has taken.
    var elapsed: Duration { ContinuousClock.now - startedAt }

    /// Finds out where to begin.
    ///
    /// - Throws: When the file changed since the earlier run, or the earlier run went elsewhere.
    init(command: IngestCommand, target: String) throws(CommandFailure) {
        self.command = command
        self.target = target
        isFile = try InputFile(path: command.file).length != nil
        if !isFile {
            Terminal.error("headwater: \(command.file == "-" ? "standard input" : command.file) cannot be resumed")
        }
        if command.restart { IngestProgress.remove(for: command.file) }
        let earlier = isFile ? try IngestProgress.read(for: command.file) : nil
        if let earlier, !earlier.target.hasSameBytes(as: target) {
            throw CommandFailure(
                .badInput,
                "\(IngestProgress.path(for: command.file)) belongs to \(earlier.target); "
                    + "give --restart to send the file to \(target)"
            )
        }
        progress = earlier ?? IngestProgress()
        progress.target = target
        skippedLines = progress.line
        if earlier == nil, command.inputFormat == .csv, command.kind == .events {
            // A pipe has no digest before it ends; a random word makes at least this run's retries recognisable.
            progress.fileDigest =
                isFile
                ? try InputWindow.digest(of: command.file)
                : String(UInt64.random(in: .min ... .max), radix: 16)
                    + String(UInt64.random(in: .min ... .max), radix: 16)
        }
    }

    /// Sends everything that was not acknowledged yet.
    mutating func perform(_ sender: ChunkSender) async throws(CommandFailure) -> IngestTally {
        let input = try InputFile(path: command.file)
        var bar = ProgressBar(total: input.length, done: progress.offset, unit: "lines")
        var window = InputWindow(input)
        switch command.inputFormat {
        case .ndjson:
            try skipAcknowledged(&window)
            var chunks = LineChunks(window, line: progress.line)
            while let chunk = try chunks.next() { try await perform(chunk, sender, &bar) }
        case .csv:
            let separator = try command.separatorByte
            let header = try takeHeader(&window, separator)
            let prefix = command.kind == .events ? String(progress.fileDigest.prefix(32)) : nil
            let mapping = try RowMapping(header.mappings, header: header.columns, eventIDPrefix: prefix)
            if progress.offset > 0 { try skipAcknowledged(&window) }
            var chunks = CSVChunks(
                window,
                separator: separator,
                mapping: mapping,
                line: max(progress.line, header.lines),
                row: progress.row
            )
            while let chunk = try chunks.next() { try await perform(chunk, sender, &bar) }
        }
        bar.finish(done: progress.offset, items: tally.lines, note: note)
        return tally
    }

    private var note: String { tally.failed > 0 ? "\(Figures.grouped(tally.failed)) refused" : "" }

    private mutating func perform(
        _ chunk: IngestChunk,
        _ sender: ChunkSender,
        _ bar: inout ProgressBar
    ) async throws(CommandFailure) {
        try await sender.send(chunk, tally: &tally)
        tally.add(chunk.refusals)
        progress.offset = chunk.offset
        progress.line = chunk.line
        progress.row = chunk.row
        progress.prefixDigest = chunk.digest
        if isFile { try progress.write(for: command.file) }
        bar.update(done: progress.offset, items: tally.lines, note: note)
    }

    private func skipAcknowledged(_ window: inout InputWindow) throws(CommandFailure) {
        guard progress.offset > 0 else { return }
        if let length = window.file.length, length < progress.offset {
            throw changed("it has \(length) bytes, and \(progress.offset) were acknowledged")
        }
        try window.skip(to: progress.offset)
        guard window.digest == progress.prefixDigest else { throw changed("its first \(progress.offset) bytes differ") }
    }

    private func changed(_ how: String) -> CommandFailure {
        CommandFailure(
            .badInput,
            "\(command.file) is not the file that was sent before: \(how); give --restart to send it from its beginning"
        )
    }

    private struct Header {
        var columns: [String]
        var mappings: [ColumnMapping]
        var lines: Int64
    }

    /// Reads the header, which stays part of the acknowledged bytes.
    private func takeHeader(_ window: inout InputWindow, _ separator: UInt8) throws(CommandFailure) -> Header {
        guard var first = try CSVChunks.record(&window, separator: separator, line: 0) else {
            throw CommandFailure(.badInput, "\(command.file) is empty")
        }
        if command.noHeader {
            let columns = first.fields.indices.map { "\($0 + 1)" }
            return Header(columns: columns, mappings: try explicitMappings(), lines: 0)
        }
        window.consume(first.length)
        // Spreadsheets put a byte order mark at the beginning.
        if first.fields[0].unicodeScalars.first == "\u{FEFF}" { first.fields[0].unicodeScalars.removeFirst() }
        guard command.mappings.isEmpty else {
            return Header(columns: first.fields, mappings: try explicitMappings(), lines: Int64(first.lineEnds))
        }
        var mappings: [ColumnMapping] = []
        for column in first.fields { mappings.append(try ColumnMapping(column: column, target: column)) }
        return Header(columns: first.fields, mappings: mappings, lines: Int64(first.lineEnds))
    }

    private func explicitMappings() throws(CommandFailure) -> [ColumnMapping] {
        var mappings: [ColumnMapping] = []
        for text in command.mappings { mappings.append(try ColumnMapping(parsing: text)) }
        return mappings
    }
}
