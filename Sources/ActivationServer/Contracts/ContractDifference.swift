import ActivationCore
import ActivationEngine

/// What consumers of a dataflow would notice of a change (BEHAVIOUR 3.20).
struct ContractDifference: Sendable, Equatable {
    /// One thing that would be otherwise.
    struct Change: Sendable, Equatable {
        /// A JSON Pointer into messages, or the name of a parameter of the target.
        var path: String
        /// What is otherwise.
        var what: String
    }

    /// What a consumer that reads the present messages may fail on.
    var breaking: [Change] = []
    /// What a consumer that leaves aside what it does not know need not care about.
    var compatible: [Change] = []

    /// A dataflow with what its messages depend on beside it.
    struct Side: Sendable {
        /// The dataflow.
        var dataflow: Dataflow
        /// Where its records go; nil = that is not known.
        var address: String?
        /// What external audiences stand under.
        var externalNamespaces: [Audience.ID: String]
        /// How the audiences' names are shown.
        var names: [Audience.ID: String]
    }

    /// Compares two versions of a dataflow.
    ///
    /// - Parameters:
    ///   - before: As it is; nil = it has no consumers yet.
    ///   - after: As it would be.
    ///   - kinds: What kinds of values were seen at paths of profiles.
    init(
        from before: Side?,
        to after: Side,
        kinds: (_ path: [String]) -> Set<PathSample.Kind>
    ) {
        guard let before else { return }
        compareAttributes(before.dataflow, after.dataflow, kinds)
        compareAudiences(before, after)
        compareOptions(before.dataflow.options, after.dataflow.options)
        compareToggles(before.dataflow, after.dataflow)
        if before.address != after.address {
            breaking.append(Change(path: "target", what: "records go to another place"))
        }
    }

    // MARK: Parts

    private mutating func compareAttributes(
        _ before: Dataflow,
        _ after: Dataflow,
        _ kinds: (_ path: [String]) -> Set<PathSample.Kind>
    ) {
        for attribute in before.attributes {
            let place = ContractDifference.pointer(attribute.destination)
            if let same = after.attributes.first(where: { $0.destination == attribute.destination }) {
                guard same.path != attribute.path else {
                    compareExport(of: attribute, before.options, same, after.options)
                    continue
                }
                let (old, new) = (kinds(attribute.path), kinds(same.path))
                if !new.isSubset(of: old), !old.isEmpty {
                    breaking.append(
                        Change(
                            path: place,
                            what:
                                "is \(ContractDifference.words(new)) now, where \(ContractDifference.words(old)) was seen"
                        )
                    )
                } else {
                    breaking.append(
                        Change(path: place, what: "holds \(same.path.joined(separator: ".")) now, another attribute")
                    )
                }
            } else if let moved = after.attributes.first(where: { $0.path == attribute.path }) {
                breaking.append(
                    Change(path: place, what: "stands at \(ContractDifference.pointer(moved.destination)) now")
                )
            } else if after.attributes.contains(where: { attribute.destination.starts(with: $0.destination) }) {
                breaking.append(Change(path: place, what: "is part of a whole object now, of any type"))
            } else if after.attributes.contains(where: { $0.destination.starts(with: attribute.destination) }) {
                breaking.append(Change(path: place, what: "holds only some of its members now"))
            } else {
                breaking.append(Change(path: place, what: "is not sent any more"))
            }
        }
        let old = before.attributes.map(\.destination)
        for attribute in after.attributes where !old.contains(attribute.destination) {
            compatible.append(Change(path: ContractDifference.pointer(attribute.destination), what: "is sent as well"))
        }
    }

    /// Whether a write to an attribute calls for a record as it did.
    private mutating func compareExport(
        of before: Dataflow.MappedAttribute,
        _ options: Dataflow.Options,
        _ after: Dataflow.MappedAttribute,
        _ newOptions: Dataflow.Options
    ) {
        func export(_ attribute: Dataflow.MappedAttribute, _ options: Dataflow.Options) -> Dataflow.AttributeExport {
            attribute.export ?? (options.suppressesNoopAttributeUpdates ? .valueChange : .anyWrite)
        }
        let place = ContractDifference.pointer(before.destination)
        switch (export(before, options), export(after, newOptions)) {
        case (.anyWrite, .anyWrite), (.valueChange, .valueChange), (.never, .never): break
        case (_, .never): breaking.append(Change(path: place, what: "calls for no record any more"))
        case (.anyWrite, .valueChange):
            breaking.append(Change(path: place, what: "calls for a record only when its value becomes another now"))
        case (.never, .valueChange), (_, .anyWrite):
            compatible.append(Change(path: place, what: "calls for more records now"))
        }
    }

    private mutating func compareAudiences(_ before: Side, _ after: Side) {
        func places(_ side: Side) -> [(audience: Audience.ID, place: String)] {
            side.dataflow.audiences.map { mapped in
                let own = side.externalNamespaces[mapped.audience]
                let namespace = own.map { side.dataflow.options.externalNamespace ?? $0 } ?? "ups"
                return (
                    mapped.audience,
                    ContractDifference.pointer(["segmentMembership", namespace, mapped.audience.uuid.description])
                )
            }
        }
        let (old, new) = (places(before), places(after))
        for (audience, place) in old {
            let name = before.names[audience] ?? audience.uuid.description
            if let moved = new.first(where: { $0.audience == audience }) {
                if moved.place != place {
                    breaking.append(Change(path: place, what: "the audience \(name) stands at \(moved.place) now"))
                }
            } else {
                breaking.append(Change(path: place, what: "the audience \(name) is not mapped any more"))
            }
        }
        for (audience, place) in new where !old.contains(where: { $0.audience == audience }) {
            let name = after.names[audience] ?? audience.uuid.description
            compatible.append(Change(path: place, what: "the audience \(name) is sent as well"))
        }
    }

