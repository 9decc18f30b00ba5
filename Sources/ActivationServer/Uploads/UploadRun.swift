import ActivationCore
import ActivationEngine
import Logging
import TextFiles

/// Brings one upload to its end: reads it once to see whether it can be taken, then states its rows, then makes them the
/// audience's members.
///
/// It may end at any moment and go on from what was kept. How far its rows were decided is stored with what they did, so that
/// none is stated again after somebody may have said otherwise (docs/decisions/0031).
struct UploadRun: Sendable {
    let desk: UploadDesk
    let id: String
    let logger: Logger

    /// Steps after which it is kept how far reading has come.
    private static let stepsKept = 40
    /// Refused rows that are listed of a file of which none can be taken.
    private static let refusalsTold = 1_000
    /// How long what is in the way is given to go away.
    private static let pause = Duration.seconds(2)

    /// Runs until the upload has ended or the task is cancelled.
    func perform() async {
        while !Task.isCancelled, let upload = try? desk.upload(id), upload.isUnderWay {
            do throws(APIError) {
                switch upload.state {
                case .checking: try await check(upload)
                case .entering: try await enter(upload)
                case .receiving, .succeeded, .failed: return
                }
            } catch {
                guard !Task.isCancelled else { return }
                if error.isRetriable || error.code == .storageFull {
                    // Once for each trouble: it is tried every few seconds, for as long as it takes.
                    if upload.trouble != error.detail {
                        logger.warning(
                            "Upload waits",
                            metadata: ["upload.id": "\(id)", "error.code": "\(error.code.rawValue)"]
                        )
                    }
                    desk.note(id) { $0.trouble = error.detail }
                    // A sleep that is cancelled ends the loop.
                    try? await Task.sleep(for: UploadRun.pause)
                } else {
                    await fail(error.detail)
                }
            }
        }
    }

    /// Ends without the rest of its rows; those whom it has named so far stay, for as long as members do.
    ///
    /// One that named nobody leaves everything as it was.
    private func fail(_ trouble: String) async {
        while !Task.isCancelled, let upload = try? desk.upload(id) {
            do throws(APIError) {
                if upload.state == .entering {
                    let end = upload.rows.accepted > 0 ? nil : upload.expireTimeBefore
                    try await edition(of: upload).abandon(expiringAt: end)
                }
                return await self.end(.failed, trouble)
            } catch {
                desk.note(id) { $0.trouble = error.detail }
                try? await Task.sleep(for: UploadRun.pause)
            }
        }
    }

    private func edition(of upload: Upload) throws(APIError) -> UploadEdition {
        UploadEdition(audience: try UploadRun.audience(of: upload), author: upload.author, control: desk.control)
    }

    private static func audience(of upload: Upload) throws(APIError) -> Audience.ID {
        guard let audience = upload.audience else {
            throw APIError(.uploadInvalid, "nobody has said for which audience the upload is")
        }
        return audience
    }

    private func open(_ upload: Upload) async throws(APIError) -> UploadReader {
        guard let folder = desk.folder, let reading = upload.reading else {
            throw APIError(.uploadInvalid, "it is not known how the file is read")
        }
        let path = folder.path(.content, of: id)
        return try await DiskWork.done { () throws(APIError) in
            try UploadReader(path, length: upload.received, reading)
        }
    }

    // MARK: Check

    private func check(_ upload: Upload) async throws(APIError) {
        let reader = try await open(upload)
        var found = Upload.Rows()
        var first: [TextRefusal] = []
        var isLast = false
        while !isLast {
            guard !Task.isCancelled else { return }
            let step = try await reader.step()
            isLast = step.isLast
            let drafts = try drafts(of: step, upload)
            found.accepted += Int64(drafts.members.count)
            found.refused += Int64(drafts.refusals.count)
            found.empty += step.empty
            first += drafts.refusals.inOrder.prefix(UploadRun.refusalsTold - first.count)
            let place = step.place
            desk.note(id) { upload in
                upload.found = found
                upload.place.offset = place.offset
            }
        }
        guard found.count > 0 else {
            throw APIError(
                .uploadInvalid,
                "the file has a header and no row, and nothing was changed; to empty the audience upload a header and one row "
                    + "without data"
            )
        }
        guard found.accepted > 0 || found.refused == 0 else {
            _ = try await list(first, after: Upload.Place(), durably: true)
            throw APIError(
                .uploadInvalid,
                "none of the \(found.refused) rows can be taken, so nothing was changed; the first reasons are in refusals"
            )
        }
        let begun = try await edition(of: upload).begin()
        let beginning = await beginning(of: upload)
        try await desk.change(id) { upload in
            upload.edition = begun.number
            upload.expireTimeBefore = begun.expireTimeBefore
            upload.beginning = beginning
            upload.state = .entering
            upload.place = Upload.Place()
            upload.trouble = nil
            upload.updatedAt = desk.time.now()
        }
    }

