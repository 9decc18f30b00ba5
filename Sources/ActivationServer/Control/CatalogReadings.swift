import ActivationCore

/// What stored audiences and dataflows were read as, so that a change of one has none of the others read again.
struct CatalogReadings: Sendable {
    private struct Reading<Value: Sendable>: Sendable {
        /// The versions that it was read of.
        var etags: [String]
        var value: Value
    }

    private var audiences: [ByteKey: Reading<AudienceDefinition>] = [:]
    private var dataflows: [ByteKey: Reading<Dataflow>] = [:]

    /// The audiences of a configuration.
    ///
    /// - Parameters:
    ///   - snapshot: The configuration.
    ///   - unreadable: Gets what cannot be read.
    /// - Returns: What can be.
    mutating func audiences(
        of snapshot: ControlSnapshot,
        unreadable: inout [CatalogError]
    ) -> [AudienceDefinition] {
        var readings: [ByteKey: Reading<AudienceDefinition>] = [:]
        let entries = snapshot.entries(.segmentDefinition)
        readings.reserveCapacity(entries.count)
        var found: [AudienceDefinition] = []
        found.reserveCapacity(entries.count)
        for entry in entries {
            let key = ByteKey(entry.id)
            do throws(CatalogError) {
                let known = standing(audiences[key], [entry.etag])
                let value = if let known { known } else { try snapshot.audience(entry) }
                readings[key] = Reading(etags: [entry.etag], value: value)
                found.append(value)
            } catch {
                unreadable.append(error)
            }
        }
        audiences = readings
        return found
    }

    /// The dataflows of a configuration, without those that are being deleted.
    mutating func dataflows(of snapshot: ControlSnapshot) -> [Dataflow] {
        var readings: [ByteKey: Reading<Dataflow>] = [:]
        var found: [Dataflow] = []
        for entry in snapshot.entries(.flow) {
            let key = ByteKey(entry.id)
            // A flow is read together with its target.
            let etags = [entry.etag, snapshot.target(of: entry)?.etag ?? ""]
            guard let value = standing(dataflows[key], etags) ?? snapshot.dataflow(entry) else { continue }
            readings[key] = Reading(etags: etags, value: value)
            found.append(value)
        }
        dataflows = readings
        return found
    }

    /// What was read of an object, if it has not changed since.
    private func standing<Value: Sendable>(_ reading: Reading<Value>?, _ etags: [String]) -> Value? {
        guard let reading, zip(reading.etags, etags).allSatisfy({ $0.hasSameBytes(as: $1) }) else { return nil }
        return reading.value
    }
}
