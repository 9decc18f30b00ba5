import ActivationCore
import ActivationEngine

/// What somebody may see of fields and audiences that have labels (BEHAVIOUR 8.5).
struct Clearance: Sendable, Hashable {
    /// The labels of their roles; nil = labels hide nothing from them.
    private let labels: Set<String>?

    /// Hides nothing.
    static let everything = Clearance(labels: nil)

    init(labels: Set<String>?) {
        self.labels = labels
    }

    /// Whether labels hide nothing.
    var isUnlimited: Bool { labels == nil }

    /// Whether something with these labels may be seen.
    func admits(_ found: some Sequence<String>) -> Bool {
        guard let labels else { return true }
        return found.allSatisfy(labels.contains)
    }
}

extension AuthenticatedClient {
    /// Who is behind the request that is being answered; nil = the server does something by itself.
    ///
    /// What they may not see is not there for them, wherever the configuration is read (``ControlPlane/snapshot``): that
    /// holds also for a place that nobody thought of.
    @TaskLocal static var current: AuthenticatedClient?
}

extension ControlSnapshot {
    /// Whether labels hide fields and audiences from those whose roles do not have them.
    var hidesByLabels: Bool {
        entry(.accessPolicy, AccessPolicy.id)?.string("status") == AccessPolicy.Status.active.rawValue
    }

    /// What the roles of a user or credential let them see in a sandbox.
    func clearance(of roles: [String], in sandbox: String) -> Clearance {
        guard hidesByLabels, !roles.contains(Role.administrator.id) else { return .everything }
        return Clearance(labels: labels(of: roles, in: sandbox))
    }

    /// Without the audiences that are hidden.
    func visible(by clearance: Clearance) -> ControlSnapshot {
        guard !clearance.isUnlimited else { return self }
        var visible = self
        visible.keep(.segmentDefinition) { clearance.admits(usageLabels(of: $0)) }
        return visible
    }

    /// Whether a field, what it lies in and what lies in it may be seen.
    func admits(_ clearance: Clearance, _ keys: [String]) -> Bool {
        clearance.isUnlimited || clearance.admits(placedLabels.labels(at: keys).map(\.label))
    }

    /// Whether everything that a flow's messages carry may be seen.
    func admits(_ clearance: Clearance, messagesOf flow: ControlEntry) -> Bool {
        guard !clearance.isUnlimited else { return true }
        return fieldsCarried(by: flow).allSatisfy { admits(clearance, $0) }
    }

    /// Whether there is nothing that labels hide.
    func admitsAll(_ clearance: Clearance) -> Bool {
        admits(clearance, [])
            && (clearance.isUnlimited
                || entries(.segmentDefinition).allSatisfy { clearance.admits(usageLabels(of: $0)) })
    }

    /// How an audience is named to whoever asks; nil = they may not see it.
    func told(_ audience: ControlEntry) -> String? {
        let clearance = AuthenticatedClient.current?.clearance ?? .everything
        return clearance.admits(usageLabels(of: audience)) ? "segment definition \(audience.id)" : nil
    }
}

extension ControlSnapshot {
    /// Refuses rules that look at fields whoever asks may not see, since what a rule says of somebody tells their values, and as
    /// compiling would, rules that ask for audiences that are hidden or that there are not.
    ///
    /// - Parameters:
    ///   - rule: The rule.
    ///   - text: Its text form, when it is not the one that the client sent.
    /// - Throws: `FIELD_HIDDEN`, `PQL_INVALID`.
    func requireVisible(_ rule: PQLExpression, in text: String? = nil) throws(APIError) {
        let clearance = AuthenticatedClient.current?.clearance ?? .everything
        guard clearance.isUnlimited || rule.fields.allSatisfy({ admits(clearance, $0) }) else {
            throw APIError(
                .fieldHidden,
                "the rule looks at fields with labels that none of your roles has; somebody whose roles have them can do this"
            )
        }
        guard !clearance.isUnlimited else { return }
        guard admitsAll(clearance) || !rule.fields.contains([]) else {
            throw APIError(
                .fieldHidden,
                "the rule looks at everything, and there is something that labels hide from you"
            )
        }
        // One that is hidden and one that there is not are told alike.
        let visible = visible(by: clearance)
        var paths = PathDictionary()
        do throws(PQLError) {
            _ = try PQLProgram(compiling: rule, paths: &paths) { visible.definition(named: $0)?.id }
        } catch  where error.code == .unknownAudience {
            throw APIError(expression: error, in: text)
        } catch {
            // What else is wrong with it is for who compiles it to say.
        }
        for keys in rule.fields where keys.first == "segmentMembership" {
            guard keys.count > 2, visible.definition(named: keys[2]) != nil else {
                throw APIError(.expressionInvalid, "the rule asks for an audience that does not exist")
            }
        }
    }

    /// Refuses an audience whose rule looks at fields whoever asks may not see.
    ///
    /// - Throws: `FIELD_HIDDEN`.
    func requireVisible(ruleOf definition: SegmentDefinition) throws(APIError) {
        guard let rule = try? SegmentExpression(definition.body["expression"]).parsed() else { return }
        try requireVisible(rule)
    }

    /// Refuses lists of identities to whoever may not see those.
    ///
    /// - Throws: `FIELD_HIDDEN`.
    func requireVisibleIdentities() throws(APIError) {
        let clearance = AuthenticatedClient.current?.clearance ?? .everything
        guard admits(clearance, ["identityMap"]) else {
            throw APIError(.fieldHidden, "identities have labels that none of your roles has")
        }
    }
}

extension ControlSnapshot {
    /// Refuses a dataflow whose messages carry what somebody may not see.
    ///
    /// - Throws: `FIELD_HIDDEN`.
    func requireVisibleMessages(of flow: ControlEntry, _ clearance: Clearance) throws(APIError) {
        guard admits(clearance, messagesOf: flow) else {
            throw APIError(
                .fieldHidden,
                "the dataflow's messages carry fields with labels that none of your roles has; somebody whose roles have "
                    + "them can do this"
            )
        }
    }
}

extension APIErrorCode {
    static let fieldHidden = APIErrorCode("FIELD_HIDDEN", status: 403, title: "Labels hide it")
}
