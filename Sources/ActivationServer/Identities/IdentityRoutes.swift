import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/identities`: takes links and identities away (BEHAVIOUR 3.12), shows all that is known about a person.
struct IdentityRoutes: Sendable {
    let dependencies: ServerDependencies

    private var namespaces: NamespaceDirectory { dependencies.control.snapshot.namespaces }

    func add(to own: some RouterMethods<ServerContext>) {
        own.post("identities/unlink") { request, _ in try await unlink(request) }
        own.delete("identities") { request, _ in try await remove(request) }
        own.get("identities/export") { request, context in try await export(request, context) }
    }

    private func unlink(_ request: Request) async throws(APIError) -> Response {
        let body = try await request.json()
        guard let list = body["identities"]?.array, list.count == 2 else {
            throw APIError(
                .fieldInvalid,
                "identities is a list of the two identities to unlink, each {\"namespace\": ..., \"value\": ...}"
            )
        }
        let (one, other) = (
            try namespaces.identity(list[0], "identities/0"), try namespaces.identity(list[1], "identities/1")
        )
        let engine = dependencies.engine
        let change = try await dependencies.erasing(one, "link", refusal: \.refusal) { () throws(EngineError) in
            try await engine.unlink(one, from: other)
        }
        return Response(json: try change.answer())
    }

    private func remove(_ request: Request) async throws(APIError) -> Response {
        let query = try QueryItems(request)
        let identity = try namespaces.identity(namespace: query["namespace"], value: query["value"], "the query")
        let engine = dependencies.engine
        let change = try await dependencies.erasing(identity, "identity", refusal: \.refusal) {
            () throws(EngineError) in
            try await engine.remove(identity)
        }
        return Response(json: try change.answer())
    }

    private func export(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let query = try QueryItems(request)
        let clearance = try context.authenticatedClient().clearance
        // What is known of a person is all or nothing.
        guard dependencies.control.whole.admitsAll(clearance) else {
            throw APIError(.fieldHidden, "there are fields or audiences with labels that none of your roles has")
        }
        let identity = try namespaces.identity(namespace: query["namespace"], value: query["value"], "the query")
        var place = Disclosure.Place()
        if let start = query["start"] {
            guard let text = Base64URL.decode(start).flatMap({ String(validating: $0, as: UTF8.self) }),
                let found = Disclosure.Place(text)
            else { throw APIError(.queryInvalid, "start is the next of an answer") }
            place = found
        }
        let engine = dependencies.engine
        // Before it is read: what leaves has been recorded.
        let person = try await APIError.mapping { () throws(EngineError) in
            try await engine.profile(identity, mergePolicy: nil)
        }
        if let person { try await dependencies.audit.export(.profile(person.id)) }
        guard
            let part = try await APIError.mapping({ [place] () throws(EngineError) in
                try await engine.disclosure(of: identity, from: place, within: Disclosure.Bounds())
            })
        else { throw APIError(.profileUnknown, "no profile has this identity") }
        var answer = part.members
        answer["suppression"] = part.suppression?.json
        if let next = part.next { answer["next"] = .string(Base64URL.encode(next.text.utf8)) }
        return Response(json: .object(answer))
    }
}

extension IdentityChange {
    /// Why nothing happened; nil = it did.
    var refusal: APIError? {
        switch self {
        case .unknown, .readmitted: APIError(.profileUnknown, "no profile has this identity")
        case .notLinked:
            APIError(
                .identitiesNotLinked,
                "no message has named the two identities together, or their link is gone already; a profile shows "
                    + "all its identities, unlink those that messages named together"
            )
        case .unlinked, .split, .removed, .deleted: nil
        }
    }

    /// What happened, and to which profiles.
    ///
    /// - Throws: `PROFILE_UNKNOWN` and `IDENTITIES_NOT_LINKED` when nothing did.
    fileprivate func answer() throws(APIError) -> JSONValue {
        let (outcome, parts): (String, [Part]) =
            switch self {
            case .unknown, .readmitted, .notLinked:
                throw refusal ?? APIError(.profileUnknown, "no profile has this identity")
            case .unlinked(let part): ("unlinked", [part])
            case .split(let rest, let part): ("split", [rest, part])
            case .removed(let part): ("removed", [part])
            case .deleted(let part): ("deleted", [part])
            }
        return ["outcome": .string(outcome), "profiles": .array(parts.map(\.json))]
    }
}

extension IdentityChange.Part {
    fileprivate var json: JSONValue {
        [
            "id": .string(profile.uuid.description),
            "revision": .integer(revision),
            "identities": .array(
                identities.map { ["namespace": .string($0.namespace), "value": .string($0.value)] }
            ),
        ]
    }
}

extension APIErrorCode {
    static let identitiesNotLinked = APIErrorCode(
        "IDENTITIES_NOT_LINKED",
        status: 409,
        title: "Identities are not linked"
    )
}
