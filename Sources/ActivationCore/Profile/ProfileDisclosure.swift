/// All that a stored profile holds, as JSON for the person whom it is about.
public enum ProfileDisclosure {
    /// Reads a stored profile whole: identities with their links, every fact with who stated it and when, standings.
    ///
    /// - Parameters:
    ///   - stored: The profile.
    ///   - paths: The path dictionary.
    ///   - datasets: The dataset dictionary.
    /// - Returns: An object.
    /// - Throws: When the stored value cannot be read.
    public static func json(
        of stored: StoredProfile,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> JSONObject {
        let state = try ProfileValue.decode(stored, paths: paths, datasets: datasets)
        return [
            "id": .string(state.id.uuid.description),
            "revision": .integer(state.revision),
            "createdAt": .string(state.createdAt.rfc3339),
            "updatedAt": .string(state.updatedAt.rfc3339),
            "identities": .array(
                state.identities.map { member in
                    [
                        "namespace": .string(member.identity.namespace), "value": .string(member.identity.value),
                        "addedAt": .string(member.addedAt.rfc3339),
                        "segmentMembership": standings(member.memberships),
                    ]
                }
            ),
            "links": .array(
                state.links.map { [.integer(Int64($0.first)), .integer(Int64($0.second))] }
            ),
            "facts": .array(state.entries.map { fact($0, of: state, paths: paths, datasets: datasets) }),
            "segmentMembership": standings(state.memberships),
        ]
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

    private static func fact(
        _ entry: AttributeEntry,
        of state: ProfileState,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) -> JSONValue {
        var bytes = Array(state.bytes[Int(entry.start)..<Int(entry.start + entry.length)])
        // A text is kept without its quotes.
        if entry.kind == .string || entry.kind == .escapedString {
            bytes = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        }
        let source = state.identities[Int(entry.source)].identity
        return [
            "path": .array(paths.keys(of: entry.path).map { .string($0) }),
            "value": (try? JSONValue(parsing: bytes)) ?? .null,
            "dataset": datasets.name(of: entry.dataset).map { .string($0) } ?? .null,
            "statedBy": ["namespace": .string(source.namespace), "value": .string(source.value)],
            "writtenAt": .string(entry.writtenAt.rfc3339),
        ]
    }
}
