import ActivationCore
import ActivationEngine
import Console

extension DataflowPages {
    /// One dataflow.
    func detail(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let report = try desk.dataflowReport(request.parameter("id"))
        let now = request.now
        // Before anything that the page shows, so that what changes meanwhile is noticed.
        let live = LiveFigures(desk, of: report).path
        let figures = try? await desk.figures(of: report, at: now)
        let mayManage = viewer.may(.manageDestinations)
        let transformation = FlowTransformation(report.entry)
        let audiences = await audiences(transformation, now: now)
        let backfills = desk.backfillReports(of: report).prefix(3).map { DataflowPages.backfill($0, now: now) }
        let description = report.entry.string("description") ?? ""
        return .page(
            DataflowPage(
                title: report.name,
                crumbs: [DataflowPages.root],
                description: description.isEmpty ? nil : description,
                path: report.path,
                token: viewer.token,
                mark: report.mark,
                canEnable: mayManage && !report.isEnabled,
                canDisable: mayManage && report.isEnabled,
                canResume: mayManage && report.isStopped,
                canBackfill: viewer.may(.activateDestinations) && !audiences.isEmpty,
                canTry: viewer.may(.viewProfiles),
                canTest: mayManage,
                mapping: MappingPages.Part(of: viewer).map { PageFrame.Crumb($0.invitation, $0.path(of: report)) },
                figuresPath: live,
                forms: SettingsTopic.allCases.filter { $0.isOpen(to: viewer) }.map {
                    PageFrame.Crumb($0.title, "\(report.path)/\($0.rawValue)")
                },
                problem: DataflowPages.problem(of: report, mayManage: mayManage, now: now),
                terms: figures.map { DataflowPages.terms($0.books) } ?? [],
                hasBooks: figures != nil,
                balance: figures.map {
                    DataflowPages.balance($0.books, of: report.id, desk.dependencies.engine.lastBooksAudit)
                },
                facts: facts(of: report, now: now),
                figures: figures.map { DataflowPages.tiles($0, now: now) } ?? [],
                chart: figures?.chart(at: now),
                audiences: audiences,
                isNothingMapped: audiences.isEmpty,
                attributes: transformation.attributes.map(DataflowPages.attribute),
                hasAttributes: !transformation.attributes.isEmpty,
                backfills: backfills,
                hasBackfills: !backfills.isEmpty,
                options: DataflowPages.options(of: report),
                id: report.id,
                etag: report.entry.etag
            )
        )
    }

    private static func problem(
        of report: DataflowReport,
        mayManage: Bool,
        now: Timestamp
    ) -> DataflowPage.Problem? {
        report.trouble.map { trouble in
            DataflowPage.Problem(
                tone: trouble.isPassing ? "warning" : "bad",
                heading: trouble.isPassing ? "Records are tried again" : "Nothing is sent",
                text: "\(trouble.code): \(trouble.message)",
                since: Instant(trouble.since, now: now),
                advice: DataflowPages.cure(of: trouble, report, now: now),
                rotation: mayManage && report.isStopped
                    ? report.account.map { "/console/accounts/\($0.id)/rotate" } : nil
            )
        }
    }

    /// What to do about what is in the way.
    private static func cure(
        of trouble: DataflowReport.Trouble,
        _ report: DataflowReport,
        now: Timestamp
    ) -> String {
        let stream = report.targetName
        let cure =
            switch trouble.code {
            case "AWS-401", "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch",
                "ExpiredTokenException", "ExpiredToken", "InvalidClientTokenId", "InvalidCredentials",
                "IncompleteSignatureException", "IncompleteSignature", "MissingAuthenticationTokenException",
                "MissingAuthenticationToken":
                "Give the account the key and the secret that belong together."
            case "AWS-403", "AccessDeniedException", "AccessDenied", "NotAuthorized":
                "Let the key's policy allow kinesis:PutRecords on \(stream), or use another key."
            case "AWS-404", "ResourceNotFoundException": "Make the stream \(stream) again, or send to another one."
            case "AWS-409": "Wait until the stream \(stream) is active."
            case "NET-001": "Let this machine reach the destination, or correct the address of the account."
            default: trouble.isPassing ? "Nothing has to be done." : "Put right what the message says."
            }
        if trouble.isPassing { return "\(cure) It goes on by itself as soon as the destination answers." }
        let next = trouble.nextAttemptAt.map { " It is tried again by itself at \(Instant($0, now: now).exact)." } ?? ""
        return report.isStopped
            ? "\(cure) Then resume; nothing is lost.\(next)"
            : "\(cure) It goes on by itself when the configuration is right."
    }

