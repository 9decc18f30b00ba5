/// The bounds of the HTTP server, each with its reason.
enum ServerLimits {
    /// How long a client may take to send the body of one API request; bulk streams have only the idle timeout.
    static let bodyDeadline: Duration = .seconds(30)
    /// How long requests under way may take once the server stops; what comes after them needs its time too.
    static let requestsDrainDeadline: Duration = .seconds(4)
    /// How long a connection may be silent, so that idle clients do not hold sockets for ever.
    static let idleTimeout: Duration = .seconds(60)
    /// Connections at a time; each costs a socket and a few kilobytes.
    static let connectionsMax = 4_096
    /// Header bytes of one request; a token with room for a proxy's additions.
    static let headerBytesMax = 32_768
    /// Header fields of one request.
    static let headerFieldsMax = 100
    /// Items of a list answer when the client does not say (RULINGS 28).
    static let pageItemsDefault = 20
    /// Items of a list answer at most (RULINGS 28).
    static let pageItemsMax = 100
    /// Operations of one JSON Patch; the largest useful one replaces every audience of a dataflow.
    static let patchOperationsMax = 1_000
    /// Audiences and attributes of one dataflow, four times Adobe's soft limit (SPEC 10.1).
    static let selectorsMax = 1_000
    /// Characters of names.
    static let nameCharactersMax = 512
    /// Objects of one kind; keeps lists, which come whole, small.
    static let objectsMax = 10_000
}
