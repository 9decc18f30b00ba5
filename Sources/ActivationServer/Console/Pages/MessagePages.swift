import ActivationCore
import Console

/// Schema and samples of a dataflow's messages, to read and to take along.
struct MessagePages: Sendable {
    let desk: ConsoleDesk

    private static let path = "dataflows/:id/messages"
    /// Characters of a document on the page; the download has all.
    private static let charactersMax = 6_000
    /// Changes of a version that are shown.
    private static let changesMax = 20

    func add(to register: inout ConsoleRegister) {
        register.page(MessagePages.path) { try show($0) }
        register.page("\(MessagePages.path)/schema.json") { request in
            let report = try desk.dataflowReport(request.parameter("id"))
            return .download("schema.json", try schema(of: report))
        }
        register.page("\(MessagePages.path)/schemas") { try versions($0) }
        register.page("\(MessagePages.path)/schemas/:number") { request in
            let report = try desk.dataflowReport(request.parameter("id"))
            let version = try messages.version(request.parameter("number"), of: report.entry)
            return .download("schema-\(version.number).json", version.document ?? .null)
        }
        register.page("\(MessagePages.path)/samples.json") { request in
            let report = try desk.dataflowReport(request.parameter("id"))
            let rows = try messages.samples(of: report.entry)
            return .download("samples.json", ["items": .array(rows.map(\.sampleDocument))])
        }
    }

    private var messages: DataflowMessages { DataflowMessages(dependencies: desk.dependencies) }

    /// The present version of the schema as it was written, or what it would be.
    private func schema(of report: DataflowReport) throws(APIError) -> JSONValue {
        if let schema = try? messages.version(of: report.entry).document { return schema }
        return .object(try messages.schema(of: report.entry))
    }

    private func show(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let rows = try messages.samples(of: report.entry)
        let samples = rows.prefix(3).enumerated().map { index, row in
            MessagesPage.Sample(
                id: "sample-\(index)",
                name: "Sample \(index + 1), because of \(row.reasons.names.joined(separator: ", "))",
                text: MessagePages.text((try? JSONValue(parsing: row.payload)) ?? .null)
            )
        }
        let params = report.target?.body["params"]
        let versions = desk.control.snapshot.schemaVersions(of: report.id)
        return .page(
            MessagesPage(
                crumbs: [DataflowPages.root, PageFrame.Crumb(report.name, report.path)],
                name: report.name,
                path: "\(report.path)/messages",
                samples: samples,
                isEmpty: samples.isEmpty,
                schema: MessagePages.text(try schema(of: report)),
                version: versions.last.map { "Version \($0.number), since \($0.since.rfc3339). " } ?? "",
                code: MessagePages.code(stream: report.targetName, region: params?["region"]?.string)
            )
        )
    }

    // MARK: Versions

    private func versions(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let report = try desk.dataflowReport(request.parameter("id"))
        let all = Array(desk.control.snapshot.schemaVersions(of: report.id).reversed())
        let (page, pager) = ListPlace.page(of: all, request, ("version", "versions"), entry: \.entry)
        let path = "\(report.path)/messages"
        let former = Dictionary(zip(all, all.dropFirst()).map { ($0.number, $1) }) { first, _ in first }
        return .page(
            SchemaVersionsPage(
                crumbs: [
                    DataflowPages.root, PageFrame.Crumb(report.name, report.path), PageFrame.Crumb("Messages", path),
                ],
                name: report.name,
                versions: page.map { version in
                    let before = former[version.number]
                    let difference = before.map { MessagePages.difference(from: $0, to: version) }
                    let changes = MessagePages.changes(difference)
                    let hidden = changes.count - MessagePages.changesMax
                    return SchemaVersionsPage.Version(
                        number: String(version.number),
                        mark: MessagePages.mark(difference),
                        isPresent: version.number == all.first?.number,
                        since: Instant(version.since, now: request.now),
                        digest: version.digest,
                        changes: Array(changes.prefix(MessagePages.changesMax)),
                        hasChanges: !changes.isEmpty,
                        more: hidden > 0 ? "And \(Figure.count(hidden)) more; compare the downloads." : nil,
                        path: "\(path)/schemas/\(version.number)"
                    )
                },
                isEmpty: all.isEmpty,
                pager: pager
            )
        )
    }

    private static func difference(from before: SchemaVersion, to version: SchemaVersion) -> SchemaDifference {
        func schema(_ version: SchemaVersion) -> JSONValue { (try? JSONValue(parsing: version.text)) ?? .null }
        return SchemaDifference(from: schema(before), to: schema(version))
    }

    private static func mark(_ difference: SchemaDifference?) -> StateMark {
        guard let difference else { return StateMark("The oldest that is kept", .quiet) }
        return difference.breaking.isEmpty ? StateMark("Compatible", .good) : StateMark("Breaking", .bad)
    }

    /// What a version changed, what breaks first.
    private static func changes(_ difference: SchemaDifference?) -> [SchemaVersionsPage.Change] {
        func line(_ change: ContractDifference.Change, _ word: String, _ tone: String) -> SchemaVersionsPage.Change {
            SchemaVersionsPage.Change(
                sign: tone == "bad" ? "!" : "✓",
                tone: tone,
                path: change.path.isEmpty ? "message" : change.path,
                what: "\(change.what) (\(word))"
            )
        }
        return (difference?.breaking ?? []).map { line($0, "breaking", "bad") }
            + (difference?.compatible ?? []).map { line($0, "compatible", "good") }
    }

    private static func text(_ value: JSONValue) -> String {
        let text = value.lines
        return text.count > charactersMax ? "\(text.prefix(charactersMax))\n… the download has the rest" : text
    }

    private static func code(stream: String, region: String?) -> String {
        """
        import boto3, json

        kinesis = boto3.client("kinesis"\(region.map { ", region_name=\"\($0)\"" } ?? ""))
        for shard in kinesis.list_shards(StreamName="\(stream)")["Shards"]:
            where = kinesis.get_shard_iterator(
                StreamName="\(stream)", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while where:
                page = kinesis.get_records(ShardIterator=where)
                for record in page["Records"]:
                    print(json.loads(record["Data"]))
                if page["MillisBehindLatest"] == 0:
                    break
                where = page.get("NextShardIterator")
        """
    }
}