    private mutating func compareToggles(_ before: Dataflow, _ after: Dataflow) {
        let entries = "/segmentMembership"
        note(before.includesSegmentNames, after.includesSegmentNames, entries, "names of audiences")
        note(before.includesSegmentTimestamps, after.includesSegmentTimestamps, entries, "timestamps of audiences")
    }

    private mutating func compareOptions(_ before: Dataflow.Options, _ after: Dataflow.Options) {
        let root = ContractDifference.pointer([])
        if before.envelope != after.envelope {
            let what =
                after.envelope == .none ? "messages stand alone, without an envelope" : "messages stand in an envelope"
            breaking.append(Change(path: root, what: what))
        }
        if before.partitionKey != after.partitionKey {
            breaking.append(
                Change(path: "partitionKey", what: "is made of something else: records of a person are in other shards")
            )
        }
        if before.appendsNewline != after.appendsNewline {
            let change = Change(
                path: root,
                what: after.appendsNewline ? "ends with a line feed" : "ends without a line feed"
            )
            if after.appendsNewline { compatible.append(change) } else { breaking.append(change) }
        }
        compareMemberships(before, after)
        compareIdentities(before, after)
        if before.allowsArraysAndMaps != after.allowsArraysAndMaps {
            breaking.append(
                Change(
                    path: root,
                    what: after.allowsArraysAndMaps
                        ? "attributes may be arrays and objects" : "attributes that are arrays or objects are not sent"
                )
            )
        }
        for (reason, name) in TriggerReasons.names where TriggerReasons.changes.contains(reason) {
            note(
                before.triggers.contains(reason),
                after.triggers.contains(reason),
                "triggers",
                "records for reason \(name)"
            )
        }
        note(before.emitsDeletes, after.emitsDeletes, "emitDeletes", "last records of deleted profiles")
        note(before.emitsUnmapping, after.emitsUnmapping, "emitOnUnmap", "records of members of unmapped audiences")
    }

    private mutating func compareMemberships(_ before: Dataflow.Options, _ after: Dataflow.Options) {
        let place = "/segmentMembership"
        if before.membershipScope != after.membershipScope {
            let order: [Dataflow.MembershipScope] = [.changed, .mapped, .sameMergePolicy]
            let places = [before, after].map { order.firstIndex(of: $0.membershipScope) ?? 0 }
            let change = Change(path: place, what: "shows the audiences of scope \(after.membershipScope.rawValue)")
            if places[1] < places[0] { breaking.append(change) } else { compatible.append(change) }
        }
        guard before.showsExisting != after.showsExisting else { return }
        breaking.append(
            Change(
                path: place,
                what: after.showsExisting
                    ? "a status that did not change is existing instead of realized"
                    : "status is never existing any more"
            )
        )
    }

    private mutating func compareIdentities(_ before: Dataflow.Options, _ after: Dataflow.Options) {
        let place = "/identityMap"
        if before.namespaceCase != after.namespaceCase {
            let what = after.namespaceCase == .lower ? "in lower case" : "as they were defined"
            breaking.append(Change(path: place, what: "namespaces are written \(what)"))
        }
        guard before.identityNamespaces != after.identityNamespaces else { return }
        if after.identityNamespaces.showsAll(of: before.identityNamespaces) {
            compatible.append(Change(path: place, what: "identities of more namespaces are shown"))
        } else {
            breaking.append(Change(path: place, what: "identities of some namespaces are not shown any more"))
        }
    }

    /// What is sent as well is compatible, what is not sent any more is not.
    private mutating func note(_ was: Bool, _ isNow: Bool, _ path: String, _ what: String) {
        guard was != isNow else { return }
        if isNow {
            compatible.append(Change(path: path, what: "\(what) are sent as well"))
        } else {
            breaking.append(Change(path: path, what: "\(what) are not sent any more"))
        }
    }

    // MARK: Words

    private static func pointer(_ keys: [String]) -> String { JSONPointer(tokens: keys).text }

    private static func words(_ kinds: Set<PathSample.Kind>) -> String {
        kinds.isEmpty ? "nothing" : kinds.sorted().map(\.rawValue).joined(separator: " or ")
    }
}

extension Dataflow.NamespaceFilter {
    /// Whether it shows whatever another one shows.
    fileprivate func showsAll(of other: Dataflow.NamespaceFilter) -> Bool {
        func set(_ symbols: [String]) -> Set<ByteKey> { Set(symbols.map { ByteKey($0.lowercased()) }) }
        switch (other, self) {
        case (_, .all): return true
        case (.all, _): return false
        case (.allow(let old), .allow(let new)): return set(old).isSubset(of: set(new))
        case (.allow(let old), .deny(let new)): return set(old).isDisjoint(with: set(new))
        case (.deny, .allow): return false
        case (.deny(let old), .deny(let new)): return set(new).isSubset(of: set(old))
        }
    }
}
