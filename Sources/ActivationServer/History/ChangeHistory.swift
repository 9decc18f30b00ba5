import ActivationCore
import ActivationEngine

/// What the history says of some objects, for the API and the console alike (BEHAVIOUR 1.12).
struct ChangeHistory: Sendable {
    let control: ControlPlane

    /// One page of the history.
    struct Page: Sendable {
        /// The changes, the newest first.
        var changes: [ConfigurationChange]
        /// Before which change the next page begins; nil = there is none.
        var next: Int64?
    }

    /// Changes of one page, at most.
    static let limitMax = 100
    /// Changes of one page when nobody says.
    static let limitDefault = 50

    /// A page of the history.
    ///
    /// - Parameters:
    ///   - objects: Of which objects; nil = of all.
    ///   - kind: Of which kind; nil = of all.
    ///   - author: By whom; nil = by anybody.
    ///   - sequence: Only what came before this change; nil = from the newest on.
    ///   - limit: So many at most.
    /// - Returns: The page.
    /// - Throws: The store's error.
    func page(
        of objects: [ConfigurationChange.Object]? = nil,
        kind: ControlKind? = nil,
        by author: String? = nil,
        before sequence: Int64? = nil,
        limit: Int = limitDefault
    ) async throws(APIError) -> Page {
        let found = try await control.history(
            of: objects,
            kind: kind,
            by: author,
            before: sequence,
            limit: limit + 1
        )
        let changes = Array(found.prefix(limit))
        return Page(changes: changes, next: found.count > limit ? changes.last?.sequence : nil)
    }

    /// A flow and what it stands on, its connections and its account; also after they are gone, as they last were.
    ///
    /// - Parameter id: The flow's id.
    /// - Returns: The objects; nil when there is no such flow and the history knows none.
    /// - Throws: The store's error.
    func objects(ofFlow id: String) async throws(APIError) -> [ConfigurationChange.Object]? {
        guard let flow = try await content(of: .flow, id.lowercased()) else { return nil }
        var objects = [ConfigurationChange.Object(.flow, id.lowercased())]
        for (kind, member) in [
            (ControlKind.sourceConnection, "sourceConnectionIds"), (.targetConnection, "targetConnectionIds"),
        ] {
            for connection in (flow[member]?.array ?? []).compactMap(\.string) {
                objects.append(ConfigurationChange.Object(kind, connection))
                guard kind == .targetConnection, let body = try await content(of: kind, connection) else { continue }
                if let base = body["baseConnectionId"]?.string {
                    objects.append(ConfigurationChange.Object(.connection, base))
                }
            }
        }
        return objects
    }

    /// An object's body, also after it is gone; nil when neither the configuration nor the history knows it.
    private func content(of kind: ControlKind, _ id: String) async throws(APIError) -> JSONObject? {
        if let entry = control.entry(kind, id) { return entry.body }
        guard let last = try await control.history(of: [ConfigurationChange.Object(kind, id)], limit: 1).first else {
            return nil
        }
        // The last that is known of an object that is gone is that it went, with all that it was.
        var body = JSONObject()
        for part in ChangeDifference(last.difference)?.parts ?? [] {
            if let key = part.path.tokens.first, part.path.tokens.count == 1 { body[key] = part.before?.value }
        }
        return body
    }
}

extension ConfigurationChange.Object {
    /// The name of an object of a kind.
    init(_ kind: ControlKind, _ id: String) {
        self.init(kind: kind.rawValue, id: id)
    }
}
