import ActivationCore
import ActivationEngine
import Crypto

/// What consumers of a dataflow may count on, as it was from some instant on: a JSON Schema that never changes
/// (BEHAVIOUR 3.20).
struct SchemaVersion: Sendable {
    /// The flow.
    var flow: String
    /// Counts from 1; a number is never given again.
    var number: Int
    /// Since when records have been made by it.
    var since: Timestamp
    /// The SHA-256 of the text.
    var digest: String
    /// The schema as it was written.
    var text: String
    /// The stored object.
    let entry: ControlEntry

    /// Versions that are kept of one flow, the newest.
    static let keptMax = 100

    /// Reads a stored version; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .messageSchema, let flow = entry.string("flowId"),
            let number = entry.body["number"]?.int64, let digest = entry.string("digest"),
            let text = entry.string("schema")
        else { return nil }
        self.flow = flow
        self.number = Int(clamping: number)
        since = entry.createdAt
        self.digest = digest
        self.text = text
        self.entry = entry
    }

    /// The schema; nil when the text is damaged.
    ///
    /// It may be deeper than what is taken from outside: attributes may stand where messages just reach, and a schema nests
    /// twice for each key.
    var document: JSONValue? { (try? JSONDocument(parsing: text, depthMax: 512)).map { JSONValue($0.root) } }

    /// Whether it says the same of records as a schema; names and ids say nothing of them.
    func isSame(as schema: JSONObject) -> Bool {
        guard let own = document?.object else { return false }
        return SchemaVersion.substance(of: own) == SchemaVersion.substance(of: schema)
    }

    private static func substance(of schema: JSONObject) -> JSONObject {
        var substance = schema
        for key in ["$id", "$comment", "title"] { substance[key] = nil }
        return substance
    }

    /// The version as lists show it.
    func json(isPresent: Bool) -> JSONValue {
        [
            "number": .integer(Int64(number)), "since": .string(since.rfc3339), "digest": .string(digest),
            "isPresent": .bool(isPresent),
        ]
    }
}

extension ControlSnapshot {
    /// The versions of what a flow's consumers may count on, the oldest that is kept first.
    func schemaVersions(of flow: String) -> [SchemaVersion] {
        entries(.messageSchema, using: ControlName(.flow, flow)).compactMap(SchemaVersion.init)
            .sorted { $0.number < $1.number }
    }

    /// The schema of a flow's records; nil for one that is being deleted.
    func messageSchema(of flow: ControlEntry) -> JSONObject? {
        guard let dataflow = dataflow(flow) else { return nil }
        var external: [Audience.ID: String] = [:]
        for audience in dataflow.audiences.map(\.audience) {
            external[audience] = entry(.segmentDefinition, audience.uuid.description)?.externalAudience?.namespace
        }
        return MessageSchema(
            dataflow: dataflow,
            name: flow.string("name") ?? "",
            namespaces: namespaces,
            externalNamespaces: external
        ).document
    }
}

extension ControlDraft {
    /// Adds a version for each flow whose records are to be others after the draft; the oldest go when there are many.
    mutating func enterSchemas() {
        for flow in flowsConcerned { enterSchema(of: flow) }
    }

    /// Adds a version for each flow whose last one does not say what is so.
    mutating func enterAllSchemas() {
        for flow in snapshot.entries(.flow) { enterSchema(of: flow) }
    }

    private mutating func enterSchema(of flow: ControlEntry) {
        guard var schema = snapshot.messageSchema(of: flow) else { return }
        let versions = snapshot.schemaVersions(of: flow.id)
        if let last = versions.last, last.isSame(as: schema) { return }
        let number = (versions.last?.number ?? 0) + 1
        let id = makeID()
        schema["$id"] = .string("urn:uuid:\(id)")
        schema["$comment"] = .string("Version \(number) of what dataflow \(flow.id) sends.")
        let text = JSONValue.object(schema).text
        add(
            .messageSchema,
            id: id,
            body: [
                "flowId": .string(flow.id), "number": .integer(Int64(number)),
                "digest": .string(SHA256.hash(data: Array(text.utf8)).hexadecimal), "schema": .string(text),
            ]
        )
        for old in versions.dropLast(SchemaVersion.keptMax - 1) { remove(old.entry) }
    }

    /// The flows that what the draft changed may shape the records of.
    private var flowsConcerned: [ControlEntry] {
        var flows: [ControlEntry] = []
        var seen = Set<ByteKey>()
        for change in changes {
            guard let kind = change.object.kind.flatMap({ ControlKind(rawValue: $0) }) else { continue }
            let id = change.object.id
            let found: [ControlEntry]
            switch kind {
            case .flow: found = [snapshot.entry(.flow, id)].compactMap(\.self)
            case .targetConnection, .segmentDefinition: found = snapshot.entries(.flow, using: ControlName(kind, id))
            default: found = []
            }
            flows += found.filter { seen.insert(ByteKey($0.id)).inserted }
        }
        return flows
    }
}
