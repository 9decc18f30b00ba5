import ActivationCore
import ActivationEngine

/// Rehearses changes, for the API and the console alike (BEHAVIOUR 3.19).
///
/// It reads and changes nothing. Calls may overlap, as many as the desk lets.
struct RehearsalService: Sendable {
    let dependencies: ServerDependencies

    /// How it is done.
    struct Manner: Sendable {
        /// How many messages are shown.
        var messages = RehearsalLimits.messagesDefault
        /// Seconds it may take; nil = as long as is usual.
        var seconds: Int?
        /// Profiles of a large store that are enough; nil = all are looked at while there is time.
        var sampleRows: Int?
        /// What a stream costs.
        var prices = StreamPrices()
    }

    var engine: any ServerEngine { dependencies.engine }

    // MARK: A dataflow

    /// What a dataflow would do if it became another.
    ///
    /// - Throws: `OVERLOADED`, `CONFLICT` for one that cannot be used, or the engine's error.
    func rehearse(_ proposal: DataflowProposal, _ manner: Manner) async throws(APIError) -> Rehearsal {
        guard let dataflow = proposal.snapshot.dataflow(proposal.entry) else {
            throw APIError(.conflict, "the flow is being deleted")
        }
        let added = proposal.check.audiencesToBackfill
        let present = proposal.present.flatMap { dependencies.control.snapshot.dataflow($0) }
        return try await dependencies.rehearsals.perform { () throws(APIError) in
            try await APIError.mapping { () throws(EngineError) in
                let at = dependencies.time.now()
                let consent = proposal.consent
                var trial = try engine.rehearsal(
                    of: dataflow,
                    sending: Set(added),
                    unmapping: proposal.unmapped,
                    asking: consent
                )
                trial.messagesMax = manner.messages
                let counts = !added.isEmpty || dataflow.options.emitsUnmapping && !proposal.unmapped.isEmpty
                let found = try await scan(manner).run(.dataflow(trial), counts: counts, messagesMax: manner.messages)
                var rehearsal = Rehearsal(at, found)
                let mapped = (present?.audiences ?? []) + dataflow.audiences
                let counted = try await engine.memberCounts(of: mapped.map(\.audience))
                rehearsal.audiences = audiences(of: proposal, counted)
                let violations = proposal.violations
                if !violations.isEmpty {
                    rehearsal.violations = PolicyViolation.members(violations, in: proposal.snapshot)
                }
                var (now, basis) = figure(found, of: dataflow.id, counts: counts)
                if basis == .sample, consent == nil,
                    let exact = members(of: added, counted, unmapping: proposal, dataflow)
                {
                    (now, basis) = (PreviewEstimate.Figure(size: exact, standardError: 0), .counters)
                }
                let traffic = try await traffic(of: proposal, present, dataflow, counted, at: at)
                rehearsal.dataflows = [
                    figures(
                        of: proposal.present ?? proposal.entry,
                        isNew: proposal.present == nil,
                        now,
                        basis,
                        found.rendered,
                        found.messages,
                        traffic: traffic,
                        madeUp: proposal.entry,
                        in: proposal.snapshot,
                        manner.prices
                    )
                ]
                rehearsal.contract = try await contract(of: proposal, present, dataflow)
                rehearsal.schema = schema(of: proposal)
                return rehearsal
            }
        }
    }

    private func scan(_ manner: Manner) -> RehearsalScan {
        let limits = dependencies.rehearsals.limits
        return RehearsalScan(
            engine: engine,
            limits: limits,
            time: .seconds(manner.seconds ?? limits.secondsDefault),
            enoughRows: manner.sampleRows
        )
    }

    private func audiences(of proposal: DataflowProposal, _ counted: [Audience.ID: Int]) -> [Rehearsal.AudienceFigures]
    {
        func figures(_ audience: Audience.ID, _ change: Rehearsal.AudienceFigures.Change) -> Rehearsal.AudienceFigures {
            Rehearsal.AudienceFigures(
                id: audience,
                name: name(of: audience),
                change: change,
                members: counted[audience] ?? 0,
                isBeingEvaluated: !(engine.evaluationProgress(audience)?.isDone ?? true)
            )
        }
        return proposal.check.newAudiences.map { figures($0, .mapped) }
            + proposal.unmapped.map { figures($0.audience, .unmapped) }
    }

