import ActivationCore
import ActivationEngine
import Console

/// The records of a dataflow as they leave.
struct TailPages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.page("dataflows/:id/tail") { try show($0) }
        register.page("live/dataflows/:id/tail") { try feed($0) }
    }

    private func show(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        return .page(
            TailPage(
                crumbs: [DataflowPages.root, PageFrame.Crumb(report.name, report.path)],
                name: report.name,
                path: report.path,
                mark: report.mark,
                stream: report.targetName,
                feed: "/console/live/dataflows/\(report.id)/tail"
            )
        )
    }

    private func feed(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        guard let uuid = UUIDBytes(report.id) else {
            throw APIError(.consolePage, "there is no dataflow at this address")
        }
        let feed = TailFeed(
            engine: desk.dependencies.engine,
            dataflow: Dataflow.ID(uuid: uuid),
            name: { [control = desk.control] id in control.entry(.segmentDefinition, id)?.string("name") }
        )
        return .feed(feed.feed { await desk.isLive(request, with: .viewDestinations) })
    }
}
