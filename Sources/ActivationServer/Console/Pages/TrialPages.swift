import ActivationCore
import ActivationEngine
import Console

/// Tries a dataflow: on a person, and with a record that is about nobody (BEHAVIOUR 3.21).
struct TrialPages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.form("dataflows/:id/dry-run", show: { try asking($0) }, submit: { try await dryRun($0) })
        register.form("dataflows/:id/tests", show: { try tests($0) }, submit: { try await test($0) })
    }

    private var trials: DataflowTrials { DataflowTrials(dependencies: desk.dependencies) }

    private static func crumbs(_ report: DataflowReport) -> [PageFrame.Crumb] {
        [DataflowPages.root, PageFrame.Crumb(report.name, report.path)]
    }

    // MARK: A person

    private func asking(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = [],
        outcome: DryRunPage.Outcome? = nil
    ) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let report = try desk.dataflowReport(request.parameter("id"))
        let mistakes = FormMistakes(items)
        // What was typed is shown again to be mended, not beside what it led to.
        let typed = outcome == nil ? request.form : request.form.only(["namespace"])
        let heading = "Try it on a person"
        return .page(
            DryRunPage(
                title: mistakes == nil ? heading : "Error: \(heading)",
                crumbs: TrialPages.crumbs(report),
                mistakes: mistakes,
                name: report.name,
                path: "\(report.path)/dry-run",
                token: viewer.token,
                fields: desk.identityFields(typed, mistakes),
                outcome: outcome
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private func dryRun(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        guard viewer.may(.viewDestinations) else { return try asking(request) }
        let report = try desk.dataflowReport(request.parameter("id"))
        let identity: Identity
        switch desk.identity(request.form) {
        case .failure(let mistake): return try asking(request, [mistake.item])
        case .success(let typed): identity = typed
        }
        let found: DataflowTrials.DryRun
        do throws(APIError) {
            found = try await trials.dryRun(report.entry, for: identity)
        } catch {
            guard error.code == .profileUnknown else { throw error }
            let text =
                "Nobody has this \(identity.namespace) identity. Values are compared as they are written, capital "
                + "letters and spaces included."
            return try asking(request, [FormMistakes.Item(field: "identity", text: text)])
        }
        try await desk.noteLookup(of: found.run.profile)
        let handle = try ProfileHandle.text(of: identity, desk.control.pageSecrets)
        return try asking(request, outcome: outcome(found, of: report, person: "/console/profiles/\(handle)"))
    }

    private func outcome(
        _ found: DataflowTrials.DryRun,
        of report: DataflowReport,
        person: String
    ) -> DryRunPage.Outcome {
        let records = found.run.records
        return DryRunPage.Outcome(
            mark: found.wouldExport ? StateMark("Would be sent", .good) : StateMark("Would not be sent", .quiet),
            sentence: TrialPages.sentence(found, isEnabled: report.isEnabled),
            person: PageFrame.Crumb("The person's page", person),
            audiences: found.audiences.map { audience in
                let id = audience.id.uuid.description
                return DryRunPage.Audience(
                    name: audience.name,
                    mark: TrialPages.mark(audience.status),
                    path: "\(person)/audiences/\(id)"
                )
            },
            hasAudiences: !found.audiences.isEmpty,
            reasons: found.reasons.map { reason in
                DryRunPage.Reason(
                    name: "\(reason.reason.prefix(1).uppercased())\(reason.reason.dropFirst())",
                    mark: reason.exports ? StateMark("Yes", .good) : StateMark("No", .quiet),
                    why: reason.why
                )
            },
            messages: records.enumerated().map { index, row in
                let size = Figure.count(row.payload.count, "byte")
                return DryRunPage.Message(
                    id: "message-\(index + 1)",
                    name: records.count == 1 ? "The message, \(size)" : "Message \(index + 1), \(size)",
                    text: MaskedMessage.lines(of: row.payload)
                )
            },
            hasMessages: !records.isEmpty
        )
    }

    private static func sentence(_ found: DataflowTrials.DryRun, isEnabled: Bool) -> String {
        let count = Figure.count(found.run.records.count, "record")
        if found.wouldExport { return "\(count) would be sent if members were sent again now." }
        if found.audiences.isEmpty { return "No audience is mapped." }
        guard found.audiences.contains(where: { $0.status == .realized }) else {
            return "The person is a member of no audience that is mapped."
        }
        if !isEnabled { return "The dataflow is disabled; enabled it would send \(count)." }
        return "The person is left out, as who has more identities than the server's cap allows."
    }

    private static func mark(_ status: MembershipStatus?) -> StateMark {
        switch status {
        case .realized: StateMark("Member", .good)
        case .exited: StateMark("Exited", .quiet)
        case nil: StateMark("Never a member", .quiet)
        }
    }

    // MARK: A record about nobody

    private func tests(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let report = try desk.dataflowReport(request.parameter("id"))
        let tests = desk.control.snapshot.messageTests(of: report.id)
        let example = TestRecord.make("00000000-0000-4000-8000-000000000000", now: request.now)
        return .page(
            TestRecordsPage(
                under: TrialPages.crumbs(report),
                name: report.name,
                target: report.targetName,
                path: "\(report.path)/tests",
                token: viewer.token,
                maySend: viewer.may(.manageDestinations) && report.target != nil,
                example: ((try? JSONValue(parsing: example)) ?? .null).lines,
                rows: tests.enumerated().map { row($1, $0, now: request.now) }
            )
        )
    }

    private func row(_ test: MessageTest, _ index: Int, now: Timestamp) -> TestRecordsPage.Row {
        var (mark, note) = (StateMark("Written", .good), String?.none)
        var receipt: DeliveryReceipt?
        switch test.outcome {
        case .written(let text): receipt = text.map { DeliveryReceipt($0, id: "receipt-\(index)") }
        case .refused(let code, let message): (mark, note) = (StateMark("Refused", .bad), "\(code): \(message)")
        }
        return TestRecordsPage.Row(
            at: Instant(test.at, now: now),
            by: desk.name(of: test.by),
            mark: mark,
            note: note,
            receipt: receipt
        )
    }

    private func test(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let test = try await trials.test(report.entry, by: try request.client(of: desk.control.orgID))
        let isWritten = if case .written = test.outcome { true } else { false }
        return .redirect("\(report.path)/tests", isWritten ? .testWritten : nil)
    }
}