    /// The equation of the books; what is nothing and not always there shows as soon as it is something.
    static func terms(_ books: Engine.DataflowBooks) -> [DataflowPage.Term] {
        let counters = books.counters
        let sums = [
            ("delivered", counters.delivered), ("superseded", counters.superseded + counters.replayed),
            ("not made while disabled", counters.suppressedDisabled),
            ("dropped with profiles", counters.suppressedDeleted + counters.erased),
            ("discarded", counters.discarded), ("parked", counters.deadLetters),
            ("waiting", books.pendingRows),
        ]
        let always = ["delivered", "parked", "waiting"]
        let triggered = DataflowPage.Term(
            sign: nil,
            count: Figure.count(counters.triggered),
            label: "triggered",
            isShown: true
        )
        return [triggered]
            + sums.enumerated().map { index, term in
                DataflowPage.Term(
                    sign: index == 0 ? "=" : "+",
                    count: Figure.count(term.1),
                    label: term.0,
                    isShown: term.1 != 0 || always.contains(term.0)
                )
            }
    }

    /// Whether the books balance with what was counted last, and with what is known of now.
    private static func balance(_ books: Engine.DataflowBooks, of id: String, _ audit: BooksAudit?) -> StateMark {
        let counted = UUIDBytes(id).flatMap { audit?.books[Dataflow.ID(uuid: $0)] }
        let isBalanced = books.counters.pending == books.pendingRows && counted?.isBalanced ?? true
        return isBalanced ? StateMark("Balanced", .good) : StateMark("Not balanced", .bad)
    }

    /// The figures at the top.
    static func tiles(_ figures: DataflowFigures, now: Timestamp) -> [HomePage.Tile] {
        let delivered = figures.delivered(at: now)
        return [
            HomePage.Tile(
                label: "Delivered this hour",
                value: Figure.count(delivered.thisHour),
                note: "\(Figure.count(delivered.lastHour)) in the hour before"
            ),
            HomePage.Tile(label: "Rate", value: figures.rate(at: now), note: "mean of this hour"),
            HomePage.Tile(
                label: "Waiting",
                value: Figure.count(figures.books.pendingRows),
                note: figures.lag(at: now).map { "the oldest for \($0)" }
            ),
            HomePage.Tile(label: "Parked", value: Figure.count(figures.books.counters.deadLetters), note: nil),
        ]
    }

    private func facts(of report: DataflowReport, now: Timestamp) -> [DataflowPage.Fact] {
        func trail(_ key: String, _ instant: Timestamp) -> String {
            "\(Instant(instant, now: now).exact) by \(desk.name(of: report.entry.string(key)))"
        }
        return [
            DataflowPage.Fact(label: "Stream", value: report.targetName, path: nil),
            DataflowPage.Fact(
                label: "Account",
                value: report.accountName,
                path: report.account.map { "/console/accounts/\($0.id)" }
            ),
            DataflowPage.Fact(label: "Made", value: trail("createdBy", report.entry.createdAt), path: nil),
            DataflowPage.Fact(label: "Changed", value: trail("updatedBy", report.entry.updatedAt), path: nil),
        ]
    }

    /// What the target's configuration says beside the stream, as it is written.
    private static func options(of report: DataflowReport) -> [DataflowPage.Fact] {
        let params = report.target?.body["params"]?.object ?? [:]
        return params.keys.filter { $0 != "stream" }.sorted().map { key in
            DataflowPage.Fact(label: key, value: params[key]?.text ?? "", path: nil)
        }
    }

    private func audiences(_ transformation: FlowTransformation, now: Timestamp) async -> [DataflowPage.Audience] {
        let members = try? await desk.dependencies.engine.memberCounts(of: transformation.audiences.map(\.audience))
        let changes = await desk.memberChanges(now: now)
        return transformation.audiences.map { mapped in
            let id = mapped.audience.uuid.description
            return DataflowPage.Audience(
                name: desk.audienceName(id),
                members: members.map { Figure.count($0[mapped.audience] ?? 0) } ?? "–",
                changes: changes(mapped.audience),
                mapped: Instant(mapped.createdAt, now: now)
            )
        }
    }

    private static func attribute(_ attribute: Dataflow.MappedAttribute) -> DataflowPage.Attribute {
        let (source, destination) = (
            attribute.path.joined(separator: "."), attribute.destination.joined(separator: ".")
        )
        return DataflowPage.Attribute(
            source: source,
            destination: destination == source ? nil : destination,
            export: attribute.export.map(\.rawValue)
        )
    }

    private static func backfill(_ report: BackfillReport, now: Timestamp) -> DataflowPage.Backfill {
        DataflowPage.Backfill(
            id: report.entry.id,
            origin: report.origin,
            mark: report.mark,
            progress: report.progress,
            text: report.text,
            reason: report.run?.reason,
            began: Instant(report.began, now: now)
        )
    }
}
