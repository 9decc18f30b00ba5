import ActivationCore
import ActivationEngine

/// A request of people for their data or for its erasure, as `POST /data/core/privacy/jobs` brings it (BEHAVIOUR 3.11).
///
/// What cannot be done is refused, naming its place and never a value of a person.
struct PrivacyRequest: Sendable {
    /// One person, for one or both of the actions.
    struct User: Sendable {
        var key: String
        var actions: Set<PrivacyJob.Action>
        var userIDs: [PrivacyJob.UserID]
        var values: [String]
    }

    var users: [User]
    var products: [String]
    var regulation: PrivacyRegulation
    var priority: PrivacyJob.Priority
    var mergePolicy: MergePolicy.ID?
    var onReturn: DecisionOptions.ReturnRule?

    /// People of a request at most, as Adobe's.
    static let usersMax = 1_000
    /// Identities of one person at most, as Adobe's.
    static let identitiesMax = 9
    /// Characters of what a person is called.
    static let keyCharactersMax = 512

    /// Reads a request.
    ///
    /// - Throws: `FIELD_INVALID`, naming the member.
    init(_ body: JSONValue, orgID: String, in snapshot: ControlSnapshot) throws(APIError) {
        try DocumentedTypes.check(body, as: "PrivacyRequest")
        try PrivacyRequest.checkContexts(body["companyContexts"], orgID)
        products = try PrivacyRequest.products(body["include"])
        regulation = try PrivacyRequest.word(body["regulation"], "regulation")
        priority =
            try body["priority"].map { value throws(APIError) in try PrivacyRequest.word(value, "priority") }
            ?? .normal
        onReturn = try body["onReturn"].map { value throws(APIError) in try PrivacyRequest.word(value, "onReturn") }
        try PrivacyRequest.checkExpansion(body)
        guard body["analyticsDeleteMethod"].map({ $0 == "purge" }) ?? true else {
            throw PrivacyRequest.invalid(
                "analyticsDeleteMethod",
                "is purge: what is erased is erased, nothing is made anonymous"
            )
        }
        if let policy = body["mergePolicyId"] {
            guard let id = policy.string, let entry = MergePolicyRoutes.policy(id, in: snapshot) else {
                throw PrivacyRequest.invalid("mergePolicyId", "names no merge policy; GET the list to see them")
            }
            mergePolicy = UUIDBytes(entry.id).map { MergePolicy.ID(uuid: $0) }
        }
        let list = body["users"]?.array ?? []
        guard 1...PrivacyRequest.usersMax ~= list.count else {
            throw PrivacyRequest.invalid("users", "is a list of 1 to \(PrivacyRequest.usersMax) people")
        }
        users = []
        for (place, user) in list.enumerated() {
            users.append(try PrivacyRequest.user(user, "users/\(place)", in: snapshot))
        }
    }

    private static func invalid(_ place: String, _ reason: String) -> APIError {
        APIError(.fieldInvalid, "\(place) \(reason)")
    }

