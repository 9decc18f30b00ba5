import ActivationCore
import ActivationEngine
import Console

extension DataflowPages {
    /// One dataflow.
    func detail(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let report = try desk.dataflowReport(request.parameter("id"))
        let now = request.now
        let figures = try? await desk.figures(of: report)
        let mayManage = viewer.may(.manageDestinations)
        let transformation = FlowTransformation(report.entry)
        let audiences = await audiences(transformation, now: now)
        let backfills = backfills(of: report, now: now)
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
                canMap: viewer.may(.activateDestinations),
                problem: DataflowPages.problem(of: report, now: now),
                terms: figures.map { DataflowPages.terms($0.books) } ?? [],
                hasBooks: figures != nil,
                balance: figures.map { DataflowPages.balance($0.books) },
                facts: facts(of: report),
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

    private static func problem(of report: DataflowReport, now: Timestamp) -> DataflowPage.Problem? {
        report.trouble.map { trouble in
            DataflowPage.Problem(
                tone: trouble.isPassing ? "warning" : "bad",
                heading: trouble.isPassing ? "Records are tried again" : "Nothing is sent",
                text: "\(trouble.code): \(trouble.message)",
                since: Instant(trouble.since, now: now),
                advice: trouble.isPassing
                    ? "It goes on by itself as soon as the destination answers."
                    : report.isStopped
                        ? "Put it right, or give the account other credentials; then resume. Nothing is lost."
                        : "Put the configuration right; then it goes on by itself."
            )
        }
    }

    private static func terms(_ books: Engine.DataflowBooks) -> [DataflowPage.Term] {
        let counters = books.counters
        let sums = [
            ("delivered", counters.delivered), ("superseded", counters.superseded),
            ("not made while disabled", counters.suppressedDisabled),
            ("dropped with profiles", counters.suppressedDeleted), ("parked", counters.parked),
            ("waiting", books.pendingRows),
        ]
        let always = ["delivered", "parked", "waiting"]
        let shown = sums.filter { $0.1 != 0 || always.contains($0.0) }
        return [DataflowPage.Term(sign: nil, count: Figure.count(counters.triggered), label: "triggered")]
            + shown.enumerated().map { index, term in
                DataflowPage.Term(sign: index == 0 ? "=" : "+", count: Figure.count(term.1), label: term.0)
            }
    }

    private static func balance(_ books: Engine.DataflowBooks) -> StateMark {
        books.counters.pending == books.pendingRows ? StateMark("Balanced", .good) : StateMark("Not balanced", .bad)
    }

    private static func tiles(_ figures: DataflowFigures, now: Timestamp) -> [HomePage.Tile] {
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
            HomePage.Tile(label: "Parked", value: Figure.count(figures.books.counters.parked), note: nil),
        ]
    }

    private func facts(of report: DataflowReport) -> [DataflowPage.Fact] {
        [
            DataflowPage.Fact(label: "Stream", value: report.targetName, path: nil),
            DataflowPage.Fact(
                label: "Account",
                value: report.accountName,
                path: report.account.map { "/console/accounts/\($0.id)" }
            ),
            DataflowPage.Fact(label: "Made by", value: desk.name(of: report.entry.string("createdBy")), path: nil),
            DataflowPage.Fact(label: "Changed by", value: desk.name(of: report.entry.string("updatedBy")), path: nil),
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
        let members = try? await desk.dependencies.engine.memberCounts()
        return transformation.audiences.map { mapped in
            let id = mapped.audience.uuid.description
            return DataflowPage.Audience(
                name: desk.control.entry(.segmentDefinition, id)?.string("name") ?? id,
                members: members.map { Figure.count($0[mapped.audience] ?? 0) } ?? "–",
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

    private func backfills(of report: DataflowReport, now: Timestamp) -> [DataflowPage.Backfill] {
        let runs = desk.dependencies.engine.backfillRuns
        let orders = desk.control.entries(.backfill).reversed().filter { $0.string("dataflowId") == report.id }
        return orders.prefix(10).map { order in
            let run = UUIDBytes(order.id).flatMap { runs[Backfill.ID(uuid: $0)] }
            let (done, total) = (run?.processed ?? 0, run?.total ?? 0)
            var text = Figure.count(run?.records ?? 0, "record")
            if total > 0 { text = "\(Figure.count(done)) of \(Figure.count(total, "profile")) · \(text)" }
            if let seconds = run?.secondsLeft, run?.state == .running {
                text += " · about \(Instant.span(seconds: Int64(seconds.rounded(.up)))) left"
            }
            return DataflowPage.Backfill(
                origin: DataflowPages.origins[order.string("origin") ?? ""] ?? "a request",
                mark: DataflowPages.mark(of: run),
                progress: total > 0 ? DataflowPage.Progress(done: String(min(done, total)), total: String(total)) : nil,
                text: text,
                reason: run?.reason,
                began: Instant(run?.startedAt ?? order.createdAt, now: now)
            )
        }
    }

    private static let origins = [
        BackfillOrder.Origin.mapping.rawValue: "audiences that were mapped",
        BackfillOrder.Origin.request.rawValue: "a request",
        BackfillOrder.Origin.resume.rawValue: "the dataflow was enabled again",
        BackfillOrder.Origin.unmapping.rawValue: "audiences that were taken out",
    ]

    private static func mark(of run: BackfillRun?) -> StateMark {
        switch run?.state {
        case .running: StateMark("Running", .good)
        case .waiting, nil: StateMark("Waiting", .warning)
        case .paused: StateMark("Paused", .quiet)
        case .completed: StateMark("Completed", .good)
        case .cancelled: StateMark("Cancelled", .quiet)
        }
    }
}
