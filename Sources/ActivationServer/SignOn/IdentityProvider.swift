import ActivationCore
public import ActivationEngine
import FoundationEssentials

/// The identity provider by which people sign in to the console: what it says of itself is asked for when it is needed,
/// so that the server starts without it.
public actor IdentityProvider {
    /// Which provider.
    nonisolated let options: SignOnOptions
    private let transport: any ProviderTransport
    private let time: any TimeSource

    private struct Found<Value: Sendable> {
        var value: Value
        var at: Timestamp
    }

    private var metadata: Found<ProviderMetadata>?
    private var keys: Found<ProviderKeys>?
    private var reading: Task<Result<ProviderMetadata, SignOnError>, Never>?
    private var readingKeys: Task<Result<ProviderKeys, SignOnError>, Never>?
    private var failure: Found<SignOnError>?
    /// States that came back, so that each does so once; two generations bound the memory.
    private var used: (young: Set<String>, old: Set<String>) = ([], [])

    /// How long what the provider says of itself is believed.
    private static let validity = Duration.seconds(3_600)
    /// How soon the keys are asked for anew when a token names one that is not among them.
    private static let keysPause = Duration.seconds(60)
    /// How soon a provider is asked again that did not answer.
    private static let failurePause = Duration.seconds(5)
    private static let usedMax = 10_000

    /// Creates one; nothing is sent.
    ///
    /// - Parameters:
    ///   - options: Which provider.
    ///   - transport: Carries requests to it.
    ///   - time: The clock.
    public init(_ options: SignOnOptions, transport: any ProviderTransport, time: any TimeSource) {
        self.options = options
        self.transport = transport
        self.time = time
    }

    // MARK: The way there

    /// Where a browser is sent to sign in.
    ///
    /// - Parameters:
    ///   - state: What it takes along.
    ///   - sealed: The same, sealed.
    ///   - redirect: Where it comes back to.
    /// - Returns: The URL.
    /// - Throws: ``SignOnError`` when the provider does not say where.
    func authorizationURL(_ state: SignOnState, sealed: String, redirect: String) async throws(SignOnError) -> String {
        let endpoint = try await currentMetadata().authorizationEndpoint
        let query = QueryItems([
            ("response_type", "code"), ("client_id", options.clientID), ("redirect_uri", redirect),
            ("scope", options.scopes), ("state", sealed), ("nonce", state.nonce),
            ("code_challenge", state.challenge), ("code_challenge_method", "S256"),
        ])
        return endpoint + (endpoint.contains("?") ? "&" : "?") + query.text
    }

    // MARK: The way back

    /// Who a browser came back as.
    ///
    /// - Parameters:
    ///   - query: What it came back with.
    ///   - state: What it had set out with.
    ///   - redirect: Where it came back to.
    /// - Returns: Who it is.
    /// - Throws: ``SignOnError``.
    func person(_ query: QueryItems, _ state: SignOnState, redirect: String) async throws(SignOnError) -> IDToken {
        guard take(state) else { throw SignOnError(.stale, "the state came back before") }
        let metadata = try await currentMetadata()
        guard query["iss"].map({ $0.hasSameBytes(as: options.issuer) }) ?? !metadata.namesItself else {
            throw SignOnError(.untrusted, "the answer is of another provider (iss)")
        }
        if let error = query["error"] {
            throw SignOnError(.refused, "the provider answered \(SignOnError.word(error))")
        }
        guard let code = query["code"], !code.isEmpty, code.utf8.count <= 4_096 else {
            throw SignOnError(.untrusted, "the provider sent no code")
        }
        let text = try await token(for: code, state, redirect: redirect, at: metadata)
        let token = try IDToken.Unverified(text)
        return try await IDToken(
            token,
            keys: try await currentKeys(for: token.key),
            options: options,
            nonce: state.nonce,
            now: time.now()
        )
    }

    /// Whether a state comes back for the first time.
    private func take(_ state: SignOnState) -> Bool {
        guard !used.young.contains(state.nonce), !used.old.contains(state.nonce) else { return false }
        if used.young.count >= IdentityProvider.usedMax { used = ([], used.young) }
        used.young.insert(state.nonce)
        return true
    }

    private func token(
        for code: String,
        _ state: SignOnState,
        redirect: String,
        at metadata: ProviderMetadata
    ) async throws(SignOnError) -> String {
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect),
            ("code_verifier", state.verifier),
        ]
        var authorization: String?
        if let secret = options.clientSecret, !metadata.takesSecretInForm {
            // Both are form-encoded first (RFC 6749, section 2.3.1).
            let pair = "\(options.clientID.percentEncoded()):\(secret.percentEncoded())"
            authorization = "Basic \(Data(pair.utf8).base64EncodedString())"
        } else {
            form.append(("client_id", options.clientID))
            if let secret = options.clientSecret { form.append(("client_secret", secret)) }
        }
        let answer = try await send(
            ProviderRequest(
                url: metadata.tokenEndpoint,
                form: QueryItems(form.map { (name: $0.0, value: $0.1) }).text,
                authorization: authorization
            )
        )
        let json = try? JSONValue(parsing: answer.body)
        guard answer.status == 200, let token = json?["id_token"]?.string else {
            let word = json?["error"]?.string.map(SignOnError.word) ?? "no ID token"
            throw SignOnError(
                answer.status >= 500 ? .unreachable : .untrusted,
                "the token endpoint answered \(answer.status) with \(word)"
            )
        }
        return token
    }

    // MARK: What the provider says of itself

    private func currentMetadata() async throws(SignOnError) -> ProviderMetadata {
        if let metadata, isFresh(metadata.at, IdentityProvider.validity) { return metadata.value }
        if let failure, isFresh(failure.at, IdentityProvider.failurePause) { throw failure.value }
        let (issuer, transport) = (options.issuer, transport)
        // Whoever comes meanwhile waits for the same answer.
        let task =
            reading
            ?? Task {
                await Result.catching { () async throws(SignOnError) in
                    let bytes = try await transport.document(ProviderMetadata.url(of: issuer))
                    return try ProviderMetadata(bytes, of: issuer)
                }
            }
        reading = task
        let outcome = await task.value
        reading = nil
        switch outcome {
        case .success(let value):
            metadata = Found(value: value, at: time.now())
            failure = nil
            return value
        case .failure(let error):
            failure = Found(value: error, at: time.now())
            throw error
        }
    }

    /// The provider's keys, which are asked for anew when a token names one that is not among them.
    private func currentKeys(for id: String?) async throws(SignOnError) -> ProviderKeys {
        if let keys {
            let isOld = !isFresh(keys.at, IdentityProvider.validity)
            let isMissed = !keys.value.has(id) && !isFresh(keys.at, IdentityProvider.keysPause)
            guard isOld || isMissed else { return keys.value }
        }
        let url = try await currentMetadata().keysURL
        let transport = transport
        let task =
            readingKeys
            ?? Task {
                await Result.catching { () async throws(SignOnError) in
                    try ProviderKeys(try await transport.document(url))
                }
            }
        readingKeys = task
        let outcome = await task.value
        readingKeys = nil
        let value = try outcome.get()
        keys = Found(value: value, at: time.now())
        return value
    }

    private func isFresh(_ instant: Timestamp, _ span: Duration) -> Bool {
        let age = instant.duration(to: time.now())
        return age >= .zero && age < span
    }

    private func send(_ request: ProviderRequest) async throws(SignOnError) -> ProviderAnswer {
        do throws(ProviderTransportError) {
            return try await transport.send(request)
        } catch {
            throw SignOnError(.unreachable, error.description)
        }
    }
}

extension ProviderTransport {
    /// A document that anybody may read.
    fileprivate func document(_ url: String) async throws(SignOnError) -> [UInt8] {
        let answer: ProviderAnswer
        do throws(ProviderTransportError) {
            answer = try await send(ProviderRequest(url: url))
        } catch {
            throw SignOnError(.unreachable, error.description)
        }
        guard answer.status == 200 else { throw SignOnError(.unreachable, "\(url) answered \(answer.status)") }
        return answer.body
    }
}

extension Result where Success: Sendable {
    fileprivate static func catching(_ work: () async throws(Failure) -> Success) async -> Result {
        do throws(Failure) {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }
}

extension SignOnError {
    /// A provider's word for an error, if it looks like one (RFC 6749, section 4.1.2.1).
    fileprivate static func word(_ text: String) -> String {
        let isWord = text.utf8.count <= 64 && text.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) }
        return isWord ? text : "an error"
    }
}
