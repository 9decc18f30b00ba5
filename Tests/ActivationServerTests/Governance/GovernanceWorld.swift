import ActivationCore
import HTTPTypes

@testable import ActivationServer

extension FlowWorld {
    static let policies = "/data/foundation/dulepolicy"

    /// Says which labels a field has.
    func label(_ path: String, _ labels: String...) async throws -> Answer {
        try await send(.put, "/v1/labels/fields/\(path)", ["labels": .array(labels.map { .string($0) })])
    }

    /// Says which core policies are on.
    func enable(_ policies: String...) async throws -> Answer {
        try await send(
            .put,
            "\(FlowWorld.policies)/enabledCorePolicies",
            ["policyIds": .array(policies.map { .string($0) })]
        )
    }

    /// A flow with marketing actions.
    func makeFlow(for actions: String..., name: String = "vip-to-kinesis") async throws -> String {
        let flow = try await makeFlow(name: name).flow.id
        let list = actions.map { action -> JSONValue in
            let kind = MarketingAction.core.contains { $0.name == action } ? "core" : "custom"
            return ["type": .string(kind), "name": .string(action)]
        }
        _ = try await patchFlow(flow, [FlowWorld.add("/marketingActions", .array(list))])
        return flow
    }

    /// Maps an audience to a flow.
    func map(_ audience: String, to flow: String) async throws -> Answer {
        try await patchFlow(flow, [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience))])
    }

    /// Maps an attribute to a flow.
    func map(attribute path: String, to flow: String) async throws -> Answer {
        try await patchFlow(flow, [FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute(path))])
    }
}

extension FlowWorld.Answer {
    /// The ids of the policies that would be broken.
    var violated: [String] { (json["violatedPolicies"]?.array ?? []).compactMap { $0["id"]?.string } }
    /// The labels of the first violation.
    var found: [JSONValue] { json["violations"]?[0]?["labels"]?.array ?? [] }
}
