import ActivationCore

/// Whom `GET /data/core/ups/access/entities` asks about, and how much of it (BEHAVIOUR 4.5).
struct EntityQuery {
    /// What is shown.
    enum Subject {
        /// The profile's merged view.
        case profile
        /// The profile's events.
        case events(EventWindow)
    }

    /// Which of a profile's events are shown.
    struct EventWindow {
        var from: Int64
        var through: Int64
        var isAscending: Bool
        var start: Int
        var limit: Int

        /// Events that one answer shows at most (BEHAVIOUR 4.5).
        static let limitMax = 1_000
    }

    var subject: Subject
    var identity: Identity
    var projection: EntityProjection

    /// Reads the query.
    ///
    /// - Parameters:
    ///   - query: The query.
    ///   - namespaces: The namespaces that exist.
    /// - Throws: `QUERY_INVALID`, naming the parameter.
    init(_ query: QueryItems, namespaces: NamespaceDirectory) throws(APIError) {
        let isEvents: Bool
        switch query["schema.name"] {
        case "_xdm.context.profile": isEvents = false
        case "_xdm.context.experienceevent": isEvents = true
        default:
            throw APIError(
                .queryInvalid,
                "schema.name is _xdm.context.profile or _xdm.context.experienceevent"
            )
        }
        guard !isEvents || [nil, "_xdm.context.profile"].contains(query["relatedSchema.name"]) else {
            throw APIError(.queryInvalid, "relatedSchema.name is _xdm.context.profile")
        }
        guard query["property"] == nil else {
            throw APIError(.queryInvalid, "property is not supported yet; ask for a time window and filter its events")
        }
        subject = isEvents ? .events(try EntityQuery.window(query)) : .profile
        identity = try EntityQuery.identity(
            query,
            value: isEvents ? "relatedEntityId" : "entityId",
            namespace: isEvents ? "relatedEntityIdNS" : "entityIdNS",
            namespaces: namespaces
        )
        projection = try EntityProjection(query["fields"])
    }

    private static func identity(
        _ query: QueryItems,
        value: String,
        namespace: String,
        namespaces: NamespaceDirectory
    ) throws(APIError) -> Identity {
        guard let text = query[value], !text.isEmpty else {
            throw APIError(.queryInvalid, "\(value) is needed: the value of an identity")
        }
        guard let symbol = query[namespace], !symbol.isEmpty else {
            throw APIError(.queryInvalid, "\(namespace) is needed: the symbol of the identity's namespace")
        }
        guard let known = namespaces.namespace(symbol: symbol) else {
            throw APIError(
                .queryInvalid,
                "\(namespace) names no namespace; /data/core/idnamespace/identities lists them"
            )
        }
        return Identity(namespace: known.symbol, value: text)
    }

    private static func window(_ query: QueryItems) throws(APIError) -> EventWindow {
        let isAscending: Bool
        switch query["orderBy"] {
        case nil, "+timestamp", "timestamp", " timestamp": isAscending = true
        case "-timestamp": isAscending = false
        default: throw APIError(.queryInvalid, "orderBy is +timestamp or -timestamp")
        }
        return EventWindow(
            from: try query.integer("startTime", in: Int.min...Int.max).map(Int64.init) ?? Int64.min,
            through: try query.integer("endTime", in: Int.min...Int.max).map(Int64.init) ?? Int64.max,
            isAscending: isAscending,
            start: try query.integer(query["start"] == nil ? "offsets" : "start", in: 0...Limits.profileEventsMax) ?? 0,
            limit: try query.integer("limit", in: 1...EventWindow.limitMax) ?? EventWindow.limitMax
        )
    }
}
