/// Why a JSON text is no profile an expression can be tried on.
public struct PQLProfileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// JSON pointer to the offending place; keys and positions only.
    public var pointer: String
    /// What was found and what is expected; never holds a value.
    public var message: String

    /// The place and the message: `/xEvent/3/timestamp: …`.
    public var description: String { "\(pointer.isEmpty ? "the profile" : pointer): \(message)" }
}

/// One profile given as a single XDM entity: attributes, `identityMap`, `segmentMembership` and events in `xEvent`.
public struct PQLProfile: Sendable {
    /// What expressions read.
    public var input: EvaluationInput
    /// The numbers of the profile's paths; programs for it are compiled against this dictionary.
    public var paths: PathDictionary
    /// Stand-in ids of memberships that are named otherwise than by a UUID.
    private let named: [ByteKey: Audience.ID]

    /// Reads a profile.
    ///
    /// Events are ordered by `timestamp`, equal ones as they stand. A membership whose id is no UUID counts for
    /// `inSegment` by that name; one without `lastQualificationTime` has changed now.
    ///
    /// - Parameters:
    ///   - document: The entity.
    ///   - now: The instant of the evaluation.
    /// - Throws: The first place that does not have the shape XDM gives it.
    public init(fromXDM document: JSONDocument, now: Timestamp) throws(PQLProfileError) {
        guard document.root.isObject else { throw PQLProfileError(pointer: "", message: "expected a JSON object") }
        var reader = Reader(now: now)
        for member in document.root.members {
            switch member.key {
            case "xEvent": try reader.readEvents(member.value)
            case "identityMap": try reader.readIdentities(member.value)
            case "segmentMembership": try reader.readMemberships(member.value)
            default: try reader.readAttribute(member.value, key: member.key, below: .root, pointer: "/" + member.key)
            }
        }
        reader.leaves.sort { $0.path < $1.path }
        input = EvaluationInput(
            attributes: AttributeView(leaves: reader.leaves, bytes: document.text),
            identities: reader.identities,
            memberships: reader.memberships,
            events: reader.events,
            now: now
        )
        input.namespaces = reader.namespaces
        paths = reader.paths
        named = reader.named
    }

    /// What `inSegment` means for this profile alone: an audience it belongs to, or one that it does not.
    public func audience(_ text: String) -> Audience.ID? {
        if let id = UUIDBytes(text) { return Audience.ID(uuid: id) }
        return named[ByteKey(text)] ?? Audience.ID(uuid: UUIDBytes(high: .max, low: .max))
    }
}

extension PQLProfile {
    private struct Reader {
        let now: Timestamp
        var paths = PathDictionary()
        var leaves: [AttributeLeaf] = []
        var identities: [Identity] = []
        var memberships: [SegmentMembership] = []
        var named: [ByteKey: Audience.ID] = [:]
        var namespaces: [Audience.ID: String] = [:]
        var events: [ProfileEvent] = []

        /// Adds the leaves of one value; the slices point into the document's text.
        mutating func readAttribute(
            _ value: JSONView,
            key: String,
            below parent: PathID,
            pointer: String
        ) throws(PQLProfileError) {
            guard let path = paths.intern(key.utf8, under: parent) else {
                throw PQLProfileError(
                    pointer: pointer,
                    message: "found more than \(Limits.attributePathsMax) different paths"
                )
            }
            let node = value.node
            switch node.kind {
            case .null: return
            case .object where node.count > 0:
                for member in value.members {
                    try readAttribute(
                        member.value,
                        key: member.key,
                        below: path,
                        pointer: pointer + "/" + member.key
                    )
                }
            default:
                leaves.append(AttributeLeaf(path: path, kind: node.kind, start: node.start, length: node.length))
            }
        }

        mutating func readEvents(_ value: JSONView) throws(PQLProfileError) {
            guard value.isArray else {
                throw PQLProfileError(pointer: "/xEvent", message: "expected an array of events")
            }
            for (position, item) in value.items.enumerated() {
                let pointer = "/xEvent/\(position)"
                guard item.isObject else { throw PQLProfileError(pointer: pointer, message: "expected an object") }
                guard let text = item["timestamp"]?.string, let timestamp = Timestamp(rfc3339: text) else {
                    throw PQLProfileError(
                        pointer: pointer + "/timestamp",
                        message: "expected an RFC 3339 instant such as 2026-03-02T09:15:04Z"
                    )
                }
                // The slice is canonical JSON already.
                guard let body = try? JSONDocument(parsing: item.text) else {
                    throw PQLProfileError(pointer: pointer, message: "expected JSON")
                }
                let id = item["_id"]?.string ?? String(position)
                events.append(ProfileEvent(id: id, timestamp: timestamp, body: body))
            }
            let order = events.indices.sorted {
                (events[$0].timestamp, $0) < (events[$1].timestamp, $1)
            }
            events = order.map { events[$0] }
        }

        mutating func readIdentities(_ value: JSONView) throws(PQLProfileError) {
            guard value.isObject else {
                throw PQLProfileError(pointer: "/identityMap", message: "expected an object of namespaces")
            }
            for namespace in value.members {
                let pointer = "/identityMap/\(namespace.key)"
                guard namespace.value.isArray else {
                    throw PQLProfileError(pointer: pointer, message: "expected an array of identities")
                }
                for (position, item) in namespace.value.items.enumerated() {
                    guard let id = item["id"]?.string else {
                        throw PQLProfileError(pointer: "\(pointer)/\(position)/id", message: "expected a string")
                    }
                    identities.append(Identity(namespace: namespace.key, value: id))
                }
            }
        }

        mutating func readMemberships(_ value: JSONView) throws(PQLProfileError) {
            guard value.isObject else {
                throw PQLProfileError(pointer: "/segmentMembership", message: "expected an object of namespaces")
            }
            for namespace in value.members {
                try readMemberships(namespace.value, in: namespace.key, pointer: "/segmentMembership/\(namespace.key)")
            }
        }

        private mutating func readMemberships(
            _ audiences: JSONView,
            in namespace: String,
            pointer: String
        ) throws(PQLProfileError) {
            guard audiences.isObject else {
                throw PQLProfileError(pointer: pointer, message: "expected an object of audiences")
            }
            for member in audiences.members {
                let id = UUIDBytes(member.key) ?? UUIDBytes(high: 0, low: UInt64(memberships.count + 1))
                if UUIDBytes(member.key) == nil { named[ByteKey(member.key)] = Audience.ID(uuid: id) }
                let pointer = "\(pointer)/\(member.key)"
                if namespace != SegmentMembership.namespace { namespaces[Audience.ID(uuid: id)] = namespace }
                let status: MembershipStatus
                switch member.value["status"]?.string {
                // Adobe's older name of a member that stays one.
                case "realized", "existing": status = .realized
                case "exited": status = .exited
                default:
                    throw PQLProfileError(pointer: pointer + "/status", message: "expected \"realized\" or \"exited\"")
                }
                // Without a time it counts as changed just now, so that an exited one is there.
                var time = now
                if let value = member.value["lastQualificationTime"] {
                    guard let read = value.string.flatMap(Timestamp.init(rfc3339:)) else {
                        throw PQLProfileError(
                            pointer: pointer + "/lastQualificationTime",
                            message: "expected an RFC 3339 instant such as 2026-03-02T09:15:04Z"
                        )
                    }
                    time = read
                }
                memberships.append(
                    SegmentMembership(audience: Audience.ID(uuid: id), status: status, lastQualificationTime: time)
                )
            }
        }
    }
}
