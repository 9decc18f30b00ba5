import ActivationCore
import Hummingbird

/// `/data/core/idnamespace/identities`: create, list and read; nothing changes or leaves (SPEC 4.3, RULINGS 22).
struct NamespaceRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("core/idnamespace/identities") { _, _ in
            Response(json: .array(all(control.snapshot).map(\.json)))
        }
        adobe.post("core/idnamespace/identities") { request, _ in try await create(request) }
        adobe.get("core/idnamespace/identities/{id}") { _, context in try show(context.pathParameter("id")) }
    }

    /// A namespace as the API numbers and shows it.
    private struct Numbered: Sendable {
        var number: Int64
        var namespace: IdentityNamespace
        var createdAt: Timestamp

        var json: JSONValue {
            [
                "id": .integer(number),
                "code": .string(namespace.symbol),
                "name": .string(namespace.name),
                "idType": .string(namespace.type.rawValue),
                "description": .string(namespace.description),
                "custom": .bool(namespace.isCustom),
                "status": "ACTIVE",
                "createTime": .integer(createdAt.milliseconds),
                "updateTime": .integer(createdAt.milliseconds),
            ]
        }
    }

    /// Custom namespaces are numbered from here on, standard ones from 1.
    private static let firstCustomNumber: Int64 = 10_000_000

    private func all(_ snapshot: ControlSnapshot) -> [Numbered] {
        let standard = NamespaceDirectory.standard.enumerated().map { position, namespace in
            Numbered(number: Int64(position + 1), namespace: namespace, createdAt: Timestamp(milliseconds: 0))
        }
        return standard + NamespaceRoutes.custom(snapshot)
    }

    private static func custom(_ snapshot: ControlSnapshot) -> [Numbered] {
        snapshot.entries(.namespace).compactMap { entry in
            guard let namespace = IdentityNamespace(entry), let number = Int64(entry.id) else { return nil }
            return Numbered(number: number, namespace: namespace, createdAt: entry.createdAt)
        }
    }

    private func show(_ id: String) throws(APIError) -> Response {
        let snapshot = control.snapshot
        let symbol = snapshot.namespaces.namespace(symbol: id)?.symbol
        guard let found = all(snapshot).first(where: { String($0.number) == id || $0.namespace.symbol == symbol })
        else {
            throw APIError(.namespaceUnknown, "no namespace has this id or symbol; GET the list to see them")
        }
        return Response(json: found.json)
    }

    private func create(_ request: Request) async throws(APIError) -> Response {
        let namespace = try NamespaceRoutes.namespace(try await request.json())
        let created = try await control.write { draft throws(APIError) in
            guard draft.snapshot.namespaces.namespace(symbol: namespace.symbol) == nil else {
                throw APIError(.namespaceTaken, "code: a namespace has this symbol already, perhaps in another case")
            }
            guard !draft.snapshot.namespaces.all.contains(where: { $0.name == namespace.name }) else {
                throw APIError(.namespaceTaken, "name: a namespace has this name already")
            }
            let last = NamespaceRoutes.custom(draft.snapshot).map(\.number).max()
            let number = last.map { $0 + 1 } ?? NamespaceRoutes.firstCustomNumber
            let entry = try draft.insert(
                .namespace,
                id: String(number),
                body: [
                    "code": .string(namespace.symbol),
                    "name": .string(namespace.name),
                    "idType": .string(namespace.type.rawValue),
                    "description": .string(namespace.description),
                ]
            )
            return Numbered(number: number, namespace: namespace, createdAt: entry.createdAt)
        }
        return Response(json: created.json, status: .created)
    }

    private static func namespace(_ body: JSONValue) throws(APIError) -> IdentityNamespace {
        guard let code = body["code"]?.string, isSymbol(code) else {
            throw APIError(
                .fieldInvalid,
                "code is the symbol: 1 to \(symbolCharactersMax) letters, digits, _, - or ., the first a letter or digit"
            )
        }
        guard let name = body["name"]?.string, !name.isEmpty, name.count <= ServerLimits.nameCharactersMax else {
            throw APIError(.fieldInvalid, "name is a text of 1 to \(ServerLimits.nameCharactersMax) characters")
        }
        guard let type = body["idType"]?.string.flatMap(IdentityType.init(rawValue:)) else {
            let accepted = IdentityType.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError(.fieldInvalid, "idType is one of \(accepted)")
        }
        let description = body["description"]
        guard description == nil || description?.isNull == true || description?.string != nil else {
            throw APIError(.fieldInvalid, "description is a text")
        }
        return IdentityNamespace(
            symbol: code,
            name: name,
            type: type,
            isCustom: true,
            description: description?.string ?? ""
        )
    }

    /// Symbols become keys of exported identity maps, so they stay short and plain.
    private static let symbolCharactersMax = 64

    private static func isSymbol(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: false
            }
        }
        return text.utf8.count <= symbolCharactersMax
            && (text.utf8.first.map(isAlphanumeric) ?? false)
            && text.utf8.allSatisfy { isAlphanumeric($0) || [45, 46, 95].contains($0) }
    }
}

extension APIErrorCode {
    static let namespaceUnknown = APIErrorCode("NAMESPACE_UNKNOWN", status: 404, title: "Namespace not found")
    static let namespaceTaken = APIErrorCode("NAMESPACE_TAKEN", status: 409, title: "Namespace exists")
}
