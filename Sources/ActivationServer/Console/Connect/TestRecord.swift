import ActivationCore
import ActivationEngine

/// A record that shows whether a target can be written to, and that no consumer takes for one of a person: its only
/// member is `headwaterTest` (BEHAVIOUR 2.2).
enum TestRecord {
    /// The content of a new one.
    ///
    /// - Parameters:
    ///   - ids: Give it an id.
    ///   - now: When it is made.
    /// - Returns: JSON.
    static func make(_ ids: any IDSource, now: Timestamp) -> [UInt8] { make(ids.next().description, now: now) }

    /// The content of a new one that has an id.
    static func make(_ id: String, now: Timestamp) -> [UInt8] {
        let record: JSONValue = [
            "headwaterTest": [
                "id": .string(id), "time": .string(now.rfc3339),
                "note": "Somebody tried whether this stream can be written to. It is about nobody; skip it.",
            ]
        ]
        return Array(record.text.utf8)
    }
}
