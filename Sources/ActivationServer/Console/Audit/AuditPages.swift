import ActivationCore
import ActivationEngine
import Console

/// The audit log at the console: filtered, paged by key, taken out.
struct AuditPages: Sendable {
    let desk: ConsoleDesk

    private static let path = "/console/audit"
    /// Records of a page.
    private static let rowsMax = 50

    /// What is asked for, by the names of the form's fields.
    private static let fields: [AuditQuery.Property] = [.user, .assetId, .requestId, .ipAddress]

    private static let actions = [
        "Create", "Update", "Delete", "Enable", "Disable", "Profile Activate", "Profile Remove", "Sign In", "Sign Out",
        "Access", "View", "Reveal", "Export", "Erase",
    ]

    func add(to register: inout ConsoleRegister) {
        register.page("audit") { try await show($0) }
        register.page("audit/audit.csv") { try await export($0, .csv) }
        register.page("audit/audit.json") { try await export($0, .json) }
    }

    private func log(_ request: ConsoleRequest) throws(APIError) -> AuditLog {
        AuditLog(control: desk.control, clearance: try request.signedIn().clearance)
    }

    /// What the form asks for.
    private func query(_ request: ConsoleRequest) throws(APIError) -> AuditQuery {
        var properties: [String] = []
        for property in AuditPages.fields + [.action, .status] {
            let value = (request.query[property.rawValue] ?? "").trimmingSpaces
            if !value.isEmpty { properties.append("\(property.rawValue)==\(value)") }
        }
        for (name, comparison) in [("since", ">="), ("until", "<=")] {
            let value = (request.query[name] ?? "").trimmingSpaces
            if !value.isEmpty { properties.append("timestamp\(comparison)\(value)") }
        }
        return try AuditQuery(properties: properties, orderBy: nil)
    }

    private func show(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let log = try log(request)
        let query = try query(request)
        let end = try await log.end(of: query)
        let before = request.query["before"].flatMap { Int64($0) }
        let part = try await log.part(query, before: min(before ?? end, end), limit: AuditPages.rowsMax)
        let others = request.query.without(["before", ConsoleNotice.item])
        func link(_ path: String, _ more: [(name: String, value: String)] = []) -> String {
            let items = QueryItems(others.items + more)
            return items.items.isEmpty ? path : "\(path)?\(items.text)"
        }
        return .page(
            AuditPage(
                filters: filters(request),
                isFiltered: !query.properties.isEmpty,
                csv: link("\(AuditPages.path)/audit.csv"),
                json: link("\(AuditPages.path)/audit.json"),
                rows: part.events.map { row($0, now: request.now) },
                isEmpty: part.events.isEmpty && part.next == nil,
                pager: Pager(
                    text: "The newest first",
                    first: before == nil ? nil : link(AuditPages.path),
                    next: part.next.map { link(AuditPages.path, [("before", String($0))]) }
                )
            )
        )
    }

    private func filters(_ request: ConsoleRequest) -> [FormField] {
        func field(_ name: String, _ label: String, _ kind: FormField.Kind = .text(type: "search")) -> FormField {
            FormField(name, label, kind, value: request.query[name] ?? "", isOptional: true)
        }
        let any = [(value: "", label: "Any")]
        return [
            field("user", "Who"),
            field("action", "Action", .choice(any + AuditPages.actions.map { (value: $0, label: $0) })),
            field(
                "status",
                "Outcome",
                .choice(any + [("Allow", "Allowed"), ("Deny", "Denied"), ("Failure", "Failed")])
            ),
            field("assetId", "Object id"), field("requestId", "Request id"), field("ipAddress", "Address"),
            field("since", "Since"), field("until", "Until"),
        ]
    }

    private func row(_ event: AuditEvent, now: Timestamp) -> AuditPage.Row {
        let change = event.change
        let lines = ChangeDifference(change.difference).map { ChangeLine.lines(of: $0) } ?? []
        let mark: StateMark =
            switch change.outcome {
            case .allowed: StateMark("Allowed", .good)
            case .denied: StateMark("Denied", .warning)
            case .failed: StateMark("Failed", .bad)
            }
        return AuditPage.Row(
            at: Instant(change.changedAt, now: now),
            who: desk.who(change.author),
            way: change.author.way.rawValue + (change.author.sender.map { " from \($0)" } ?? ""),
            request: change.author.requestID,
            what: "\(event.actions.joined(separator: ", ")): \(event.assetType)",
            name: change.name,
            mark: mark,
            code: event.failureCode.isEmpty ? nil : event.failureCode,
            lines: lines,
            hasLines: !lines.isEmpty,
            details: change.details.filter { $0.key != "code" }.map { "\($0.key): \($0.value.string ?? $0.value.text)" }
        )
    }

    private func export(_ request: ConsoleRequest, _ format: AuditFile.Format) async throws -> ConsoleAnswer {
        let log = try log(request)
        let query = try query(request)
        let file = AuditFile(log: log, query: query, format: format, end: try await log.end(of: query))
        guard let response = try await file.response(desk.dependencies.audit) else {
            throw APIError(.consolePage, "no record matches the filters, so there is nothing to download")
        }
        return ConsoleAnswer(content: .file(response))
    }
}
