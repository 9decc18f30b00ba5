import ActivationCore
import ActivationEngine
import Hummingbird
import NIOCore

/// The audit log as a file, read part by part while it is sent.
struct AuditFile: Sendable {
    /// How it is written.
    enum Format: String, Sendable, CaseIterable {
        case csv
        case json
    }

    let log: AuditLog
    let query: AuditQuery
    let format: Format
    /// Only events before this entry.
    let end: Int64

    /// Events that are read at once.
    private static let partSize = 500

    private static let columns = [
        "sequence", "timestamp", "user", "way", "ipAddress", "action", "assetType", "assetId", "assetName", "status",
        "failureCode", "requestId", "difference",
    ]

    /// Records that it is taken out, and gives it out.
    ///
    /// - Parameter audit: Where that is recorded.
    /// - Returns: The file; nil when nothing is in it.
    /// - Throws: The store's error.
    func response(_ audit: AuditDesk) async throws(APIError) -> Response? {
        var first = try await log.part(query, before: end, limit: AuditFile.partSize)
        while first.events.isEmpty, let next = first.next {
            first = try await log.part(query, before: next, limit: AuditFile.partSize)
        }
        guard !first.events.isEmpty else { return nil }
        try await audit.export(
            .log,
            [
                "format": .string(format.rawValue),
                "properties": .array(query.properties.map { .string($0.excerpt(200)) }),
            ]
        )
        let begin = first
        var response = Response(
            status: .ok,
            body: ResponseBody { writer in
                var part = begin
                var text = format == .csv ? AuditFile.row(AuditFile.columns) : "["
                var isFirst = true
                while true {
                    for event in part.events {
                        text += format == .csv ? self.row(event) : (isFirst ? "\n" : ",\n") + self.json(event)
                        isFirst = false
                    }
                    try await writer.write(ByteBuffer(string: text))
                    text = ""
                    guard let next = part.next else { break }
                    part = try await log.part(query, before: next, limit: AuditFile.partSize)
                }
                if format == .json { try await writer.write(ByteBuffer(string: "\n]\n")) }
                try await writer.finish(nil)
            }
        )
        response.headers[.contentType] = format == .csv ? "text/csv; charset=utf-8" : "application/json"
        response.headers[.contentDisposition] = "attachment; filename=\"audit.\(format.rawValue)\""
        return response
    }

    private func json(_ event: AuditEvent) -> String {
        event.json(
            orgID: log.control.orgID,
            sandbox: log.control.sandbox.name,
            authorName: log.control.credentialName(of: event.change.author)
        ).text
    }

    private func row(_ event: AuditEvent) -> String {
        let change = event.change
        let said: JSONObject = ChangeDifference(change.difference)?.members ?? change.details
        return AuditFile.row([
            String(change.sequence), change.changedAt.rfc3339, change.author.name, change.author.way.rawValue,
            change.author.sender ?? "", event.actions.joined(separator: ", "), event.assetType, change.id, change.name,
            event.status, event.failureCode, change.author.requestID ?? "",
            said.isEmpty ? "" : JSONValue.object(said).text,
        ])
    }

    private static func row(_ cells: [String]) -> String {
        cells.map(CSVCell.of).joined(separator: ",") + "\r\n"
    }
}
