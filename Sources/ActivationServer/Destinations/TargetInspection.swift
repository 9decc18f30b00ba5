/// What a destination tells of a target that can be used.
public struct TargetInspection: Sendable {
    /// Something to know before one relies on the target, such as what its shards carry.
    public struct Fact: Sendable {
        /// What it is.
        public var label: String
        /// How it is, for people.
        public var value: String

        /// Creates a fact.
        ///
        /// - Parameters:
        ///   - label: What it is.
        ///   - value: How it is.
        public init(_ label: String, _ value: String) {
            self.label = label
            self.value = value
        }
    }

    /// What is known; empty for a kind that cannot tell, or an account that may not ask.
    public var facts: [Fact]
    /// What the account was not allowed to ask, so that nothing says whether the target exists; nil = it does.
    public var denial: DestinationProbeError?
    /// What a rule about permissions calls the target; nil = not known.
    public var resource: String?
    /// Where the test record is; nil = none was written.
    public var receipt: String?

    /// Creates an inspection.
    ///
    /// - Parameters:
    ///   - facts: What is known.
    ///   - denial: What the account was not allowed to ask.
    ///   - resource: What a rule about permissions calls the target.
    ///   - receipt: Where the test record is.
    public init(
        facts: [Fact] = [],
        denial: DestinationProbeError? = nil,
        resource: String? = nil,
        receipt: String? = nil
    ) {
        self.facts = facts
        self.denial = denial
        self.resource = resource
        self.receipt = receipt
    }
}
