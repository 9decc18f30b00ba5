import ActivationCore
import NIOHTTP1

/// Sends a file of members to the server, and waits until it has been read.
struct UploadSender {
    let audiences: ServerAudiences
    let file: MemberFile

    /// Bytes of one request.
    private static let chunkBytes = 4 << 20
    /// How long to ask before how an upload stands.
    private static let pause = Duration.milliseconds(250)
    /// Attempts while the server is away.
    private static let attemptsMax = 60

    /// Sends what is not there yet, has it read, and waits for the end.
    ///
    /// - Returns: The upload as it ended.
    /// - Throws: Why it was not taken.
    func send(to audience: String, reading: JSONValue) async throws(CommandFailure) -> JSONValue {
        let id = try await audiences.audienceID(audience)
        var upload = try await present(id)
        guard let uploadID = upload["id"]?.string else { throw UploadSender.strange }
        if upload["state"] == "receiving" {
            try await content(of: uploadID, from: upload["received"]?.int64 ?? 0)
            guard file.isUnchanged else {
                _ = try? await audiences.client.call(.DELETE, "/v1/uploads/\(uploadID)")
                throw CommandFailure(
                    .badInput,
                    "\(file.path) was written to while it was sent, and nothing of it was taken; run the command again when it "
                        + "is complete"
                )
            }
            upload = try await audiences.client.call(.POST, "/v1/uploads/\(uploadID)/start", reading)
        }
        if let other = UploadSender.difference(upload["reading"], reading) {
            throw CommandFailure(
                .badInput,
                "the file is being read already, with \(other) as an earlier run said; wait for its end, or delete upload "
                    + "\(uploadID)"
            )
        }
        var bar = ProgressBar(total: nil, unit: "rows")
        var attempts = 0
        while upload["state"] == "checking" || upload["state"] == "entering" {
            try? await Task.sleep(for: UploadSender.pause)
            do throws(CommandFailure) {
                upload = try await audiences.client.call(.GET, "/v1/uploads/\(uploadID)")
                attempts = 0
            } catch {
                attempts += 1
                guard error.code == .unavailable || error.code == .retryLater, attempts < UploadSender.attemptsMax
                else {
                    throw error
                }
            }
            bar.update(done: 0, items: UploadSender.rows(of: upload))
        }
        bar.finish(done: 0, items: UploadSender.rows(of: upload))
        return upload
    }

    /// What is not read as it was asked for; nil = nothing.
    private static func difference(_ known: JSONValue?, _ asked: JSONValue) -> String? {
        guard let known else { return nil }
        return ["identityColumn", "namespace", "encoding", "delimiter"].first { key in
            let (one, other) = (known[key]?.string ?? "", asked[key]?.string ?? "")
            return key == "namespace" ? one.lowercased() != other.lowercased() : one != other
        }
    }

    /// How many rows are settled.
    private static func rows(of upload: JSONValue) -> Int64 {
        ["accepted", "refused", "empty"].reduce(0) { $0 + (upload["rows"]?[$1]?.int64 ?? 0) }
    }

    /// The upload of this very file that is on its way, or a new one.
    private func present(_ audience: String) async throws(CommandFailure) -> JSONValue {
        let known = try await audiences.client.call(.GET, "/v1/audiences/\(audience)/uploads")["uploads"]?.array ?? []
        let open = ["receiving", "checking", "entering"]
        let mine = known.first { $0["stamp"] == .string(file.stamp) && open.contains($0["state"]?.string ?? "") }
        if let mine { return mine }
        return try await audiences.client.call(
            .POST,
            "/v1/audiences/\(audience)/uploads",
            [
                "fileName": .string(String(file.path.split(separator: "/").last ?? "")),
                "stamp": .string(file.stamp), "size": .integer(file.size),
            ]
        )
    }

    private func content(of upload: String, from start: Int64) async throws(CommandFailure) {
        var offset = start
        var attempts = 0
        var bar = ProgressBar(total: file.size, done: start, unit: "bytes")
        while offset < file.size {
            let bytes = try file.bytes(at: offset, count: Int(min(Int64(UploadSender.chunkBytes), file.size - offset)))
            let problem: CommandFailure
            do throws(CommandFailure) {
                let answer = try await audiences.client.send(
                    .PUT,
                    "/v1/uploads/\(upload)/content?offset=\(offset)",
                    body: bytes,
                    contentType: "application/octet-stream"
                )
                if let received = answer.body["received"]?.int64, answer.status == 200 || answer.status == 409 {
                    offset = received
                    attempts = 0
                    bar.update(done: offset, items: offset)
                    continue
                }
                guard answer.status == 429 || answer.status >= 500 else {
                    throw CommandFailure(.badInput, "the server refuses the file: \(answer.reason)")
                }
                problem = CommandFailure(.retryLater, "the server takes no more for now: \(answer.reason)")
            } catch {
                guard error.code == .unavailable else { throw error }
                problem = error
            }
            attempts += 1
            guard attempts < UploadSender.attemptsMax else { throw problem }
            try? await Task.sleep(for: UploadSender.pause * 4)
        }
        bar.finish(done: offset, items: offset)
    }

    private static let strange = CommandFailure(.badInput, "the server answered an upload without an id")
}
