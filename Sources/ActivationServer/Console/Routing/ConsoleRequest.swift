import ActivationCore
import ActivationEngine
import Console
import Hummingbird

/// Who is signed in, and in which session.
struct ConsoleViewer: Sendable {
    var user: ConsoleUser
    var session: ConsoleSession
    /// What their roles allow now.
    var permissions: Set<Permission>
    /// What they may see of what has labels.
    var clearance: Clearance
    /// What their forms carry.
    var token: String

    /// The sandbox that they look at where the page is of none.
    var place: ConsolePlace?

    /// Whether the person has all of some permissions.
    func may(_ needed: Permission...) -> Bool { permissions.isSuperset(of: needed) }
}

/// What the handler of a page or form works with.
struct ConsoleRequest: Sendable {
    let request: Request
    let context: ServerContext
    /// The path, with `/console`.
    let path: String
    /// The path below `/console`, with its parameters unfilled.
    let route: String
    /// The query.
    let query: QueryItems
    /// The present.
    let now: Timestamp
    /// The address from which it came.
    var sender: String?
    /// Who asks; nil on pages before the sign-in.
    var viewer: ConsoleViewer?
    /// What stands for the browser before it has a session.
    var browser = ""
    /// What was typed; empty when a form is only shown.
    var form = QueryItems([])
    /// The parameters of the path, by name.
    var parameters: [String: String] = [:]

    /// A parameter of the path.
    func parameter(_ name: String) -> String {
        parameters[name] ?? context.pathParameter(name)
    }

    /// The person who is signed in.
    ///
    /// - Throws: `CONSOLE_PERMISSION` when a route was left open by mistake.
    func signedIn() throws(APIError) -> ConsoleViewer {
        guard let viewer else { throw APIError(.consolePermission, "this page needs somebody who is signed in") }
        return viewer
    }

    /// The person who is signed in, as services know who asks.
    ///
    /// - Throws: `CONSOLE_PERMISSION` when a route was left open by mistake.
    func client(of orgID: String) throws(APIError) -> AuthenticatedClient {
        AuthenticatedClient(
            clientID: try signedIn().user.email,
            orgID: orgID,
            permissions: try signedIn().permissions,
            clearance: try signedIn().clearance,
            way: .console,
            requestID: context.requestID,
            sender: sender
        )
    }

    /// Who is behind it, for the history, whether signed in or not.
    ///
    /// - Parameter name: Who; nil = nobody that is known.
    /// - Returns: The author.
    func author(named name: String?) -> ConfigurationChange.Author {
        ConfigurationChange.Author(
            name: name ?? AuditSubject.nobody.id,
            way: .console,
            requestID: context.requestID,
            sender: sender
        )
    }

    /// Whose name stands in the history of what the request changes.
    ///
    /// - Throws: `CONSOLE_PERMISSION` when a route was left open by mistake.
    func author() throws(APIError) -> ConfigurationChange.Author {
        author(named: try signedIn().user.email)
    }

    /// What the browser calls itself.
    var agent: String { request.headers[.userAgent] ?? "" }
}

/// What a handler answers.
struct ConsoleAnswer: Sendable {
    enum Content: Sendable {
        case page(any ConsoleView)
        case redirect(String)
        /// What a page's script asked for.
        case data(JSONValue)
        /// A file to keep, under a name that the program chose.
        case download(String, JSONValue)
        /// A file to keep that is read while it is sent.
        case file(Response)
        /// What an open page is sent.
        case feed(LiveFeed)
    }

    var content: Content
    /// The status of a page, or of data.
    var status = 200
    /// When to come back; nil = it says nothing of that.
    var retryAfterSeconds: Int?
    /// Cookies to set.
    var cookies: [String] = []
    /// Who has signed in by it; nil = nobody has.
    var viewer: ConsoleViewer?

    /// A page.
    static func page(_ page: some ConsoleView, status: Int = 200) -> ConsoleAnswer {
        ConsoleAnswer(content: .page(page), status: status)
    }

    /// What a page's script asked for.
    static func data(_ data: JSONValue, status: Int = 200) -> ConsoleAnswer {
        ConsoleAnswer(content: .data(data), status: status)
    }

    /// A file to keep.
    ///
    /// - Parameters:
    ///   - name: A name that the program chose: it stands in a header.
    ///   - data: What it holds.
    /// - Returns: The answer.
    static func download(_ name: String, _ data: JSONValue) -> ConsoleAnswer {
        ConsoleAnswer(content: .download(name, data))
    }

