public import ActivationCore
public import ActivationEngine

/// One kind of destination as one value: how it is described, which fields it takes, how they are tried, what delivers.
///
/// The server offers every kind that it is given and knows no rule of any (`docs/DESTINATIONS.md`). A configuration has two
/// parts, both as the client wrote them: the account (`auth.params` of a base connection, secrets in place) and the target
/// (`params` of a target connection). Calls may overlap.
public protocol DestinationKind: Sendable {
    /// What the catalog of specs says about the kind; always the same.
    var spec: DestinationSpec { get }

    /// How long after it was sent a record may still reach a destination of the kind: the longest request and a guard.
    var landingTime: Duration { get }

    /// Checks an account's fields for their shape; nobody is asked.
    ///
    /// - Parameter account: The account.
    /// - Throws: ``DestinationFieldError`` for the first field that cannot be right.
    func check(account: JSONObject) throws(DestinationFieldError)

    /// Checks a target's fields for their shape; nobody is asked.
    ///
    /// The options that targets of every kind have, from `includeSegmentNames` to `partitionKey`, are the server's own.
    ///
    /// - Parameter target: The target.
    /// - Throws: ``DestinationFieldError`` for the first field that cannot be right.
    func check(target: JSONObject) throws(DestinationFieldError)

    /// Where records go, in words that are the same exactly as long as that place is; nobody is asked.
    ///
    /// Two configurations with one address are one destination reached in two ways, such as by another key: after a change
    /// from one to the other waiting records take the new way. After a change to another address those that were
    /// triggered before it still go to the former one.
    ///
    /// - Parameters:
    ///   - target: A target that passed ``check(target:)``.
    ///   - account: The account it is reached by.
    /// - Returns: The address; no secret.
    func address(target: JSONObject, account: JSONObject) -> String

    /// Asks the destination whether it takes the account; who stores the account waits for this.
    ///
    /// - Parameter account: An account that passed ``check(account:)``.
    /// - Throws: ``DestinationProbeError`` naming the step that failed.
    func probe(account: JSONObject) async throws(DestinationProbeError)

    /// Asks the destination whether the target exists and can be written to; who stores the target waits for this.
    ///
    /// - Parameters:
    ///   - target: A target that passed ``check(target:)``.
    ///   - account: The account it is reached by.
    /// - Throws: ``DestinationProbeError`` naming the step that failed.
    func probe(target: JSONObject, account: JSONObject) async throws(DestinationProbeError)

    /// The targets that an account may see, such as the names of its streams, to be offered to who configures one.
    ///
    /// - Parameter account: An account that passed ``check(account:)``.
    /// - Returns: Some names in order; none for a kind that cannot tell.
    /// - Throws: ``DestinationProbeError`` when the destination does not answer, or the account may not ask.
    func targets(account: JSONObject) async throws(DestinationProbeError) -> [String]

    /// Looks at a target for who configures it: as ``probe(target:account:)``, but an account that may not ask is no
    /// failure, and what the destination tells is kept.
    ///
    /// - Parameters:
    ///   - target: A target that passed ``check(target:)``.
    ///   - account: The account it is reached by.
    ///   - record: The content of a record to write there, to see that it can be done; nil = nothing is written.
    /// - Returns: What is known.
    /// - Throws: ``DestinationProbeError`` naming the step that failed.
    func inspect(
        target: JSONObject,
        account: JSONObject,
        writing record: [UInt8]?
    ) async throws(DestinationProbeError) -> TargetInspection

    /// The rules that let an account do what the kind needs, as the destination's owner writes them, to be copied.
    ///
    /// - Parameters:
    ///   - account: The account as far as it is typed; no secret is needed.
    ///   - target: The target as far as it is typed.
    ///   - resource: What rules call the target, where that is known.
    /// - Returns: The text; nil for a kind without such rules.
    func policy(account: JSONObject, target: JSONObject, resource: String?) -> String?

    /// Opens a target for a dataflow's records.
    ///
    /// - Parameters:
    ///   - target: The target as it is configured now.
    ///   - account: The account it is reached by.
    ///   - dataflow: Whose records go there, for the log.
    /// - Returns: A sink of its own.
    /// - Throws: ``SinkFactoryError`` for a configuration that cannot work until a person acts; passing trouble is the
    ///   sink's business.
    func open(
        target: JSONObject,
        account: JSONObject,
        for dataflow: Dataflow.ID
    ) async throws(SinkFactoryError) -> any RecordSink
}

extension DestinationKind {
    /// A kind whose targets cannot be listed.
    public func targets(account: JSONObject) async throws(DestinationProbeError) -> [String] { [] }

    /// A kind that tells no more than whether the target can be used, and writes nothing to find out.
    public func inspect(
        target: JSONObject,
        account: JSONObject,
        writing record: [UInt8]?
    ) async throws(DestinationProbeError) -> TargetInspection {
        do throws(DestinationProbeError) {
            try await probe(target: target, account: account)
            return TargetInspection()
        } catch  where error.isOnlyDenied {
            return TargetInspection(denial: error)
        } catch {
            throw error
        }
    }

    /// A kind without rules to copy.
    public func policy(account: JSONObject, target: JSONObject, resource: String?) -> String? { nil }
}
