import ActivationCore
import Console

/// Schema and samples of a dataflow's messages, to read and to take along.
struct MessagePages: Sendable {
    let desk: ConsoleDesk

    private static let path = "dataflows/:id/messages"
    /// Characters of a document on the page; the download has all.
    private static let charactersMax = 6_000
    /// Earlier versions of the schema that are listed.
    private static let versionsMax = 20

    func add(to register: inout ConsoleRegister) {
        register.page(MessagePages.path) { try show($0) }
        register.page("\(MessagePages.path)/schema.json") { request in
            let report = try desk.dataflowReport(request.parameter("id"))
            return .download("schema.json", try schema(of: report))
        }
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
                version: versions.last.map { "Version \($0.number), since \($0.since.rfc3339)" } ?? "",
                versions: versions.dropLast().suffix(MessagePages.versionsMax).reversed().map { version in
                    MessagesPage.Version(
                        name: "Version \(version.number)",
                        path: "\(report.path)/messages/schemas/\(version.number)",
                        since: Instant(version.since, now: request.now)
                    )
                },
                hasVersions: versions.count > 1,
                code: MessagePages.code(stream: report.targetName, region: params?["region"]?.string)
            )
        )
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