    /// Another page, which is asked for by itself; so a reload repeats nothing.
    static func redirect(_ path: String, _ notice: ConsoleNotice? = nil) -> ConsoleAnswer {
        ConsoleAnswer(content: .redirect(notice.map { "\(path)?\(ConsoleNotice.item)=\($0.rawValue)" } ?? path))
    }

    /// What an open page is sent.
    static func feed(_ feed: LiveFeed) -> ConsoleAnswer { ConsoleAnswer(content: .feed(feed)) }

    /// Somewhere else, for who is in another sandbox than the request.
    static func elsewhere(isForScript: Bool) -> ConsoleAnswer {
        isForScript
            ? .data(["text": "Another sandbox was chosen meanwhile. Reload the page."], status: 409)
            : .redirect(SandboxPages.root.path)
    }

    /// The same with a cookie.
    func setting(_ cookie: String) -> ConsoleAnswer {
        var answer = self
        answer.cookies.append(cookie)
        return answer
    }
}

/// What is said once after something was done; the word stands in the URL, the text here.
enum ConsoleNotice: String, Sendable, CaseIterable {
    case signedOut = "signed-out"
    case passwordChanged = "password-changed"
    case sessionsEnded = "sessions-ended"
    case accountRotated = "account-rotated"
    case accountDeleted = "account-deleted"
    case dataflowMade = "dataflow-made"
    case mappingApplied = "mapping-applied"
    case audiencesApplied = "audiences-applied"
    case settingsKept = "settings-kept"
    case draftGone = "draft-gone"
    case dataflowEnabled = "dataflow-enabled"
    case dataflowDisabled = "dataflow-disabled"
    case deadLettersReplayed = "dead-letters-replayed"
    case deadLettersKept = "dead-letters-kept"
    case deadLettersDiscarded = "dead-letters-discarded"
    case deadLettersLeft = "dead-letters-left"
    case valuesHidden = "values-hidden"
    case profileErased = "profile-erased"
    case backfillBegun = "backfill-begun"
    case backfillChanged = "backfill-changed"
    case backfillCancelled = "backfill-cancelled"
    case privacyAsked = "privacy-asked"
    case mergePolicyKept = "merge-policy-kept"
    case mergePolicyDeleted = "merge-policy-deleted"
    case namespaceMade = "namespace-made"
    case namespaceChanged = "namespace-changed"
    case credentialRevoked = "credential-revoked"
    case credentialKept = "credential-kept"
    case secretRemoved = "secret-removed"
    case tokensEnded = "tokens-ended"
    case roleKept = "role-kept"
    case roleDeleted = "role-deleted"
    case groupKept = "group-kept"
    case groupDeleted = "group-deleted"
    case policyKept = "policy-kept"
    case policyDeleted = "policy-deleted"
    case labelsKept = "labels-kept"
    case datasetEndKept = "dataset-end-kept"
    case datasetStays = "dataset-stays"
    case visibilityKept = "visibility-kept"
    case actionKept = "action-kept"
    case actionDeleted = "action-deleted"
    case userKept = "user-kept"
    case userRemoved = "user-removed"
    case testWritten = "test-written"
    case audienceMade = "audience-made"
    case audienceChanged = "audience-changed"
    case audienceDeleted = "audience-deleted"
    case audiencePublished = "audience-published"
    case audienceDeactivated = "audience-deactivated"
    case audienceCopied = "audience-copied"
    case audiencesChanged = "audiences-changed"
    case audienceRefreshed = "audience-refreshed"
    case uploadDiscarded = "upload-discarded"
    case alertAcknowledged = "alert-acknowledged"
    case alertSnoozed = "alert-snoozed"
    case alertRuleKept = "alert-rule-kept"
    case alertRuleDeleted = "alert-rule-deleted"
    case alertChannelKept = "alert-channel-kept"
    case alertChannelDeleted = "alert-channel-deleted"
    case alertTestTaken = "alert-test-taken"
    case alertTestRefused = "alert-test-refused"
    case sandboxChosen = "sandbox-chosen"
    case sandboxMade = "sandbox-made"
    case sandboxKept = "sandbox-kept"
    case sandboxEmptied = "sandbox-emptied"
    case sandboxDeleted = "sandbox-deleted"

    /// The query item that holds the word.
    static let item = "done"

