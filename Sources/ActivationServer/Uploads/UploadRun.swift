import ActivationCore
import ActivationEngine
import Logging
import TextFiles

/// Brings one upload to its end: reads it once to see whether it can be taken, then states its rows, then makes them the
/// audience's members.
///
/// It may end at any moment and go on from what was kept: a row that is stated twice is the same fact.
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
                    desk.note(id) { $0.trouble = error.detail }
                    logger.warning(
                        "Upload waits",
                        metadata: ["upload.id": "\(id)", "error.code": "\(error.code.rawValue)"]
                    )
                    // A sleep that is cancelled ends the loop.
                    try? await Task.sleep(for: UploadRun.pause)
                } else {
                    // Those whom it has named so far stay, for as long as members do.
                    if upload.state == .entering {
                        try? await UploadEdition(upload, desk.control).abandon(by: upload.author)
                    }
                    await end(.failed, error.detail)
                }
            }
        }
    }

    private func open(_ upload: Upload) async throws(APIError) -> UploadReader {
        guard let folder = desk.folder, let reading = upload.reading else {
            throw APIError(.uploadInvalid, "it is not known how the file is read")
        }
        let path = folder.path(.content, of: id)
        return try await UploadWork.done { () throws(APIError) in try UploadReader(path, reading) }
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
            found.accepted += Int64(step.members.count)
            found.refused += Int64(step.refusals.count)
            found.empty += step.empty
            first += step.refusals.prefix(UploadRun.refusalsTold - first.count)
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
        let edition = try await UploadEdition(upload, desk.control).begin()
        try await desk.change(id) { upload in
            upload.edition = edition
            upload.state = .entering
            upload.place = Upload.Place()
            upload.trouble = nil
            upload.updatedAt = desk.time.now()
        }
    }

    // MARK: Enter

    private func enter(_ upload: Upload) async throws(APIError) {
        guard let edition = upload.edition else {
            throw APIError(.uploadInvalid, "the upload has no number in its audience")
        }
        let reader = try await open(upload)
        try await reader.skip(to: upload.place)
        var (rows, place) = (upload.rows, upload.place)
        var steps = 0
        var step = try await reader.step()
        while true {
            guard !Task.isCancelled else { return }
            let settled = step
            async let stored = outcome(of: settled, edition, upload)
            // While these are stored the next ones are read.
            let next = settled.isLast ? nil : try await reader.step()
            let outcome = try await stored.get()
            let isDue = steps % UploadRun.stepsKept == 0 || settled.isLast
            place.refusalBytes = try await list(outcome.refusals, after: place, durably: isDue)
            rows.accepted += outcome.accepted
            rows.refused += Int64(outcome.refusals.count)
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
        try await UploadEdition(upload, desk.control).complete()
        await end(.succeeded, nil)
    }

    /// Adds rows to the list of those that were refused.
    ///
    /// - Returns: The list's bytes.
    private func list(
        _ refusals: [TextRefusal],
        after place: Upload.Place,
        durably: Bool
    ) async throws(APIError) -> Int64 {
        guard let folder = desk.folder, !refusals.isEmpty || durably else { return place.refusalBytes }
        let header = place.refusalBytes == 0 && !refusals.isEmpty ? Array(TextRefusal.csvHeader.utf8) : []
        let bytes = header + refusals.flatMap(\.csvLine)
        try await UploadWork.done { () throws(UploadFolder.Failure) in
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
        /// In the order of the lines.
        var refusals: [TextRefusal]
    }

    private func outcome(
        of step: UploadReader.Step,
        _ edition: Int64,
        _ upload: Upload
    ) async -> Result<Outcome, APIError> {
        do throws(APIError) {
            return .success(try await store(step, edition, upload))
        } catch {
            return .failure(error)
        }
    }

    private func store(
        _ step: UploadReader.Step,
        _ edition: Int64,
        _ upload: Upload
    ) async throws(APIError) -> Outcome {
        var refusals = step.refusals
        var members: [UploadReader.Step.Member] = []
        var messages: [Message] = []
        // Namespaces may have been added since it began.
        let namespaces = desk.control.snapshot.namespaces
        let statement = ExternalStatement(audience: upload.audience, isMember: true, edition: edition)
        for member in step.members {
            do throws(MessageError) {
                messages.append(
                    try Message(
                        stating: [statement],
                        of: try Message.entity(namespace: upload.reading?.namespace ?? "", id: member.identity),
                        namespaces: namespaces
                    )
                )
                members.append(member)
            } catch {
                refusals.append(member.refusal(error))
            }
        }
        guard !messages.isEmpty else { return Outcome(refusals: refusals.inOrder) }
        let results: [DecisionResult]
        let accepted = messages
        results = try await APIError.mapping { () throws(EngineError) in try await desk.engine.ingest(accepted) }
        var count: Int64 = 0
        for (member, result) in zip(members, results) {
            guard case .refused(let error) = result else {
                count += 1
                continue
            }
            // The audience is gone, and no other row will fare better.
            if error.code == "AUDIENCE_UNKNOWN" { throw APIError(.uploadInvalid, "the audience was deleted meanwhile") }
            refusals.append(member.refusal(error))
        }
        return Outcome(accepted: count, refusals: refusals.inOrder)
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

extension TextRefusal {
    /// The first line of the list of refused rows.
    static let csvHeader = "line,column,code,message\r\n"

    /// A line of the list of refused rows.
    fileprivate var csvLine: [UInt8] {
        Array("\(place.line),\(place.column),\(code),\"\(message.replacing("\"", with: "\"\""))\"\r\n".utf8)
    }
}
