import ActivationCore

/// A policy that a dataflow breaks, by one of its audiences or by its mapping alone (BEHAVIOUR 9.4).
struct PolicyViolation: Sendable, Equatable {
    /// Names a violation, so that one that was there before is told from a new one.
    struct Name: Hashable {
        var flow: String
        var policy: String
        var audience: String?
    }

    /// The dataflow's id; empty for one that is not stored yet.
    var flow: String
    var flowName: String
    /// The audience's id; nil = the mapping alone breaks it.
    var audience: String?
    var policy: UsagePolicy
    /// The labels that the policy is about, each with where it comes from.
    var labels: [FoundLabel]

    var name: Name { Name(flow: flow, policy: policy.id, audience: audience) }

    /// What callers see.
    func json(in snapshot: ControlSnapshot) -> JSONValue {
        var object: JSONObject = [
            "flowId": .string(flow), "flowName": .string(flowName), "policyId": .string(policy.id),
            "policyName": .string(policy.name), "condition": .string(policy.condition),
            "labels": .array(labels.map(\.json)),
            "marketingActions": .array(policy.actions.map { .string($0.name) }),
            "cures": .array(cures.map { .string($0) }),
        ]
        if let audience {
            object["audienceId"] = .string(audience)
            object["audienceName"] = (snapshot.entry(.segmentDefinition, audience)?.string("name")).map { .string($0) }
        }
        return .object(object)
    }

    /// What would cure it, one way in a line.
    var cures: [String] {
        var cures: [String] = []
        for cure in labels.map(\.cure) where !cures.contains(cure) { cures.append(cure) }
        if policy.id != UsagePolicy.noExportID { cures.append("take the marketing action off the dataflow") }
        return cures
    }

    /// In one line.
    func text(in snapshot: ControlSnapshot) -> String {
        let what = audience.map { id in
            "audience \"\(snapshot.entry(.segmentDefinition, id)?.string("name") ?? id)\" in dataflow \"\(flowName)\""
        }
        return "policy \"\(policy.name)\" (\(policy.condition)) forbids \(what ?? "dataflow \"\(flowName)\""): "
            + labels.map { $0.text(in: snapshot) }.joined(separator: "; ")
    }

    /// Violations that an answer shows; the first ones say enough.
    static let shownMax = 50

    /// What an answer shows of violations: Adobe's `violatedPolicies`, and each violation with its lineage.
    ///
    /// - Parameters:
    ///   - violations: The violations.
    ///   - snapshot: The configuration that they are in.
    /// - Returns: The members.
    static func members(_ violations: [PolicyViolation], in snapshot: ControlSnapshot) -> JSONObject {
        // What the mapping breaks alone is told once, not for each audience again.
        let broken = Set(violations.filter { $0.audience == nil }.map(\.name))
        let violations = violations.filter { violation in
            violation.audience == nil
                || !broken.contains(Name(flow: violation.flow, policy: violation.policy.id, audience: nil))
        }
        var policies: [UsagePolicy] = []
        for violation in violations where !policies.contains(violation.policy) { policies.append(violation.policy) }
        return [
            "violatedPolicies": .array(policies.map { PolicyDocument.json($0, in: snapshot) }),
            "violations": .array(violations.prefix(shownMax).map { $0.json(in: snapshot) }),
            "violationsTruncated": .bool(violations.count > shownMax),
        ]
    }
}

extension APIError {
    /// A change by which dataflows would break policies.
    init(violations: [PolicyViolation], in snapshot: ControlSnapshot) {
        let clearance = AuthenticatedClient.current?.clearance ?? .everything
        let violations = violations.map { $0.told(to: clearance, in: snapshot) }
        let first =
            violations.first.map { "\($0.text(in: snapshot)). Cures: \($0.cures.joined(separator: "; "))" } ?? ""
        let others = violations.count > 1 ? "; \(violations.count - 1) more in violations" : ""
        self.init(.policyViolated, first + others, members: PolicyViolation.members(violations, in: snapshot))
    }
}

extension APIErrorCode {
    static let policyViolated = APIErrorCode("POLICY_VIOLATED", status: 409, title: "A data usage policy forbids it")
}