    private func beginning(of upload: Upload) async -> Upload.Beginning? {
        guard let audience = upload.audience else { return nil }
        return await Upload.Beginning(of: audience, at: desk.time.now(), desk.engine)
    }

    // MARK: Enter

    private func enter(_ upload: Upload) async throws(APIError) {
        guard let edition = upload.edition else {
            throw APIError(.uploadInvalid, "the upload has no number in its audience")
        }
        let reader = try await open(upload)
        try await reader.skip(to: upload.place)
        var (rows, place) = (upload.rows, upload.place)
        var repeated = Repetition(of: rows, until: try await progress())
        var steps = 0
        var step = try await reader.step()
        while true {
            guard !Task.isCancelled else { return }
            let settled = step
            async let stored = outcome(of: settled, upload, after: repeated.line)
            // While these are stored the next ones are read.
            let next = settled.isLast ? nil : try await reader.step()
            var outcome = try await stored.get()
            repeated.settle(&outcome, isLast: settled.isLast)
            let isDue = steps % UploadRun.stepsKept == 0 || settled.isLast
            place.refusalBytes = try await list(outcome.refusals, after: place, durably: isDue)
            rows.accepted += outcome.accepted
            rows.refused += outcome.refused
            rows.empty += settled.empty
            place.offset = settled.place.offset
            place.line = settled.place.line
            let reached = (rows, place)
            func enter(_ upload: inout Upload) {
                (upload.rows, upload.place, upload.trouble) = (reached.0, reached.1, nil)
            }
            if isDue { try await desk.change(id, enter) } else { desk.note(id, enter) }
            steps += 1
            guard let next else { break }
            step = next
        }
        guard rows.accepted > 0 || rows.refused == 0 else {
            throw APIError(
                .uploadInvalid,
                "none of the \(rows.refused) rows was taken, so the members stay who they were"
            )
        }
        let made = try await progress()?.made ?? 0
        try await self.edition(of: upload).complete(edition)
        desk.note(id) { $0.newProfiles = made }
        await end(.succeeded, nil)
    }

    /// How far rows were decided, which may be further than what was kept last.
    private func progress() async throws(APIError) -> CommitPlan.UploadProgress? {
        guard let uuid = UUIDBytes(id) else { return nil }
        return try await APIError.mapping { () throws(EngineError) in try await desk.engine.uploadProgress()[uuid] }
    }

    /// Rows that are read again after a restart and were decided before: they are counted, and not stated.
    private struct Repetition {
        /// The last line of them.
        let line: Int64
        /// How many of them were accepted, by what is stored; nil when that has been settled.
        private var accepted: Int64?
        private var rows: Int64 = 0

        init(of rows: Upload.Rows, until progress: CommitPlan.UploadProgress?) {
            line = progress?.line ?? 0
            accepted = progress.map { max(0, $0.accepted - rows.accepted) }
        }

        /// Counts a step's rows, and takes those out of the accepted ones that were not, when the last of them is known.
        mutating func settle(_ outcome: inout Outcome, isLast: Bool) {
            guard let accepted else { return }
            rows += outcome.repeated
            outcome.accepted += outcome.repeated
            guard outcome.goesFurther || isLast else { return }
            let refused = rows - accepted
            self.accepted = nil
            guard refused > 0 else { return }
            outcome.accepted -= refused
            outcome.refusedBefore = refused
            outcome.refusals.append(
                TextRefusal(
                    "REASON_LOST",
                    "\(refused) rows up to this line were refused just before the server ended; why is not known any more",
                    at: TextPlace(line: line, column: 1)
                )
            )
        }
    }

    /// Adds rows to the list of those that were refused.
    ///
    /// - Returns: The list's bytes.
    private func list(
        _ refusals: [TextRefusal],
        after place: Upload.Place,
        durably: Bool
    ) async throws(APIError) -> Int64 {
        let room = Upload.refusalBytesMax - place.refusalBytes
        guard let folder = desk.folder, room > 0, !refusals.isEmpty || durably else { return place.refusalBytes }
        var lines = place.refusalBytes == 0 && !refusals.isEmpty ? Array(RefusalList.header.utf8) : []
        for refusal in refusals where lines.count < room { lines += RefusalList.line(refusal) }
        let bytes = lines
        try await DiskWork.done { () throws(DiskFailure) in
            try folder.write(bytes, at: place.refusalBytes, to: .refusals, of: id, durably: durably)
        }
        let end = place.refusalBytes + Int64(bytes.count)
        desk.note(id) { $0.place.refusalBytes = end }
        return end
    }