    /// How many records the members are, where counters say so exactly: one audience of each merge policy.
    private func members(
        of added: [Audience.ID],
        _ counted: [Audience.ID: Int],
        unmapping proposal: DataflowProposal,
        _ dataflow: Dataflow
    ) -> Int? {
        guard !dataflow.options.emitsUnmapping || proposal.unmapped.isEmpty else { return nil }
        let policies = added.map { audience in
            dependencies.control.entry(.segmentDefinition, audience.uuid.description)?.string("mergePolicyId") ?? ""
        }
        guard Set(policies).count == policies.count else { return nil }
        return added.reduce(0) { $0 + (counted[$1] ?? 0) }
    }

    // MARK: An audience

    /// What policies forbid dataflows that map an audience, if it became what a question asks.
    private func violations(of question: ProfileQuestion, as entry: ControlEntry?) -> JSONObject {
        guard let entry else { return [:] }
        var draft = ControlDraft(
            snapshot: dependencies.control.whole,
            by: .server,
            now: dependencies.time.now(),
            ids: dependencies.ids
        )
        var body = entry.body
        let text = question.expression.text
        body["expression"] = ["type": "PQL", "format": "pql/text", "value": .string(text)]
        if let policy = question.mergePolicy { body["mergePolicyId"] = .string(policy.uuid.description) }
        guard (try? draft.replace(entry, body: body)) != nil else { return [:] }
        let clearance = AuthenticatedClient.current?.clearance ?? .everything
        let found = draft.newViolations.map { $0.told(to: clearance, in: draft.snapshot) }
        return found.isEmpty ? [:] : PolicyViolation.members(found, in: draft.snapshot)
    }

    /// What would happen if an audience became what a question asks.
    ///
    /// - Parameters:
    ///   - question: The rule and the policy.
    ///   - entry: The audience; nil = a new one.
    ///   - name: What a new one is called.
    ///   - manner: How it is done.
    /// - Returns: What would happen.
    /// - Throws: `OVERLOADED`, `FIELD_INVALID` for a rule that cannot be used, or the engine's error.
    func rehearse(
        _ question: ProfileQuestion,
        of entry: ControlEntry?,
        named name: String,
        _ manner: Manner
    ) async throws(APIError) -> Rehearsal {
        let id = question.audience ?? Audience.ID(uuid: dependencies.ids.next())
        return try await dependencies.rehearsals.perform { () throws(APIError) in
            try await APIError.mapping { () throws(EngineError) in
                let at = dependencies.time.now()
                var trial = try engine.rehearsal(of: question, as: id)
                trial.messagesMax = manner.messages
                let found = try await scan(manner).run(.audience(trial), counts: true, messagesMax: manner.messages)
                var rehearsal = Rehearsal(at, found)
                rehearsal.violations = violations(of: question, as: entry)
                let members = entry == nil ? 0 : try await engine.memberCount(id)
                let effect = found.estimate.effect ?? PreviewEstimate.Effect()
                let (entering, exiting) = (
                    found.estimate.figure(effect.entering), found.estimate.figure(effect.exiting)
                )
                rehearsal.audiences = [
                    Rehearsal.AudienceFigures(
                        id: id,
                        name: name,
                        change: entry == nil ? .new : .changed,
                        members: members,
                        entering: entering,
                        exiting: exiting,
                        isBeingEvaluated: !(engine.evaluationProgress(id)?.isDone ?? true)
                    )
                ]
                let snapshot = dependencies.control.snapshot
                for flow in snapshot.flowsConcerned(by: id).prefix(RehearsalLimits.audiencesMax) {
                    guard let dataflow = snapshot.dataflow(flow) else { continue }
                    var counted = try await engine.memberCounts(of: dataflow.audiences.map(\.audience))
                    let before = counted
                    counted[id] = max(0, members + entering.size - exiting.size)
                    let (now, basis) = figure(found, of: dataflow.id, counts: true)
                    let traffic = try await traffic(of: flow, (dataflow, before), (dataflow, counted), at: at)
                    rehearsal.dataflows.append(
                        figures(
                            of: flow,
                            isNew: false,
                            now,
                            basis,
                            found.rendered,
                            found.messages,
                            traffic: traffic,
                            madeUp: flow,
                            in: snapshot,
                            manner.prices
                        )
                    )
                }
                return rehearsal
            }
        }
    }

