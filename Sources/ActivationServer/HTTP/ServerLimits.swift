import NIOCore

/// The bounds of the HTTP server, each with its reason.
enum ServerLimits {
    /// How long a client may take to send the body of one API request; lines have ``IngestionLimits/lineTime`` each.
    static let bodyDeadline: Duration = .seconds(30)
    /// How long requests under way may take once the server stops; what comes after them needs its time too.
    static let requestsDrainDeadline: Duration = .seconds(4)
    /// How long a new connection may take to its first whole request head, TLS included; nobody needs so long.
    static let firstHeadTime: TimeAmount = .seconds(15)
    /// How long a connection may be without a request, so that idle clients do not hold sockets for ever.
    static let idleTime: TimeAmount = .seconds(60)
    /// How long a client may take for one piece of an answer, so that nobody holds a socket by reading nothing.
    static let takeTime: TimeAmount = .seconds(60)
    /// Bytes of a piece; a client that takes a kilobyte in a second gets any answer.
    static let answerPieceBytes = 65_536
    /// How long a client whose request was answered early may go on sending it.
    static let lingerTime: TimeAmount = .seconds(10)
    /// How long a client for whom there was no room may take to read that.
    static let refusalTime: TimeAmount = .seconds(1)
    /// How long accepting rests when there is no descriptor for a connection.
    static let acceptPause: TimeAmount = .seconds(1)
    /// Connections that wait to be accepted.
    static let backlog = 1_024
    /// Header bytes of one request; a token with room for a proxy's additions.
    static let headerBytesMax = 32_768
    /// Header fields of one request.
    static let headerFieldsMax = 100
    /// Items of a list answer when the client does not say (BEHAVIOUR 1.8).
    static let pageItemsDefault = 20
    /// Items of a list answer at most (BEHAVIOUR 1.8).
    static let pageItemsMax = 100
    /// Operations of one JSON Patch; the largest useful one replaces every audience of a dataflow.
    static let patchOperationsMax = 1_000
    /// Audiences and attributes of one dataflow, four times Adobe's soft limit (BEHAVIOUR 10.1).
    static let selectorsMax = 1_000
    /// Audiences of a flow beyond which Adobe gives no support; more are accepted with a warning.
    static let audiencesAdvised = 250
    /// Attributes of a flow beyond which Adobe gives no support; more are accepted with a warning.
    static let attributesAdvised = 50
    /// Merge policies (BEHAVIOUR 4.4); a change of a profile is merged once for each that its audiences use.
    static let mergePoliciesMax = 5
    /// Characters of names.
    static let nameCharactersMax = 512
    /// Tags of one audience, and its labels.
    static let tagsMax = 50
    /// Characters of a tag or label.
    static let tagCharactersMax = 100
    /// Audiences that one bulk action names (BEHAVIOUR 5.2).
    static let bulkAudiencesMax = 25
    /// Objects of one kind; keeps lists, which come whole, small.
    static let objectsMax = 10_000
}
