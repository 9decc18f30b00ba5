import ActivationCore

/// One run over one input: where it begins, what it sends, what it writes down.
struct IngestRun: ~Copyable {
    private let command: IngestCommand
    private let isFile: Bool
    private var window: TextWindow
    private var source: any ChunkSource
    private var progress: IngestProgress
    private var bar: ProgressBar
    private let startedAt = ContinuousClock.now
    /// What became of the lines so far.
    private(set) var tally = IngestTally()
    /// How the input is read.
    let reading: InputReading
    /// Lines that an earlier run had sent.
    let skippedLines: Int64
    /// Those of them that were refused.
    let skippedRefusals: Int64

    /// Reads the beginning of an input and goes to where the earlier run stopped.
    ///
    /// - Parameters:
    ///   - command: What was asked for.
    ///   - target: The server, the kind and the dataset.
    /// - Throws: When the input cannot be used, or changed since the earlier run, or that went elsewhere.
    init(command: IngestCommand, target: String) throws(CommandFailure) {
        try command.checkOptions()
        let file = try InputFile(path: command.file)
        let isFile = file.length != nil
        let earlier = isFile && !command.restart ? try IngestRun.earlier(command, target: target) : nil
        var window = try TextWindow(file, encoding: command.encoding)
        var reading = InputReading(format: command.inputFormat, encoding: window.encoding.name)
        var rows: (delimiter: CSVDelimiter, mapping: RowMapping)?
        if command.inputFormat == .csv {
            let header = try CSVHeader.take(&window, delimiter: try command.delimiter, isPresent: !command.noHeader)
            let mapping = try command.rowMapping(header)
            reading.describe(header, mapping)
            rows = (header.delimiter, mapping)
        }
        Terminal.error("headwater: \(window.name): \(reading.description)\(isFile ? "" : "; cannot be resumed")")

        var progress = IngestProgress(target: target, reading: reading.digest)
        let goesOn = earlier.map { $0.offset > 0 && reading.isNamed($0.reading) } ?? false
        if let earlier, goesOn {
            progress = earlier
            progress.reading = reading.digest
            try IngestRun.skipAcknowledged(of: &window, earlier)
        } else if let earlier, earlier.offset > 0 {
            Terminal.error(
                "headwater: \(window.name) was read another way before "
                    + "(format, encoding, delimiter, --no-header or mapping); it is sent from its beginning"
                    + (command.kind == .events ? IngestRun.eventsStay : "")
            )
        }
        source =
            if let rows {
                CSVChunks(
                    delimiter: rows.delimiter,
                    mapping: rows.mapping,
                    identifiesEvents: command.kind == .events
                )
            } else {
                LineChunks()
            }
        bar = ProgressBar(total: window.length, done: progress.offset, unit: "lines")
        skippedLines = progress.line
        skippedRefusals = progress.refused
        self.command = command
        self.isFile = isFile
        self.window = window
        self.progress = progress
        self.reading = reading
    }

    /// What the run did so far.
    var report: IngestReport {
        IngestReport(
            tally: tally,
            elapsed: ContinuousClock.now - startedAt,
            reading: reading,
            skippedLines: skippedLines,
            skippedRefusals: skippedRefusals
        )
    }

    /// Sends everything that was not acknowledged yet.
    ///
    /// - Parameters:
    ///   - sender: What sends it.
    ///   - outcome: Hears what became of each chunk before that is written down.
    /// - Throws: When the server, the input or the progress file cannot be used.
    mutating func perform(_ sender: ChunkSender, outcome: IngestOutcome? = nil) async throws(CommandFailure) {
        try checkPlaceOfProgress()
        outcome?.update(report)
        while let chunk = try source.next(&window) { try await perform(chunk, sender, outcome) }
        bar.finish(done: progress.offset, items: tally.lines, note: note)
        if window.hasChanged {
            Terminal.error("headwater: \(window.name) was written to while it was read; run the command again")
        }
    }

    /// Finds a directory that takes no progress file before anything is sent.
    private func checkPlaceOfProgress() throws(CommandFailure) {
        guard isFile else { return }
        do throws(CommandFailure) {
            try progress.write(for: command.file)
        } catch {
            throw CommandFailure(
                error.code,
                "\(error.message); progress is kept beside the file: copy the file to a directory of yours, "
                    + "or send it as standard input"
            )
        }
    }

    private var note: String { tally.failed > 0 ? "\(Figures.grouped(tally.failed)) refused" : "" }

    private mutating func perform(
        _ chunk: IngestChunk,
        _ sender: ChunkSender,
        _ outcome: IngestOutcome?
    ) async throws(CommandFailure) {
        let shown = tally.refusals.count
        let failedBefore = tally.failed
        try await sender.send(chunk, tally: &tally)
        tally.add(chunk)
        // Told before it is written down that they are behind us: whatever ends this run, somebody has been told.
        outcome?.update(report)
        for refusal in tally.refusals[shown...].prefix(max(IngestReport.shownMax - shown, 0)) {
            bar.say(IngestReport.line(refusal))
        }
        progress.refused += tally.failed - failedBefore
        progress.offset = chunk.offset
        progress.line = chunk.line
        progress.prefixDigest = chunk.digest
        if isFile { try progress.write(for: command.file) }
        bar.update(done: progress.offset, items: tally.lines, note: note)
    }

    private static let eventsStay =
        "; events that are stored already stay as they are and count as duplicates, unless their identities or _id change"

    /// What an earlier run wrote down.
    private static func earlier(
        _ command: IngestCommand,
        target: String
    ) throws(CommandFailure) -> IngestProgress? {
        guard let earlier = try IngestProgress.read(for: command.file) else { return nil }
        guard earlier.target.hasSameBytes(as: target) else {
            throw CommandFailure(
                .noInput,
                "\(IngestProgress.path(for: command.file)) belongs to \(earlier.target); "
                    + "give --restart to send the file to \(target)"
            )
        }
        return earlier
    }

    private static func skipAcknowledged(
        of window: inout TextWindow,
        _ progress: IngestProgress
    ) throws(CommandFailure) {
        guard progress.offset > 0 else { return }
        if let length = window.length, length < progress.offset {
            throw changed(window.name, "it has \(length) bytes, and \(progress.offset) were acknowledged")
        }
        try window.skip(to: progress.offset, line: progress.line)
        guard window.digest == progress.prefixDigest else {
            throw changed(window.name, "its first \(progress.offset) bytes differ")
        }
        guard !window.isAtLineStart else { return }
        _ = try window.fill()
        let units = window.units
        guard window.isEmpty || units.count > 0 && CodeUnits.isLineEnd(units[0]) else {
            throw changed(window.name, "its last line was acknowledged without a line end and goes on now")
        }
    }

    private static func changed(_ file: String, _ how: String) -> CommandFailure {
        CommandFailure(
            .noInput,
            "\(file) is not the file that was sent before: \(how); give --restart to send it from its beginning"
        )
    }
}
