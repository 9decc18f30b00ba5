import ActivationCore
import ActivationEngine

extension PrivacyJob {
    /// The list of the control store that jobs stand in.
    static let kind = "privacyJob"

    /// What is kept of it: who it is about is encrypted.
    func stored(sealedIn box: SecretBox, etag: String) throws(APIError) -> ControlObject {
        var secret: [UInt8] = []
        JSONValue.object(["key": .string(subject.key), "values": .array(subject.values.map { .string($0) })])
            .write(to: &secret)
        var body: JSONObject = [
            "request": .string(request), "ordinal": .integer(ordinal), "action": .string(action.rawValue),
            "state": .string(state.rawValue), "regulation": .string(regulation.rawValue),
            "priority": .string(priority.rawValue), "products": .array(products.map { .string($0) }),
            "author": .string(author), "retries": .integer(retries),
            "subject": .string(try box.seal(secret, owner: id)), "userIds": .array(userIDs.map(\.stored)),
        ]
        body["mergePolicy"] = mergePolicy.map { .string($0.uuid.description) }
        body["onReturn"] = onReturn.map { .string($0.rawValue) }
        body["predecessor"] = predecessor.map { .string($0) }
        body["targets"] = targets.map { targets in
            .array(
                targets.map { target in
                    [
                        "profile": .string(target.profile.uuid.description),
                        "identities": .array(target.identities.map { .integer(Int64($0)) }),
                    ]
                }
            )
        }
        if unknown > 0 { body["unknown"] = .integer(unknown) }
        body["documentBytes"] = document.map { .integer($0.bytes) }
        body["outcome"] = outcome?.stored
        body["endedAt"] = endedAt.map { .integer($0.milliseconds) }
        var bytes: [UInt8] = []
        JSONValue.object(body).write(to: &bytes)
        return ControlObject(
            kind: PrivacyJob.kind,
            id: id,
            etag: etag,
            createdAt: createdAt,
            updatedAt: updatedAt,
            body: bytes
        )
    }

    /// What is shown of a job that cannot be read: that it was, and that nothing comes of it.
    init(damaged object: ControlObject) {
        let body = try? JSONValue(parsing: object.body)
        self.init(
            id: object.id,
            request: body?["request"]?.string ?? "",
            ordinal: body?["ordinal"]?.int64 ?? 0,
            action: body?["action"]?.string.flatMap(Action.init) ?? .access,
            state: .error,
            regulation: body?["regulation"]?.string.flatMap(PrivacyRegulation.init) ?? .gdpr,
            priority: .normal,
            products: (body?["products"]?.array ?? []).compactMap(\.string),
            author: body?["author"]?.string ?? "",
            subject: Subject(key: "", values: []),
            userIDs: [],
            outcome: Outcome(code: .dataUnreadable, detail: "What is stored of the job cannot be read; ask again."),
            createdAt: object.createdAt,
            updatedAt: object.updatedAt,
            endedAt: object.updatedAt,
            etag: object.etag
        )
    }

    /// Reads what was kept; nil when it is damaged.
    ///
    /// Without the key that it was encrypted with nobody can tell who it is about; then its subject is empty.
    init?(_ object: ControlObject, openedBy box: SecretBox) {
        guard let body = try? JSONValue(parsing: object.body), let request = body["request"]?.string,
            let ordinal = body["ordinal"]?.int64, let action = body["action"]?.string.flatMap(Action.init),
            let state = body["state"]?.string.flatMap(State.init),
            let regulation = body["regulation"]?.string.flatMap(PrivacyRegulation.init),
            let priority = body["priority"]?.string.flatMap(Priority.init), let author = body["author"]?.string,
            let retries = body["retries"]?.int64, let sealed = body["subject"]?.string,
            let userIDs = body["userIds"]?.array?.map(UserID.init), !userIDs.contains(nil)
        else { return nil }
        let opened = box.open(sealed, owner: object.id).flatMap { try? JSONValue(parsing: $0) }
        let subject = Subject(
            key: opened?["key"]?.string ?? "",
            values: (opened?["values"]?.array ?? []).compactMap(\.string)
        )
        self.init(
            id: object.id,
            request: request,
            ordinal: ordinal,
            action: action,
            state: state,
            regulation: regulation,
            priority: priority,
            products: (body["products"]?.array ?? []).compactMap(\.string),
            mergePolicy: body["mergePolicy"]?.string.flatMap { UUIDBytes($0) }.map { MergePolicy.ID(uuid: $0) },
            onReturn: body["onReturn"]?.string.flatMap(DecisionOptions.ReturnRule.init),
            author: author,
            predecessor: body["predecessor"]?.string,
            subject: subject,
            userIDs: userIDs.compactMap { $0 },
            targets: body["targets"]?.array?.compactMap(Target.init),
            unknown: body["unknown"]?.int64 ?? 0,
            retries: retries,
            document: body["documentBytes"]?.int64.map { Document(bytes: $0) },
            outcome: body["outcome"].flatMap(Outcome.init),
            createdAt: object.createdAt,
            updatedAt: object.updatedAt,
            endedAt: body["endedAt"]?.int64.map { Timestamp(milliseconds: $0) },
            etag: object.etag
        )
    }
}

extension PrivacyJob.UserID {
    fileprivate var stored: JSONValue {
        var object: JSONObject = [
            "namespace": .string(namespace), "type": .string(qualifier),
            "isDeletedClientSide": .bool(isDeletedClientSide),
        ]
        object["digest"] = digest.map { .string(Base64URL.encode($0.bytes)) }
        return .object(object)
    }

    fileprivate init?(_ stored: JSONValue) {
        guard let namespace = stored["namespace"]?.string, let qualifier = stored["type"]?.string else { return nil }
        self.init(
            namespace: namespace,
            qualifier: qualifier,
            isDeletedClientSide: stored["isDeletedClientSide"]?.bool ?? false,
            digest: stored["digest"]?.string.flatMap { Base64URL.decode($0) }.map { IdentityDigest(bytes: $0) }
        )
    }
}

extension PrivacyJob.Target {
    fileprivate init?(_ stored: JSONValue) {
        guard let profile = stored["profile"]?.string.flatMap({ UUIDBytes($0) }),
            // One stood alone in jobs of before.
            let listed = stored["identities"]?.array ?? stored["identity"].map({ [$0] })
        else { return nil }
        let places = listed.compactMap(\.int64).filter { 0..<Int64(PrivacyRequest.identitiesMax) ~= $0 }
        self.init(profile: Profile.ID(uuid: profile), identities: places.map { Int($0) })
    }
}

extension PrivacyJob.Outcome {
    fileprivate var stored: JSONValue {
        [
            "code": .string(code.rawValue), "detail": .string(detail),
            "profiles": .array(profiles.map { .string($0.uuid.description) }), "unknown": .integer(unknown),
        ]
    }

    fileprivate init?(_ stored: JSONValue) {
        guard let code = stored["code"]?.string.flatMap(PrivacyOutcomeCode.init),
            let detail = stored["detail"]?.string
        else { return nil }
        let profiles = (stored["profiles"]?.array ?? []).compactMap { $0.string.flatMap { UUIDBytes($0) } }
        self.init(
            code: code,
            detail: detail,
            profiles: profiles.map { Profile.ID(uuid: $0) },
            unknown: stored["unknown"]?.int64 ?? 0
        )
    }
}