    // MARK: Figures

    private func figure(
        _ found: RehearsalScan.Found,
        of dataflow: Dataflow.ID,
        counts: Bool
    ) -> (PreviewEstimate.Figure, Rehearsal.Basis) {
        guard counts else { return (PreviewEstimate.Figure(size: 0, standardError: 0), .walk) }
        let count = found.estimate.effect?.records[dataflow] ?? PreviewEstimate.Count()
        return (found.estimate.figure(count), found.estimate.isWhole ? .walk : .sample)
    }

    private func figures(
        of flow: ControlEntry,
        isNew: Bool,
        _ now: PreviewEstimate.Figure,
        _ basis: Rehearsal.Basis,
        _ rendered: RehearsedEffect,
        _ messages: [RehearsedMessage],
        traffic: ExportTraffic?,
        madeUp: ControlEntry,
        in snapshot: ControlSnapshot,
        _ prices: StreamPrices
    ) -> Rehearsal.DataflowFigures {
        var (records, bytes, bytesMax) = (0, 0, 0)
        if let id = UUIDBytes(flow.id).map({ Dataflow.ID(uuid: $0) }) {
            (records, bytes, bytesMax) = (
                rendered.records[id] ?? 0, rendered.bytes[id] ?? 0, rendered.bytesMax[id] ?? 0
            )
            if records == 0 {
                // Of records that nobody is sent now, those that were made to be shown.
                let sizes = messages.compactMap(\.after).filter { $0.dataflow == id }.map(\.bytesOfRecord)
                (records, bytes, bytesMax) = (sizes.count, sizes.reduce(0, +), sizes.max() ?? 0)
            }
        }
        if records == 0 {
            let sample = try? DataflowMessages(dependencies: dependencies).samples(of: madeUp, in: snapshot).first
            bytesMax = sample?.bytesOfRecord ?? 0
        }
        return Rehearsal.DataflowFigures(
            id: isNew ? nil : flow.id,
            name: flow.string("name") ?? "",
            isEnabled: flow.string("state") == FlowState.enabled,
            now: now,
            basis: basis,
            stream: StreamForecast(
                now: now.size,
                traffic: traffic,
                recordBytes: records > 0 ? (bytes + records - 1) / records : bytesMax,
                backfillRate: engine.backfillRecordsPerSecond,
                prices: prices
            ),
            bytesMax: bytesMax,
            rendered: records
        )
    }

    /// What an audience is called.
    func name(of audience: Audience.ID) -> String {
        let id = audience.uuid.description
        return dependencies.control.entry(.segmentDefinition, id)?.string("name") ?? id
    }
}

extension ControlSnapshot {
    /// The flows that map an audience, or one that asks for it, also through others; those that map it itself first.
    fileprivate func flowsConcerned(by audience: Audience.ID) -> [ControlEntry] {
        var flows = flowsMapping(audience: audience)
        var known = Set(flows.map(\.id))
        var reached: Set<Audience.ID> = [audience]
        var rest =
            entry(.segmentDefinition, audience.uuid.description).flatMap { SegmentDefinition($0) }.map { [$0] } ?? []
        while let next = rest.popLast() {
            for asker in definitionsAsking(for: next) where reached.insert(asker.id).inserted {
                flows += flowsMapping(audience: asker.id).filter { known.insert($0.id).inserted }
                rest.append(asker)
            }
        }
        return flows
    }
}

extension OutboxRow {
    /// Bytes of the record as a stream counts them.
    var bytesOfRecord: Int { payload.count + partitionKey.utf8.count }
}

extension Rehearsal {
    fileprivate init(_ at: Timestamp, _ found: RehearsalScan.Found) {
        self.init(
            at: at,
            profiles: (found.estimate.total, found.estimate.profilesRead),
            isWhole: found.estimate.isWhole,
            messages: found.messages
        )
    }
}
