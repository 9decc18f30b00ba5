import ActivationCore
import ActivationEngine

extension RehearsalService {
    /// The version of a dataflow's schema, and the one that a proposal would make.
    func schema(of proposal: DataflowProposal) -> (present: Int, next: Int)? {
        guard let flow = proposal.present, let schema = proposal.snapshot.messageSchema(of: proposal.entry),
            let version = dependencies.control.snapshot.schemaVersions(of: flow.id).last
        else { return nil }
        return (version.number, version.isSame(as: schema) ? version.number : version.number + 1)
    }

    /// What consumers would notice of a proposal; no profile is looked at.
    ///
    /// - Returns: Nil when the dataflow is not there yet.
    /// - Throws: `CONFLICT` for one that is being deleted, or the engine's error.
    func contract(of proposal: DataflowProposal) async throws(APIError) -> ContractDifference? {
        guard let dataflow = proposal.snapshot.dataflow(proposal.entry) else {
            throw APIError(.conflict, "the flow is being deleted")
        }
        let present = proposal.present.flatMap { dependencies.control.snapshot.dataflow($0) }
        return try await APIError.mapping { () throws(EngineError) in
            try await contract(of: proposal, present, dataflow)
        }
    }

    /// The same of a dataflow as decisions see it; nil when it is not there yet.
    func contract(
        of proposal: DataflowProposal,
        _ present: Dataflow?,
        _ dataflow: Dataflow
    ) async throws(EngineError) -> ContractDifference? {
        guard let flow = proposal.present, let present else { return nil }
        let snapshot = dependencies.control.snapshot
        func side(_ dataflow: Dataflow, _ flow: ControlEntry, in snapshot: ControlSnapshot) -> ContractDifference.Side {
            let names = dataflow.audiences.map { ($0.audience, name(of: $0.audience)) }
            return ContractDifference.Side(
                dataflow: dataflow,
                address: snapshot.target(of: flow).flatMap { dependencies.address(of: $0.body, in: snapshot) },
                externalNamespaces: snapshot.externalNamespaces,
                names: Dictionary(names) { first, _ in first }
            )
        }
        let isMoved = dataflow.attributes.contains { attribute in
            present.attributes.contains { $0.destination == attribute.destination && $0.path != attribute.path }
        }
        let sample = isMoved ? try? await dependencies.paths.recent().sample : nil
        return ContractDifference(
            from: side(present, flow, in: snapshot),
            to: side(dataflow, proposal.entry, in: proposal.snapshot)
        ) { path in Set(sample?.paths.first { $0.keys == path }?.kinds ?? []) }
    }
}
