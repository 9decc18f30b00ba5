import ActivationCore

/// A named place that messages belong to; its id is the provenance of what they state (BEHAVIOUR 4.5, 6.2).
struct Dataset: Sendable, Equatable {
    /// The id, which messages name in `header.datasetId`.
    var id: String
    /// The name shown to people.
    var name: String
    /// The id of the schema given when it was made; kept, not resolved (BEHAVIOUR 6.2).
    var schema: String?
    /// Whether its records say themselves when they were written, in `extSourceSystemAudit` (BEHAVIOUR 4.6).
    var usesSourceTime: Bool

    /// A dataset from its stored document.
    init(_ entry: ControlEntry) {
        id = entry.id
        name = entry.string("name") ?? entry.id
        schema = entry.body["schemaRef"]?["id"]?.string
        usesSourceTime = entry.body["usesSourceTime"]?.bool ?? false
    }

    /// `time-series` or `record` where the schema is a class itself, else nil: schemas are not resolved.
    var behavior: String? {
        switch schema {
        case "https://ns.adobe.com/xdm/context/experienceevent", "_xdm.context.experienceevent": "time-series"
        case "https://ns.adobe.com/xdm/context/profile", "_xdm.context.profile": "record"
        default: nil
        }
    }

    /// The name as a table would have it.
    var tableName: String { Dataset.tableName(of: name) }

    /// A name as a table would have it: lower case, `_` for everything but ASCII letters and digits.
    static func tableName(of name: String) -> String {
        String(
            decoding: name.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
                default: UInt8(ascii: "_")
                }
            },
            as: UTF8.self
        )
    }
}
