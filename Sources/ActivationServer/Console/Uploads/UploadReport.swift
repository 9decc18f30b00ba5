import ActivationCore
import ActivationEngine
import Console

/// An upload as pages tell of it; read from memory alone.
struct UploadReport: Sendable {
    let upload: Upload
    /// Its audience; nil when nobody has said which, or it was deleted.
    let audience: AudienceReport?
    let mark: StateMark

    /// The steps of an upload, in their order.
    enum Step: String, CaseIterable, Sendable {
        case file
        case columns
        case details
        case progress

        var title: String {
            switch self {
            case .file: "File"
            case .columns: "Columns"
            case .details: "Details"
            case .progress: "Progress"
            }
        }
    }

    init(_ upload: Upload, _ audience: AudienceReport?) {
        self.upload = upload
        self.audience = audience
        mark =
            switch (upload.state, upload.trouble) {
            case (.receiving, _): StateMark(upload.isWhole ? "Not started" : "Not all sent", .warning)
            case (.checking, .some), (.entering, .some): StateMark("Waiting", .warning)
            case (.checking, nil): StateMark("Checking", .warning)
            case (.entering, nil): StateMark("Taking rows", .warning)
            case (.succeeded, _): StateMark("Done", .good)
            case (.failed, _): StateMark("Not taken", .bad)
            }
    }

    /// What it is called.
    var name: String { upload.fileName ?? "A file" }

    /// Where a step is.
    func path(_ step: Step) -> String { UploadReport.path(upload.id, step.rawValue) }

    /// Where a page of an upload is.
    static func path(_ id: String, _ page: String) -> String { "/console/audiences/upload/\(id)/\(page)" }

    /// The step to go on with.
    var next: Step {
        guard upload.state == .receiving else { return .progress }
        guard upload.isWhole else { return .file }
        return upload.reading == nil ? .columns : .details
    }

    /// Whether a step can be opened.
    func isOpen(_ step: Step) -> Bool {
        switch step {
        case .progress: upload.state != .receiving
        case .file: upload.state == .receiving
        case .columns: upload.state == .receiving && upload.isWhole
        case .details: upload.state == .receiving && upload.isWhole && upload.reading != nil
        }
    }

    /// The steps, as a page about one of them shows them.
    func steps(at current: Step) -> [WizardStep] {
        UploadReport.steps(at: current) { $0 != current && isOpen($0) ? path($0) : nil }
    }

    /// The steps, as pages show them.
    static func steps(at current: Step, _ path: (Step) -> String?) -> [WizardStep] {
        Step.allCases.enumerated().map { index, step in
            WizardStep(number: index + 1, name: step.title, path: path(step), isCurrent: step == current)
        }
    }

    // MARK: Progress

    /// How much is done of how much, in bytes or rows; nil when it has ended, or nobody knows how much there is.
    var progress: DataflowPage.Progress? {
        let (done, total): (Int64, Int64) =
            switch upload.state {
            case .receiving: (upload.received, upload.size ?? 0)
            case .checking: (upload.place.offset, upload.received)
            case .entering: (upload.rows.count, upload.found.count)
            case .succeeded, .failed: (0, 0)
            }
        return total > 0 ? DataflowPage.Progress(done: String(min(done, total)), total: String(total)) : nil
    }

    /// How far it is, in words.
    func text(at now: Timestamp) -> String {
        switch upload.state {
        case .receiving:
            guard let size = upload.size else { return Figure.bytes(upload.received) }
            return "\(Figure.bytes(upload.received)) of \(Figure.bytes(size)) · "
                + UploadReport.percent(upload.received, size)
        case .checking:
            return "Looking whether it can be taken · \(UploadReport.percent(upload.place.offset, upload.received))"
        case .entering:
            let (done, total) = (upload.rows.count, upload.found.count)
            var text = "\(Figure.count(done)) of \(Figure.count(total, "row")) · \(UploadReport.percent(done, total))"
            let seconds = upload.beginning.map { $0.at.duration(to: now).components.seconds } ?? 0
            guard seconds > 0, done > 0 else { return text }
            text += " · \(Figure.rate(done, seconds: seconds))"
            let left = Double(max(total - done, 0)) * Double(seconds) / Double(done)
            return text + UploadReport.left(seconds: left)
        case .succeeded, .failed:
            return "\(Figure.count(upload.rows.count, "row")) of \(Figure.bytes(upload.received))"
        }
    }

    /// How long it still takes, in words; nothing where that is beyond all sense.
    static func left(seconds: Double) -> String {
        seconds < 1e9 ? " · about \(Instant.span(seconds: Int64(seconds.rounded(.up)))) left" : ""
    }

    /// How much of something is done.
    static func percent(_ done: Int64, _ total: Int64) -> String {
        total > 0 ? "\(Int64(Double(min(done, total)) * 100 / Double(total))) %" : "0 %"
    }

    /// Whether its audience is still being evaluated for what it has changed.
    var isSettling: Bool {
        upload.state == .succeeded && upload.edition == audience?.definition.body["edition"]?.int64
            && audience?.progress.map { !$0.isDone } ?? false
    }

    /// How everything stands; a page that was drawn when it was otherwise is drawn again.
    var standing: String { "\(mark.word)-\(isSettling)" }

    /// Where an open page finds its figures; nil when they do not change any more.
    var figuresPath: String? {
        guard !upload.hasEnded || isSettling else { return nil }
        return "/console/live/uploads/\(upload.id)/figures?\(QueryItems([(name: "seen", value: standing)]).text)"
    }
}

extension ConsoleDesk {
    var uploads: UploadDesk { dependencies.uploads }

    /// The upload that a path names.
    ///
    /// - Throws: `UPLOAD_UNKNOWN`.
    func uploadReport(_ id: String) throws(APIError) -> UploadReport {
        do throws(APIError) {
            return report(try uploads.upload(id))
        } catch {
            guard error.code == .uploadUnknown else { throw error }
            throw APIError(
                .uploadUnknown,
                "the upload is gone: it got no bytes for a day, was discarded, or newer ones took its place; upload the file again"
            )
        }
    }

    /// The uploads of an audience, the newest first.
    func uploadReports(of audience: AudienceReport) -> [UploadReport] {
        uploads.uploads(of: audience.definition.id).map { UploadReport($0, audience) }
    }

    /// The uploads that a person has begun and not started, the newest first.
    func unfinishedUploads(of viewer: ConsoleViewer) -> [UploadReport] {
        uploads.unfinished(of: viewer.user.author).map(report)
    }

    private func report(_ upload: Upload) -> UploadReport {
        UploadReport(upload, upload.audience.flatMap { try? audienceReport($0.uuid.description) })
    }

    /// Who entered and exited an audience from the beginning of each of its uploads to that of the next; nil where that is
    /// not known any more.
    func memberChanges(of uploads: [UploadReport], in audience: AudienceReport) async -> [String: MemberCounters] {
        guard let hours = try? await dependencies.engine.memberHours(of: audience.definition.id) else { return [:] }
        let begun = uploads.compactMap { report in report.upload.beginning.map { (report.upload, $0) } }
            .sorted { ($0.0.edition ?? 0) < ($1.0.edition ?? 0) }
        let present = BookedHour.number(of: dependencies.time.now())
        var changes: [String: MemberCounters] = [:]
        for (index, (upload, beginning)) in begun.enumerated() {
            // Older hours are forgotten.
            guard present - BookedHour.number(of: beginning.at) < BookedHour.keptHours else { continue }
            let next = index + 1 < begun.count ? begun[index + 1].1 : nil
            changes[upload.id] = beginning.changes(in: hours, until: next)
        }
        return changes
    }
}
