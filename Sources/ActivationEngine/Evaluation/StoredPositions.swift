import ActivationCore

/// Positions among the stored profiles that stand in what is stored of evaluation and backfills.
package enum StoredPositions {
    /// Objects of these kinds name positions, each in a member `row`.
    private static let kinds = Set(EvaluationStore.kinds + [BackfillRun.kind])

    /// A stored object whose positions are given as another store has them.
    ///
    /// - Parameters:
    ///   - kind: The kind of the object.
    ///   - body: The object.
    ///   - position: Gets a row behind which somebody goes on, 0 = none, and gives the one in the other store.
    /// - Returns: The same bytes where there is none, or where nobody can read them.
    package static func moved(kind: [UInt8], body: [UInt8], _ position: (Int64) -> Int64) -> [UInt8] {
        guard kinds.contains(String(decoding: kind, as: UTF8.self)), let value = try? JSONValue(parsing: body) else {
            return body
        }
        var isChanged = false
        let moved = moved(value, position, &isChanged)
        return isChanged ? Array(moved.text.utf8) : body
    }

    private static func moved(
        _ value: JSONValue,
        _ position: (Int64) -> Int64,
        _ isChanged: inout Bool
    ) -> JSONValue {
        guard case .object(var object) = value else { return value }
        for (key, member) in object {
            if key == "row", case .integer(let row) = member {
                object[key] = .integer(position(row))
                isChanged = true
            } else {
                object[key] = moved(member, position, &isChanged)
            }
        }
        return .object(object)
    }
}