    private static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ value: JSONValue?,
        _ place: String
    ) throws(APIError) -> Word {
        guard let word = value?.string.flatMap(Word.init) else {
            throw invalid(place, "is one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// The organisation has to name itself; other contexts are those of products that this server does not have.
    private static func checkContexts(_ contexts: JSONValue?, _ orgID: String) throws(APIError) {
        let list = contexts?.array ?? []
        for (place, context) in list.enumerated() {
            guard ["imsorgid", "imsorg"].contains(context["namespace"]?.string?.lowercased()) else {
                throw invalid("companyContexts/\(place)/namespace", "is imsOrgID; no other product has a context here")
            }
            guard let value = context["value"]?.string, value.hasSameBytes(as: orgID) else {
                throw invalid("companyContexts/\(place)/value", "is not the organisation of x-gw-ims-org-id")
            }
        }
        guard 1...listMax ~= list.count else {
            throw invalid("companyContexts", "is needed: [{\"namespace\": \"imsOrgID\", \"value\": your organisation}]")
        }
    }

    /// Items of lists that say little.
    static let listMax = 100

    /// The products that this server stands for; what they have of a person is one, so they are answered together.
    static let products = ["profileService", "identity", "AdobeCloudPlatform"]

    private static func products(_ include: JSONValue?) throws(APIError) -> [String] {
        var named: [String] = []
        for (place, product) in (include?.array ?? []).enumerated() {
            guard let known = products.first(where: { $0.lowercased() == product.string?.lowercased() }) else {
                throw invalid("include/\(place)", "is no product of this server: \(products.joined(separator: ", "))")
            }
            if !named.contains(known) { named.append(known) }
        }
        guard named.contains(products[0]), (include?.array?.count ?? 0) <= listMax else {
            throw invalid(
                "include",
                "has \(products[0]), alone or with \(products.dropFirst().joined(separator: ", ")): profiles, identities and "
                    + "events of a person are shown and erased together"
            )
        }
        return named
    }

    /// Whatever is said: a person's identities belong together here.
    private static func checkExpansion(_ body: JSONValue) throws(APIError) {
        for name in ["expandIds", "expandIDs"] {
            guard let value = body[name] else { continue }
            guard value.bool != nil || ["true", "false"].contains(value.string) else {
                throw invalid(name, "is true or false")
            }
        }
    }

    private static func user(
        _ user: JSONValue,
        _ place: String,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> User {
        guard let key = user["key"]?.string, 1...keyCharactersMax ~= key.unicodeScalars.count else {
            throw invalid(
                "\(place)/key",
                "is a text of 1 to \(keyCharactersMax) characters; it names the person to you"
            )
        }
        guard key.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw invalid("\(place)/key", "has no control characters")
        }
        var actions: Set<PrivacyJob.Action> = []
        for (number, action) in (user["action"]?.array ?? []).enumerated() {
            guard let known = action.string.flatMap(PrivacyJob.Action.init) else {
                throw invalid(
                    "\(place)/action/\(number)",
                    action == "opt-out-of-sale"
                        ? "cannot be opt-out-of-sale: nothing is sold here; state the choice as an attribute or consent"
                        : "is access or delete"
                )
            }
            actions.insert(known)
        }
        guard !actions.isEmpty, (user["action"]?.array?.count ?? 0) <= listMax else {
            throw invalid("\(place)/action", "is a list of access, delete or both")
        }
        let list = user["userIDs"]?.array ?? []
        guard 1...identitiesMax ~= list.count else {
            throw invalid("\(place)/userIDs", "is a list of 1 to \(identitiesMax) identities")
        }
        var result = User(key: key, actions: actions, userIDs: [], values: [])
        for (number, userID) in list.enumerated() {
            let (shown, identity) = try PrivacyRequest.identity(userID, "\(place)/userIDs/\(number)", in: snapshot)
            result.userIDs.append(shown)
            result.values.append(identity.value)
        }
        return result
    }

    /// How the namespace of an identity is named, of Adobe's words those that mean something here.
    static let qualifiers = ["standard", "custom", "integrationCode", "namespaceId"]

    private static func identity(
        _ userID: JSONValue,
        _ place: String,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> (PrivacyJob.UserID, Identity) {
        guard let qualifier = userID["type"]?.string, qualifiers.contains(qualifier) else {
            throw invalid(
                "\(place)/type",
                "is one of \(qualifiers.joined(separator: ", ")): every namespace here is registered"
            )
        }
        guard let value = userID["value"]?.string,
            1...Limits.identityValueCharactersMax ~= value.unicodeScalars.count
        else {
            throw invalid("\(place)/value", "is a text of 1 to \(Limits.identityValueCharactersMax) characters")
        }
        guard let symbol = symbol(of: userID["namespace"]?.string ?? "", qualifier, in: snapshot)
        else {
            throw invalid(
                "\(place)/namespace",
                "names no namespace; /data/core/idnamespace/identities lists them"
            )
        }
        let shown = PrivacyJob.UserID(
            namespace: symbol,
            qualifier: qualifier,
            isDeletedClientSide: userID["isDeletedClientSide"]?.bool ?? false
        )
        return (shown, Identity(namespace: symbol, value: value))
    }

    /// The symbol of the namespace that is named in one of the ways.
    private static func symbol(of name: String, _ qualifier: String, in snapshot: ControlSnapshot) -> String? {
        let known = qualifier == "namespaceId" ? nil : snapshot.namespaces.namespace(symbol: name)?.symbol
        guard qualifier == "namespaceId" || qualifier == "custom" else { return known }
        let numbered = NamespaceStore.all(snapshot).first { numbered in
            qualifier == "custom"
                ? numbered.namespace.name.hasSameBytes(as: name) : String(numbered.number).hasSameBytes(as: name)
        }
        return numbered?.namespace.symbol ?? known
    }

    /// The jobs: one per person and action, what a person wants to see before what is to go.
    func jobs(request: String, author: String, at now: Timestamp, ids: any IDSource) -> [PrivacyJob] {
        var jobs: [PrivacyJob] = []
        for user in users {
            var predecessor: String?
            for action in PrivacyJob.Action.allCases where user.actions.contains(action) {
                let job = PrivacyJob(
                    id: ids.next().description,
                    request: request,
                    ordinal: Int64(jobs.count),
                    action: action,
                    regulation: regulation,
                    priority: priority,
                    products: products,
                    mergePolicy: mergePolicy,
                    onReturn: onReturn,
                    author: author,
                    predecessor: predecessor,
                    subject: PrivacyJob.Subject(key: user.key, values: user.values),
                    userIDs: user.userIDs,
                    createdAt: now,
                    updatedAt: now
                )
                predecessor = job.id
                jobs.append(job)
            }
        }
        return jobs
    }
}
