extension Dataflow {
    /// What can be chosen per dataflow; the defaults are what Adobe's destination does (BEHAVIOUR 2.3).
    public struct Options: Hashable, Sendable {
        /// Changes that call for a record (BEHAVIOUR 3.2).
        public var triggers = TriggerReasons.changes
        /// An attribute that says nothing else calls for a record only when its value changes.
        public var suppressesNoopAttributeUpdates = false
        /// The audiences in `segmentMembership`.
        public var membershipScope = MembershipScope.sameMergePolicy
        /// Members whose status the input did not change are shown as `existing` (BEHAVIOUR 3.5).
        public var showsExisting = false
        /// How `identityMap` writes namespaces.
        public var namespaceCase = NamespaceCase.lower
        /// The identities that are shown.
        public var identityNamespaces = NamespaceFilter.all
        /// What external audiences stand under in `segmentMembership`; nil = each under its own namespace (BEHAVIOUR 5.7).
        public var externalNamespace: String?
        /// Whether attributes may be arrays and objects; otherwise only single values are sent.
        public var allowsArraysAndMaps = true
        /// What stands around a message.
        public var envelope = Envelope.none
        /// What spreads records over shards.
        public var partitionKey = PartitionKey.profile
        /// A line feed ends every message.
        public var appendsNewline = false
        /// Sends a last record of a profile that is deleted (BEHAVIOUR 3.11).
        public var emitsDeletes = false
        /// Tells of every member of an audience that is taken out of the dataflow as exited (BEHAVIOUR 3.9).
        public var emitsUnmapping = false

        /// Creates the defaults.
        public init() {}
    }

    /// The audiences that a message shows (BEHAVIOUR 3.3).
    public enum MembershipScope: String, Hashable, Sendable, CaseIterable {
        /// Mapped ones, and others of the same merge policy while realized.
        case sameMergePolicy
        /// Mapped ones.
        case mapped
        /// Mapped ones whose status the input changed.
        case changed
    }

    /// How a message writes the symbols of namespaces (BEHAVIOUR 3.4).
    public enum NamespaceCase: String, Hashable, Sendable, CaseIterable {
        /// In lower case.
        case lower
        /// As the namespace was defined.
        case asDefined
    }

    /// What stands around a message (BEHAVIOUR 3.4).
    public enum Envelope: String, Hashable, Sendable, CaseIterable {
        /// Nothing.
        case none
        /// CloudEvents 1.0, JSON, structured mode.
        case cloudEvents = "cloudevents"
    }

    /// Which identities a message shows, by the symbols of their namespaces in any case.
    public enum NamespaceFilter: Hashable, Sendable {
        /// All.
        case all
        /// Those of these namespaces.
        case allow([String])
        /// All but those of these namespaces.
        case deny([String])
    }

    /// What the partition key of a record is made of (BEHAVIOUR 3.16).
    public enum PartitionKey: Hashable, Sendable {
        /// The profile's id.
        case profile
        /// The oldest identity of a namespace, by its symbol in any case.
        case namespace(String)
        /// The value of an attribute, by its keys from the root.
        case attribute([String])
        /// Another one for every record, the same whenever it is made again.
        case random
    }

    /// When a write to a mapped attribute calls for a record (BEHAVIOUR 3.2).
    public enum AttributeExport: String, Hashable, Sendable, CaseIterable {
        /// Whenever a message names it.
        case anyWrite
        /// When its merged value is another one after the input than before.
        case valueChange
        /// Never; it is in the records that something else calls for.
        case never
    }

    /// One attribute mapped to the dataflow.
    public struct MappedAttribute: Hashable, Sendable {
        /// Where it stands in the profile, as keys from the root.
        public var path: [String]
        /// Where it stands in the message, as keys from the root.
        public var destination: [String]
        /// When a write to it calls for a record; nil = as the dataflow says.
        public var export: AttributeExport?

        /// Creates a mapping.
        ///
        /// - Parameters:
        ///   - path: Where it stands in the profile.
        ///   - destination: Where it stands in the message; nil = in the same place.
        ///   - export: When a write calls for a record; nil = as the dataflow says.
        public init(_ path: [String], destination: [String]? = nil, export: AttributeExport? = nil) {
            self.path = path
            self.destination = destination ?? path
            self.export = export
        }
    }
}

extension Dataflow.NamespaceCase {
    /// A symbol as messages write it.
    ///
    /// - Parameter symbol: The symbol as it was defined.
    /// - Returns: The key in `identityMap`.
    public func key(_ symbol: String) -> String {
        switch self {
        case .lower: symbol.asciiLowercased
        case .asDefined: symbol
        }
    }
}
