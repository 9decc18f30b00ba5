/// What carries alerts out of the server.
///
/// Calls may overlap.
public protocol AlertTransport: Sendable {
    /// Refuses a URL that nothing may be sent to, whatever it leads to.
    ///
    /// - Parameter url: Where to send.
    /// - Throws: ``AlertTransportError`` with what to do.
    func check(url: String) throws(AlertTransportError)

    /// Refuses a mail server that nothing may be sent to, whatever its name leads to.
    ///
    /// - Parameter server: The server.
    /// - Throws: ``AlertTransportError`` with what to do.
    func check(_ server: MailServer) throws(AlertTransportError)

    /// Sends one request and reads the answer; redirects are not followed.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, whatever its status.
    /// - Throws: ``AlertTransportError`` when there is none, or it may not be sent there.
    func send(_ request: WebhookRequest) async throws(AlertTransportError) -> WebhookAnswer

    /// Gives a mail to a server.
    ///
    /// - Parameters:
    ///   - mail: The mail.
    ///   - server: The server.
    /// - Throws: ``AlertTransportError`` when the server did not take it for every addressee.
    func send(_ mail: AlertMail, by server: MailServer) async throws(AlertTransportError)
}

/// A request to a webhook.
public struct WebhookRequest: Sendable, Equatable {
    /// Where to.
    public var url: String
    /// Nil = a GET.
    public var body: [UInt8]?
    /// Headers beside those that follow from the body.
    public var headers: [(name: String, value: String)]

    /// Creates a request.
    public init(url: String, body: [UInt8]? = nil, headers: [(name: String, value: String)] = []) {
        self.url = url
        self.body = body
        self.headers = headers
    }

    /// Whether both are the same request.
    public static func == (left: WebhookRequest, right: WebhookRequest) -> Bool {
        left.url == right.url && left.body == right.body
            && left.headers.elementsEqual(right.headers) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// The answer of a webhook.
public struct WebhookAnswer: Sendable, Equatable {
    /// The HTTP status.
    public var status: Int
    /// The first bytes of the body.
    public var body: [UInt8]

    /// Bytes of a body that are read.
    public static let bytesMax = 16_384

    /// Creates an answer.
    public init(status: Int, body: [UInt8] = []) {
        self.status = status
        self.body = body
    }
}

/// Where mails go first.
public struct MailServer: Sendable, Equatable {
    /// How a connection is secured.
    public enum Security: String, Sendable, CaseIterable {
        /// TLS from the first byte.
        case tls
        /// TLS after `STARTTLS`, or nothing is sent.
        case starttls
        /// None; to this machine alone.
        case none
    }

    /// Its name or address.
    public var host: String
    /// Its port.
    public var port: Int
    /// How the connection is secured.
    public var security: Security
    /// What is signed in with; nil = nothing.
    public var username: String?
    /// What is signed in with; nil = nothing.
    public var password: String?

    /// Creates a mail server.
    public init(host: String, port: Int, security: Security, username: String? = nil, password: String? = nil) {
        self.host = host
        self.port = port
        self.security = security
        self.username = username
        self.password = password
    }
}

/// A mail.
public struct AlertMail: Sendable, Equatable {
    /// A name of its own, the same in each attempt.
    public var id: String
    /// Whom it is from.
    public var from: String
    /// Whom it is to.
    public var to: [String]
    /// Its subject, one line.
    public var subject: String
    /// Its text.
    public var text: String
    /// When it was written, in milliseconds since 1970.
    public var milliseconds: Int64

    /// Creates a mail.
    public init(id: String, from: String, to: [String], subject: String, text: String, milliseconds: Int64) {
        self.id = id
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.milliseconds = milliseconds
    }
}

/// Why something did not get out.
public struct AlertTransportError: Error, Sendable, CustomStringConvertible {
    /// What was tried, what was found, what to do; without secrets.
    public var description: String

    /// Creates an error.
    public init(_ description: String) {
        self.description = description
    }
}

/// Carries nothing: for servers that tell nobody.
public struct NoAlertTransport: AlertTransport {
    private static let error = AlertTransportError("this server sends no alerts to others")

    /// Creates one.
    public init() {}

    /// See ``AlertTransport/check(url:)``.
    public func check(url: String) throws(AlertTransportError) { throw Self.error }

    /// See ``AlertTransport/check(_:)``.
    public func check(_ server: MailServer) throws(AlertTransportError) { throw Self.error }

    /// See ``AlertTransport/send(_:)``.
    public func send(_ request: WebhookRequest) async throws(AlertTransportError) -> WebhookAnswer { throw Self.error }

    /// See ``AlertTransport/send(_:by:)``.
    public func send(_ mail: AlertMail, by server: MailServer) async throws(AlertTransportError) { throw Self.error }
}
