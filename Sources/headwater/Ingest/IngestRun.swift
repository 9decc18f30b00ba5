import ActivationCore
import TextFiles

/// One run over one input: where it begins, what it sends, what it writes down.
struct IngestRun: ~Copyable {
    private let command: IngestCommand
    private var input: IngestInput
    private var progress: IngestProgress
    private var bar: ProgressBar
    private let startedAt = ContinuousClock.now
    /// What became of the lines so far.
    private(set) var tally = IngestTally()
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
        var input = try IngestInput(command)
        let (name, reading) = (input.name, input.reading)
        let earlier = input.isFile && !command.restart ? try IngestRun.earlier(command, target: target) : nil
        Terminal.error("headwater: \(name): \(reading.description)\(input.isFile ? "" : "; cannot be resumed")")

        var progress = IngestProgress(target: target, reading: reading.digest)
        let goesOn = earlier.map { $0.offset > 0 && reading.isNamed($0.reading) } ?? false
        if let earlier, goesOn {
            progress = earlier
            progress.reading = reading.digest
            if let change = try input.source.resume(at: earlier.mark) {
                throw IngestRun.changed(name, change, earlier)
            }
        } else if let earlier, earlier.offset > 0 {
            Terminal.error(
                "headwater: \(name) was read another way before "
                    + "(format, encoding, delimiter, --no-header or mapping); it is sent from its beginning"
                    + (command.kind == .events ? IngestRun.eventsStay : "")
            )
        }
        bar = ProgressBar(total: input.length, done: progress.offset, unit: "lines")
        skippedLines = progress.line
        skippedRefusals = progress.refused
        self.command = command
        self.input = input
        self.progress = progress
    }

    /// What the run did so far.
    var report: IngestReport {
        IngestReport(
            tally: tally,
            elapsed: ContinuousClock.now - startedAt,
            reading: input.reading,
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
        while let chunk = try input.source.next() { try await perform(chunk, sender, outcome) }
        bar.finish(done: progress.offset, items: tally.lines, note: note)
        if input.source.hasChanged {
            Terminal.error("headwater: \(input.name) was written to while it was read; run the command again")
        }
    }

    /// Finds a directory that takes no progress file before anything is sent.
    private func checkPlaceOfProgress() throws(CommandFailure) {
        guard input.isFile else { return }
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
        progress.mark = chunk.mark
        if input.isFile { try progress.write(for: command.file) }
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

    private static func changed(_ file: String, _ change: TextMark.Change, _ progress: IngestProgress) -> CommandFailure
    {
        let how =
            switch change {
            case .shortened(let bytes): "it has \(bytes) bytes, and \(progress.offset) were acknowledged"
            case .differs: "its first \(progress.offset) bytes differ"
            case .lineGoesOn: "its last line was acknowledged without a line end and goes on now"
            }
        return CommandFailure(
            .noInput,
            "\(file) is not the file that was sent before: \(how); give --restart to send it from its beginning"
        )
    }
}