    /// The text.
    var text: String {
        switch self {
        case .signedOut: "You are signed out."
        case .passwordChanged: "The password is changed. Other sessions of yours have ended."
        case .sessionsEnded: "Your other sessions have ended."
        case .accountRotated: "The account has new credentials. Its dataflows use them from now on."
        case .accountDeleted: "The account is deleted."
        case .dataflowMade: "The dataflow is made and enabled. It sends nothing until an audience is mapped."
        case .mappingApplied: "The mapping is changed; it counts from now on."
        case .audiencesApplied: "The audiences are changed; that counts from now on."
        case .settingsKept: "The settings are kept; they count from the next record."
        case .draftGone: "The draft is gone."
        case .dataflowEnabled: "The dataflow is enabled."
        case .dataflowDisabled: "The dataflow is disabled. What waits stays until it is enabled again."
        case .profileErased: "The person is erased. This is what was ever sent of them."
        case .privacyAsked: "The request is taken. It is done whether or not this page is open."
        case .mergePolicyKept: "The merge policy is kept. Where its rule changed, its audiences are evaluated anew."
        case .mergePolicyDeleted: "The merge policy is deleted."
        case .namespaceMade: "The namespace is made. Messages may use it from now on."
        case .namespaceChanged: "The namespace is changed. Messages that come from now on are held against it."
        case .credentialRevoked: "The credential is revoked, and its tokens with it."
        case .credentialKept: "The credential has these roles from its next request on."
        case .secretRemoved: "The secret is removed."
        case .tokensEnded: "Ended: refused from now on."
        case .roleKept: "The role is kept; who has it may do what it says from now on."
        case .roleDeleted: "The role is deleted."
        case .groupKept: "The group is kept; its members may do what its roles say from now on."
        case .groupDeleted: "The group is deleted."
        case .policyKept: "The policy is kept; every change from now on is held against it while it is on."
        case .policyDeleted: "The policy is deleted."
        case .datasetEndKept: "The date is kept; on it the dataset ends."
        case .datasetStays: "The date is cancelled; the dataset stays."
        case .labelsKept: "The labels are kept; they count from now on."
        case .visibilityKept: "It is kept; it counts from everybody's next step on."
        case .actionKept: "The marketing action is kept."
        case .actionDeleted: "The marketing action is deleted."
        case .userKept: "The user has these roles from their next step on."
        case .userRemoved: "The user is removed."
        case .testWritten: "The test record is written. The first line below says where it is."
        case .audienceMade: "The audience is made. Stored profiles are evaluated now."
        case .audienceChanged: "The audience is changed. Where its rule changed, stored profiles are evaluated anew."
        case .audienceDeleted: "The audience is deleted."
        case .audiencePublished: "The audience is published. Dataflows may export it."
        case .audienceDeactivated: "The audience is inactive. Its members stay as they are until it is published again."
        case .audienceCopied: "This is the copy, a draft. Change it and publish it."
        case .audiencesChanged: "It is done to all of them."
        case .audienceRefreshed: "The members are confirmed; their days begin anew."
        case .uploadDiscarded: "The upload is discarded."
        case .alertAcknowledged: "The alert is acknowledged."
        case .alertSnoozed: "The alert is snoozed, or its snooze is over."
        case .alertRuleKept: "The rule is kept; it is looked at within seconds."
        case .alertRuleDeleted: "The rule is deleted."
        case .alertChannelKept: "The channel is kept. Try it."
        case .alertChannelDeleted: "The channel is deleted."
        case .alertTestTaken: "The test was taken."
        case .alertTestRefused: "The test was not taken. The first line below says why."
        case .backfillBegun: "The backfill has begun. It goes on whether or not this page is open."
        case .backfillChanged: "The backfill is changed."
        case .backfillCancelled: "The backfill is cancelled."
        case .deadLettersReplayed: "They are sent again."
        case .deadLettersKept:
            "Sent again, but for those that have no present form: the person is gone, or an audience was unmapped."
        case .deadLettersDiscarded: "They are given up."
        case .deadLettersLeft: "Not all of them yet; there are very many. Do it once more."
        case .sandboxChosen: "You are in another sandbox now."
        case .sandboxMade: "The sandbox is being made; it can be used when it is active. Let roles count in it."
        case .sandboxKept: "The sandbox has another title."
        case .sandboxEmptied: "The sandbox is being emptied."
        case .sandboxDeleted: "The sandbox is being deleted."
        case .valuesHidden: "Personal values are masked again."
        }
    }
}
