import ActivationCore
import ActivationEngine

/// Begins, finds and ends segment jobs.
struct SegmentJobStore: Sendable {
    let engine: any ServerEngine
    let control: ControlPlane

    /// Who asks for a job.
    struct Origin: Sendable {
        /// `api` or `scheduler`.
        var source: String
        /// The request's id; nil for a schedule.
        var requestID: String?
        /// `scheduleId` and `runId` of a schedule's job.
        var properties: JSONObject = [:]

        fileprivate var body: JSONObject {
            var body: JSONObject = ["source": .string(source), "properties": .object(properties)]
            body["requestId"] = requestID.map { .string($0) }
            return body
        }
    }

    /// All jobs that the engine still knows, oldest first.
    var all: [SegmentJob] {
        let snapshot = control.snapshot
        return engine.evaluationPasses.map { pass in
            SegmentJob(pass: pass, record: snapshot.entry(.segmentJob, pass.id.uuid.description))
        }
    }

    /// The job with this id.
    ///
    /// - Throws: `JOB_UNKNOWN`.
    func job(_ id: String) throws(APIError) -> SegmentJob {
        guard
            let uuid = UUIDBytes(id),
            let pass = engine.evaluationPass(EvaluationPass.ID(uuid: uuid))
        else { throw SegmentJobStore.unknown }
        return SegmentJob(pass: pass, record: control.entry(.segmentJob, uuid.description))
    }

    /// Begins a job.
    ///
    /// - Parameters:
    ///   - segments: Ids of definitions; `*` among them means all that are in use.
    ///   - origin: Who asks.
    /// - Returns: The job.
    /// - Throws: `FIELD_INVALID` when a definition does not exist or there is none, or the engine's error.
    func begin(_ segments: [String], by origin: Origin) async throws(APIError) -> SegmentJob {
        let id = try await evaluate(segments)
        let record = try await note(id, by: origin)
        guard let pass = engine.evaluationPass(id) else { throw SegmentJobStore.unknown }
        return SegmentJob(pass: pass, record: record)
    }

    /// Lets the engine begin, without noting for whom.
    func evaluate(_ segments: [String]) async throws(APIError) -> EvaluationPass.ID {
        let audiences = try audiences(segments)
        return try await APIError.mapping { () throws(EngineError) in try await engine.evaluate(audiences) }
    }

    /// Notes who asked for an evaluation that the engine has begun, and forgets those that it does not know any more.
    @discardableResult
    func note(_ id: EvaluationPass.ID, by origin: Origin) async throws(APIError) -> ControlEntry {
        let known = Set(engine.evaluationPasses.map(\.id.uuid.description)).union([id.uuid.description])
        return try await control.write(by: .server) { draft throws(APIError) in
            for entry in draft.snapshot.entries(.segmentJob) where !known.contains(entry.id) { draft.remove(entry) }
            if let noted = draft.snapshot.entry(.segmentJob, id.uuid.description) { return noted }
            return try draft.insert(.segmentJob, id: id.uuid.description, body: origin.body)
        }
    }

    /// Ends a job; one that has ended stays as it is.
    ///
    /// - Throws: `JOB_UNKNOWN`, or the engine's error.
    func cancel(_ id: String) async throws(APIError) {
        let pass = try job(id).pass.id
        let ended = try await APIError.mapping { () throws(EngineError) in try await engine.cancelEvaluation(pass) }
        guard ended != nil else { throw SegmentJobStore.unknown }
    }

    private func audiences(_ segments: [String]) throws(APIError) -> [Audience.ID] {
        let snapshot = control.snapshot
        let quarantine = control.quarantine
        if segments.contains("*") {
            let all = snapshot.entries(.segmentDefinition).compactMap(SegmentDefinition.init)
                .filter { $0.lifecycle != .inactive }.map(\.id).filter { quarantine.reason(audience: $0) == nil }
            guard !all.isEmpty else {
                throw APIError(.fieldInvalid, "there is no audience that is evaluated; make a definition first")
            }
            return all
        }
        var audiences: [Audience.ID] = []
        for segment in segments {
            guard let uuid = UUIDBytes(segment), let entry = snapshot.entry(.segmentDefinition, uuid.description) else {
                throw APIError(
                    .fieldInvalid,
                    "segmentId \"\(segment.excerpt(40))\": no segment definition has this id; GET the list to see them"
                )
            }
            let audience = Audience.ID(uuid: uuid)
            guard AudienceLifecycle(entry) != .inactive else {
                throw APIError(.fieldInvalid, "segmentId \(uuid): the audience is inactive; publish it first")
            }
            guard quarantine.reason(audience: audience) == nil else {
                throw APIError(
                    .fieldInvalid,
                    "segmentId \(uuid): the definition is not in use, its headwaterState says why"
                )
            }
            if !audiences.contains(audience) { audiences.append(audience) }
        }
        guard !audiences.isEmpty else { throw APIError(.fieldInvalid, "name at least one segmentId, or \"*\" for all") }
        return audiences
    }

    private static let unknown = APIError(
        .jobUnknown,
        "no segment job has this id; those that ended long ago are forgotten, GET the list to see the others"
    )
}

extension APIErrorCode {
    static let jobUnknown = APIErrorCode("JOB_UNKNOWN", status: 404, title: "Segment job not found")
}
