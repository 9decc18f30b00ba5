/// All that a stored profile holds, as JSON for the person whom it is about.
public struct ProfileDisclosure: Sendable {
    /// What somebody stated, at its place in the order of facts.
    public struct Fact: Sendable {
        /// The number of its path.
        public var path: Int64
        /// Tells it from other facts of its path.
        public var statement: Int64
        /// About how long ``json`` is.
        public var bytes: Int
        /// Path, value, who stated it and when.
        public var json: JSONValue
    }

    private let state: ProfileState
    private let paths: PathDictionary
    private let datasets: DatasetDictionary
    /// Bytes of a fact beside its value, about.
    private static let factBytes = 200

    /// Reads a stored profile.
    ///
    /// - Parameters:
    ///   - stored: The profile.
    ///   - paths: The path dictionary.
    ///   - datasets: The dataset dictionary.
    /// - Throws: When the stored value cannot be read.
    public init(
        _ stored: StoredProfile,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) {
        state = try ProfileValue.decode(stored, paths: paths, datasets: datasets)
        self.paths = paths
        self.datasets = datasets
    }

    /// Everything but the facts: identities with their links, standings.
    public var members: JSONObject {
        [
            "id": .string(state.id.uuid.description),
            "revision": .integer(state.revision),
            "createdAt": .string(state.createdAt.rfc3339),
            "updatedAt": .string(state.updatedAt.rfc3339),
            "identities": .array(
                state.identities.map { member in
                    [
                        "namespace": .string(member.identity.namespace), "value": .string(member.identity.value),
                        "addedAt": .string(member.addedAt.rfc3339),
                        "segmentMembership": Self.standings(member.memberships),
                    ]
                }
            ),
            "links": .array(
                state.links.map { [.integer(Int64($0.first)), .integer(Int64($0.second))] }
            ),
            "segmentMembership": Self.standings(state.memberships.visible),
            "consent": .array(state.memberships.compactMap(Self.consent)),
            "externalMembership": .array(state.externals.map(json)),
        ]
    }

    private func json(of external: ExternalMembership) -> JSONValue {
        let source = state.identities[Int(external.source)].identity
        return [
            "audienceId": .string(external.audience.uuid.description),
            "statedBy": ["namespace": .string(source.namespace), "value": .string(source.value)],
            "statedAt": .string(external.statedAt.rfc3339),
            "validUntil": external.validUntil.map { .string($0.rfc3339) } ?? .null,
            "payload": (try? JSONDocument(parsing: external.payload)).map { JSONValue($0.root) } ?? .null,
        ]
    }

    private static func consent(_ membership: SegmentMembership) -> JSONValue? {
        guard let dataflow = Dataflow.ID(withholding: membership.audience) else { return nil }
        var consent: JSONObject = [
            "dataflowId": .string(dataflow.uuid.description), "isWithheld": .bool(membership.status == .realized),
        ]
        if membership.lastQualificationTime != SegmentMembership.neverTold {
            consent["since"] = .string(membership.lastQualificationTime.rfc3339)
        }
        return .object(consent)
    }

    private static func standings(_ memberships: [SegmentMembership]) -> JSONValue {
        .array(
            memberships.map { membership in
                [
                    "audienceId": .string(membership.audience.uuid.description),
                    "status": .string(membership.status.text),
                    "lastQualificationTime": .string(membership.lastQualificationTime.rfc3339),
                ]
            }
        )
    }

    /// Facts in their order, at least one if there is any.
    ///
    /// - Parameters:
    ///   - last: Only those after the place of one.
    ///   - limit: How many, at most.
    ///   - bytesMax: Bytes of them; the last one may exceed it.
    /// - Returns: The facts.
    public func facts(after last: (path: Int64, statement: Int64), limit: Int, bytesMax: Int) -> [Fact] {
        var facts: [Fact] = []
        var bytes = 0
        for entry in state.entries where (Int64(entry.path.rawValue), entry.statement) > last {
            guard facts.count < limit, bytes < bytesMax else { break }
            let fact = Fact(
                path: Int64(entry.path.rawValue),
                statement: entry.statement,
                bytes: Int(entry.length) + Self.factBytes,
                json: json(of: entry)
            )
            facts.append(fact)
            bytes += fact.bytes
        }
        return facts
    }

    private func json(of entry: AttributeEntry) -> JSONValue {
        let source = state.identities[Int(entry.source)].identity
        return [
            "path": .array(paths.keys(of: entry.path).map { .string($0) }),
            "value": state.value(of: entry),
            "dataset": datasets.name(of: entry.dataset).map { .string($0) } ?? .null,
            "statedBy": ["namespace": .string(source.namespace), "value": .string(source.value)],
            "writtenAt": .string(entry.writtenAt.rfc3339),
        ]
    }
}

extension AttributeEntry {
    /// Tells it from the other entries of its path, in the stored order.
    fileprivate var statement: Int64 {
        Int64(dataset) << 17 | Int64(source) << 1 | (kind == .object ? 1 : 0)
    }
}