    private func end(_ state: Upload.State, _ trouble: String?) async {
        while !Task.isCancelled {
            do throws(APIError) {
                try await desk.change(id) { upload in
                    upload.state = state
                    upload.trouble = trouble
                    upload.updatedAt = desk.time.now()
                }
                desk.folder?.removeContent(of: id)
                if let uuid = UUIDBytes(id) { try? await desk.engine.forgetUploads([uuid]) }
                return
            } catch {
                guard error.code != .uploadUnknown else { return }
                try? await Task.sleep(for: UploadRun.pause)
            }
        }
    }

    /// What became of the rows of a step.
    private struct Outcome: Sendable {
        var accepted: Int64 = 0
        /// Rows that were decided before.
        var repeated: Int64 = 0
        /// Of these those that were refused for reasons that are not known any more; one refusal is about all of them.
        var refusedBefore: Int64?
        /// Whether there are rows that were not decided before.
        var goesFurther = false
        /// In the order of the lines.
        var refusals: [TextRefusal]

        /// Rows that are refused.
        var refused: Int64 { Int64(refusals.count) + (refusedBefore.map { $0 - 1 } ?? 0) }
    }

    /// Rows of a step that can be stated, each with its message, and those that cannot.
    private struct Drafts {
        var members: [UploadReader.Step.Member] = []
        var messages: [Message] = []
        var refusals: [TextRefusal]
    }

    private func drafts(of step: UploadReader.Step, _ upload: Upload) throws(APIError) -> Drafts {
        var drafts = Drafts(refusals: step.refusals)
        // Namespaces may have been added since it began.
        let namespaces = desk.control.snapshot.namespaces
        let statement = ExternalStatement(
            audience: try UploadRun.audience(of: upload),
            isMember: true,
            edition: upload.edition
        )
        for member in step.members {
            do throws(MessageError) {
                var message = try Message(
                    stating: [statement],
                    of: try Message.entity(namespace: upload.reading?.namespace ?? "", id: member.identity),
                    namespaces: namespaces
                )
                message.uploadPlace = UUIDBytes(id).map { UploadPlace(upload: $0, line: member.line) }
                drafts.messages.append(message)
                drafts.members.append(member)
            } catch {
                drafts.refusals.append(member.refusal(error))
            }
        }
        return drafts
    }

    private func outcome(
        of step: UploadReader.Step,
        _ upload: Upload,
        after line: Int64
    ) async -> Result<Outcome, APIError> {
        do throws(APIError) {
            return .success(try await store(try drafts(of: step, upload), after: line))
        } catch {
            return .failure(error)
        }
    }

    /// States rows, but those up to a line, which were decided before.
    private func store(_ drafts: Drafts, after line: Int64) async throws(APIError) -> Outcome {
        let first = drafts.members.firstIndex { $0.line > line } ?? drafts.members.count
        var outcome = Outcome(repeated: Int64(first), refusals: drafts.refusals)
        let (members, messages) = (drafts.members[first...], Array(drafts.messages[first...]))
        outcome.goesFurther = !messages.isEmpty
        if !messages.isEmpty {
            let results = try await APIError.mapping { () throws(EngineError) in
                try await desk.engine.ingest(messages)
            }
            for (member, result) in zip(members, results) {
                guard case .refused(let error) = result else {
                    outcome.accepted += 1
                    continue
                }
                // No other row will fare better.
                if error.code == "AUDIENCE_UNKNOWN" {
                    throw APIError(.uploadInvalid, "the audience was deleted or deactivated meanwhile")
                }
                outcome.refusals.append(member.refusal(error))
            }
        }
        outcome.refusals = outcome.refusals.inOrder
        return outcome
    }
}

extension [TextRefusal] {
    /// In the order of the lines.
    fileprivate var inOrder: [TextRefusal] {
        sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
    }
}

extension UploadReader.Step.Member {
    fileprivate func refusal(_ error: MessageError) -> TextRefusal {
        TextRefusal(error.code, error.message, at: TextPlace(line: line, column: column))
    }
}
