import ActivationCore
import ActivationEngine
import Console
import Hummingbird
import TextFiles

/// Files of members: sent, looked at, given to an audience, and followed while they are read.
struct UploadPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Upload a file", "/console/audiences/upload")
    private static let path = "audiences/upload/:upload"
    /// Bytes of what a browser says of a file.
    private static let textBytesMax = 1_024
    /// Bytes of the list of refused rows of which the page tells the reasons.
    static let refusalBytesMax: Int64 = 262_144

    func add(to register: inout ConsoleRegister) {
        register.page("audiences/upload") { try file($0, nil) }
        register.sending("audiences/upload/begin") { request in
            try await answering { () throws(APIError) in try await begin(request) }
        }
        register.sending("\(UploadPages.path)/content") { request in
            try await answering { () throws(APIError) in try await receive(request) }
        }
        register.page("\(UploadPages.path)/file") { request in
            let report = try report(request)
            return try elsewhere(report, than: .file) ?? file(request, report)
        }
        register.form(
            "\(UploadPages.path)/columns",
            show: { try await columns($0) },
            submit: { try await submitColumns($0) }
        )
        register.form(
            "\(UploadPages.path)/details",
            show: { try details($0) },
            submit: { try await submitDetails($0) }
        )
        register.page("\(UploadPages.path)/progress") { try await progress($0) }
        register.page("\(UploadPages.path)/refused.csv") { request in
            let upload = try report(request).upload
            try await desk.dependencies.audit.export(upload.subject)
            return ConsoleAnswer(content: .file(desk.uploads.refusals(of: upload)))
        }
        register.page("live/uploads/:upload/figures") { request in
            let figures = await UploadFigures(desk, of: try report(request))
            return .data(figures.json(seen: request.query["seen"], at: request.now))
        }
        register.form(
            "\(UploadPages.path)/discard",
            show: { try discarding($0) },
            submit: { try await discard($0) }
        )
    }

    /// The upload that a request is about.
    ///
    /// - Throws: `UPLOAD_UNKNOWN`.
    func report(_ request: ConsoleRequest) throws(APIError) -> UploadReport {
        try desk.uploadReport(request.parameter("upload"))
    }

    /// Where somebody belongs who opens a step that is over, or not reached yet; nil when the step can be shown.
    func elsewhere(_ report: UploadReport, than step: UploadReport.Step) -> ConsoleAnswer? {
        report.isOpen(step) ? nil : .redirect(report.path(report.next))
    }

    /// The way to the pages of an upload.
    func crumbs(_ report: UploadReport?) -> [PageFrame.Crumb] {
        let audience = report?.audience.map { PageFrame.Crumb($0.definition.name, $0.path) }
        return [AudiencePages.root] + (audience.map { [$0] } ?? [])
    }

    // MARK: The file

    private func file(_ request: ConsoleRequest, _ report: UploadReport?) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        var audience = report?.audience
        if report == nil, let id = request.query["audience"] {
            _ = try desk.control.snapshot.externalAudience(id)
            audience = try desk.audienceReport(id)
        }
        let unfinished = report == nil ? desk.unfinishedUploads(of: viewer) : []
        let title = report?.name ?? "Upload a file"
        return .page(
            UploadFilePage(
                title: title,
                crumbs: [AudiencePages.root]
                    + (audience.map { [PageFrame.Crumb($0.definition.name, $0.path)] } ?? []),
                steps: report?.steps(at: .file) ?? UploadReport.steps(at: .file) { _ in nil },
                audience: audience.map { PageFrame.Crumb($0.definition.name, $0.path) },
                audienceID: audience?.definition.idText ?? "",
                uploadID: report?.upload.id ?? "",
                known: report.map { report in
                    let text = report.text(at: request.now)
                    return UploadFilePage.Known(
                        name: report.name,
                        text: report.upload.isWhole
                            ? "All of it is there: \(Figure.bytes(report.upload.received))."
                            : "\(text). Choose the same file again to go on from there.",
                        next: report.upload.isWhole ? report.path(.columns) : nil,
                        discard: UploadReport.path(report.upload.id, "discard")
                    )
                },
                isWanted: !(report?.upload.isWhole ?? false),
                token: viewer.token,
                unfinished: unfinished.map { other in
                    UploadFilePage.Unfinished(
                        name: other.name,
                        path: other.path(other.next),
                        mark: other.mark,
                        audience: other.audience?.definition.name ?? "not said yet",
                        changed: Instant(other.upload.updatedAt, now: request.now)
                    )
                },
                hasUnfinished: !unfinished.isEmpty,
                command: UploadPages.command(for: audience)
            )
        )
    }

    /// What does the same at a terminal.
    private static func command(for audience: AudienceReport?) -> String {
        let id = audience?.definition.idText ?? "AUDIENCE"
        return "headwater audiences upload FILE --audience \(id) --identity COLUMN=NAMESPACE"
    }

    // MARK: What the script sends

    /// Says what went wrong in words for the page.
    private func answering(_ act: () async throws(APIError) -> ConsoleAnswer) async throws(APIError) -> ConsoleAnswer {
        do throws(APIError) {
            return try await act()
        } catch {
            guard error.code.status != 500 else { throw error }
            return .data(
                ["text": .string(UploadPages.text(of: error)), "again": .bool(UploadPages.passes(error))],
                status: error.code.status
            )
        }
    }

    /// Whether the same may go well in a moment.
    private static func passes(_ error: APIError) -> Bool {
        error.isRetriable || error.members["received"] != nil
    }

    /// What an error means to whoever uploads, and what to do.
    static func text(of error: APIError) -> String {
        let text =
            switch error.code {
            case .uploadsTooMany:
                "\(UploadDesk.receivingMax) files are on their way, the most there may be. This one begins as soon as one of them "
                    + "is started or discarded."
            case .storageFull:
                "The server's disk is full. What was sent is kept, and it goes on by itself when there is room."
            default: error.sentence
            }
        let fault = error.members["faultCode"]?.string.map { "\($0), " } ?? ""
        return "\(text) (\(fault)\(error.code.rawValue))"
    }

    private func begin(_ request: ConsoleRequest) async throws(APIError) -> ConsoleAnswer {
        let form = try await ConsoleExchange.form(of: request.request)
        let (name, stamp) = (form["name"] ?? "", form["stamp"] ?? "")
        guard let size = form["size"].flatMap({ Int64($0) }), size > 0 else {
            throw APIError(.uploadInvalid, "the file is empty; choose one with a header and rows")
        }
        guard !stamp.isEmpty, name.utf8.count <= UploadPages.textBytesMax, stamp.utf8.count <= UploadPages.textBytesMax
        else { throw APIError(.uploadInvalid, "the name of the file is too long; give it a shorter one") }
        if let known = form["known"].flatMap({ $0.isEmpty ? nil : $0 }) {
            let upload = try desk.uploadReport(known).upload
            guard upload.size == size, upload.stamp?.hasSameBytes(as: stamp) ?? false else {
                throw APIError(
                    .uploadInvalid,
                    "this is another file than the one that is on its way, or it has changed since; choose that one, or discard "
                        + "the upload and begin anew"
                )
            }
            return answer(upload)
        }
        let audience = try form["audience"].flatMap { $0.isEmpty ? nil : $0 }.map { id throws(APIError) in
            try desk.control.snapshot.externalAudience(id)
        }
        let upload = try await desk.uploads.begin(
            audience,
            fileName: name.isEmpty ? nil : name,
            stamp: stamp,
            size: size,
            by: try request.author(),
            goesOn: true
        )
        return answer(upload)
    }

    private func receive(_ request: ConsoleRequest) async throws(APIError) -> ConsoleAnswer {
        let id = request.parameter("upload")
        let before = try desk.uploadReport(id).upload
        guard before.state == .receiving else { return answer(before) }
        let offset = request.query["offset"].flatMap { Int64($0) } ?? 0
        do throws(APIError) {
            let upload = try await desk.uploads.receive(before.id, at: offset, bodyOf: request.request)
            let time = desk.dependencies.time.now().milliseconds - request.now.milliseconds
            return answer(upload, rate: (upload.received - before.received, Double(time) / 1_000))
        } catch {
            let upload = try desk.uploadReport(id).upload
            switch error.code {
            case .uploadOffset: return answer(upload)
            case .uploadState where upload.state == .receiving:
                let text = "Bytes of the same file are still on their way. It goes on when they are there."
                return .data(["text": .string(text), "again": true], status: error.code.status)
            case .uploadState: return answer(upload)
            default: throw error
            }
        }
    }

    /// Tells the script how much is there, and where to go on.
    private func answer(_ upload: Upload, rate: (bytes: Int64, seconds: Double)? = nil) -> ConsoleAnswer {
        let report = UploadReport(upload, nil)
        var object: JSONObject = [
            "text": .string(UploadPages.sent(upload, rate)), "from": .integer(upload.received),
            "place": .string(report.path(.file)),
        ]
        if upload.state == .receiving, !upload.isWhole {
            let path = UploadReport.path(upload.id, "content")
            object["send"] = .string("\(path)?offset=\(upload.received)")
        } else {
            object["next"] = .string(report.path(report.next))
        }
        return .data(.object(object))
    }

    private static func sent(_ upload: Upload, _ rate: (bytes: Int64, seconds: Double)?) -> String {
        let size = upload.size ?? upload.received
        var text = "\(Figure.bytes(upload.received)) of \(Figure.bytes(size)) sent · "
        text += UploadReport.percent(upload.received, size)
        guard let rate, rate.seconds > 0, rate.bytes > 0 else { return text }
        let speed = Double(rate.bytes) / rate.seconds
        guard speed < 1e15 else { return text }
        let left = UploadReport.left(seconds: Double(max(size - upload.received, 0)) / speed)
        return text + " · \(Figure.bytes(Int64(speed)))/s\(left)"
    }

    // MARK: Progress

    private func progress(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try report(request)
        if let answer = elsewhere(report, than: .progress) { return answer }
        let viewer = try request.signedIn()
        let upload = report.upload
        let figures = await UploadFigures(desk, of: report)
        let refusals = try await desk.uploads.firstRefusals(of: upload, bytesMax: UploadPages.refusalBytesMax)
        let reasons = RefusalReason.all(in: refusals)
        let refused = max(upload.rows.refused, Int64(refusals.count))
        let isWhole = refused == Int64(refusals.count)
        return .page(
            UploadProgressPage(
                title: report.name,
                crumbs: crumbs(report),
                steps: report.steps(at: .progress),
                mark: report.mark,
                audience: report.audience.map { PageFrame.Crumb($0.definition.name, $0.path) },
                by: desk.who(upload.author),
                began: Instant(upload.createdAt, now: request.now),
                figures: report.figuresPath,
                trouble: upload.trouble.map { "\($0.prefix(1).uppercased())\($0.dropFirst())." },
                troubleTitle: upload.state == .failed ? "The file was not taken" : "It waits",
                progress: report.progress,
                text: report.text(at: request.now),
                settling: figures.settling,
                tiles: figures.tiles,
                reasons: reasons,
                hasReasons: !reasons.isEmpty,
                part: isWhole
                    ? nil
                    : "Of the first \(Figure.count(refusals.count)) of \(Figure.count(refused, "refused row")); "
                        + "the file to download has all of them.",
                download: upload.place.refusalBytes > 0 ? UploadReport.path(upload.id, "refused.csv") : nil,
                mayManage: viewer.may(.viewAudiences, .importAudiences),
                again: report.audience.map { "\(UploadPages.root.path)?audience=\($0.definition.idText)" },
                discard: UploadReport.path(upload.id, "discard")
            )
        )
    }

    // MARK: Discard

    private func discarding(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let report = try report(request)
        let text =
            switch report.upload.state {
            case .receiving: "The bytes that are there go. No audience has changed."
            case .checking: "Reading ends, and the file goes. No member has changed yet."
            case .entering:
                "Reading ends, and the file goes. Whom its rows have named so far stays a member, beside those who were there "
                    + "before."
            case .succeeded, .failed:
                "What is known of the upload goes, and the list of its refused rows. The members stay who they are."
            }
        return .page(
            ConfirmPage(
                title: "Discard the upload of \(report.name)",
                crumbs: crumbs(report),
                text: text,
                obstacle: nil,
                obstacles: [],
                path: UploadReport.path(report.upload.id, "discard"),
                token: try request.signedIn().token,
                etag: "",
                button: "Discard upload",
                cancel: report.path(report.next)
            )
        )
    }

    private func discard(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try report(request)
        try await desk.uploads.remove(report.upload.id, by: try request.author())
        desk.note("Upload discarded", report.upload.id, by: try request.signedIn())
        return .redirect(report.audience?.path ?? AudiencePages.root.path, .uploadDiscarded)
    }
}
