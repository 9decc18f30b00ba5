/// What carries requests to the identity provider.
///
/// Calls may overlap.
public protocol ProviderTransport: Sendable {
    /// Sends one request and reads the answer, within seconds; redirects are not followed.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, whatever its status.
    /// - Throws: ``ProviderTransportError`` when there is none.
    func send(_ request: ProviderRequest) async throws(ProviderTransportError) -> ProviderAnswer
}

/// A request to the identity provider.
public struct ProviderRequest: Sendable, Equatable {
    /// Where to.
    public var url: String
    /// A form; nil = a GET.
    public var form: String?
    /// The `authorization` header; nil = none.
    public var authorization: String?

    /// Creates a request.
    public init(url: String, form: String? = nil, authorization: String? = nil) {
        self.url = url
        self.form = form
        self.authorization = authorization
    }
}

/// The answer of the identity provider.
public struct ProviderAnswer: Sendable, Equatable {
    /// The HTTP status.
    public var status: Int
    /// The body.
    public var body: [UInt8]

    /// Bytes of a body, at most: some providers have many keys with certificates.
    public static let bytesMax = 262_144

    /// Creates an answer.
    public init(status: Int, body: [UInt8] = []) {
        self.status = status
        self.body = body
    }
}

/// Why the identity provider was not reached.
public struct ProviderTransportError: Error, Sendable, CustomStringConvertible {
    /// What was tried, what was found, what to do; without secrets.
    public var description: String

    /// Creates an error.
    public init(_ description: String) {
        self.description = description
    }
}
