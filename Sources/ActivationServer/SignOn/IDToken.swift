import ActivationCore

/// Who signed in, as an identity provider says (OpenID Connect Core 1.0, section 2).
struct IDToken: Sendable {
    /// The parts that stand before it can be believed.
    struct Unverified: Sendable {
        let algorithm: ProviderKeys.Algorithm
        let key: String?
        fileprivate let signed: [UInt8]
        fileprivate let signature: [UInt8]
        fileprivate let claims: [UInt8]

        /// Characters of a token that are looked at.
        static let bytesMax = 65_536

        /// Takes a token apart.
        ///
        /// - Throws: ``SignOnError`` for what is no token, or is signed in a way that proves nothing.
        init(_ text: String) throws(SignOnError) {
            guard text.utf8.count <= Unverified.bytesMax else {
                throw SignOnError(.untrusted, "the ID token has more than \(Unverified.bytesMax) bytes")
            }
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, let head = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
                let signature = Base64URL.decode(parts[2]), let header = try? JSONValue(parsing: head),
                header.object != nil
            else { throw SignOnError(.untrusted, "the ID token is no signed JSON Web Token") }
            guard let algorithm = header["alg"]?.string.flatMap(ProviderKeys.Algorithm.init) else {
                throw SignOnError(
                    .untrusted,
                    "the ID token is not signed by any of "
                        + ProviderKeys.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            guard header["crit"] == nil else {
                throw SignOnError(.untrusted, "the ID token has critical members that nobody here knows")
            }
            self.algorithm = algorithm
            key = header["kid"]?.string
            signed = Array("\(parts[0]).\(parts[1])".utf8)
            self.signature = signature
            self.claims = claims
        }
    }

    /// Who the person is at the provider.
    let subject: String
    let name: String?
    /// An e-mail address that the provider does not call unproven.
    let email: EmailAddress?
    /// The names of their groups, as the provider has them.
    let groups: [String]

    /// How far clocks may differ.
    private static let leeway: Int64 = 60
    /// How old a token may be that was just asked for.
    private static let ageMax: Int64 = 600
    /// Groups that are looked at.
    private static let groupsMax = 2_000

    /// Checks a token (OpenID Connect Core 1.0, section 3.1.3.7).
    ///
    /// - Parameters:
    ///   - token: The token.
    ///   - keys: The provider's keys.
    ///   - options: Which provider, and who this server is there.
    ///   - nonce: What was sent with the question.
    ///   - now: The present.
    /// - Throws: ``SignOnError`` for one that is not to be believed.
    init(
        _ token: Unverified,
        keys: ProviderKeys,
        options: SignOnOptions,
        nonce: String,
        now: Timestamp
    ) async throws(SignOnError) {
        func refuse(_ detail: String) -> SignOnError { SignOnError(.untrusted, "the ID token \(detail)") }
        guard await keys.signed(token.signature, token.signed, by: token.algorithm, key: token.key) else {
            throw refuse("is not signed by a key of the provider")
        }
        guard let claims = try? JSONValue(parsing: token.claims), claims.object != nil else {
            throw refuse("holds no JSON object")
        }
        guard claims["iss"]?.string?.hasSameBytes(as: options.issuer) ?? false else {
            throw refuse("is of another issuer")
        }
        let audiences = claims["aud"]?.string.map { [$0] } ?? (claims["aud"]?.array ?? []).compactMap(\.string)
        guard audiences.contains(where: { $0.hasSameBytes(as: options.clientID) }) else {
            throw refuse("is for another client")
        }
        let isForUs = claims["azp"].map { $0.string?.hasSameBytes(as: options.clientID) ?? false }
        guard isForUs ?? (audiences.count == 1) else { throw refuse("was asked for by another client (azp)") }
        let seconds = now.milliseconds / 1_000
        func instant(_ claim: String) -> Int64? {
            claims[claim]?.double.flatMap { Int64(exactly: $0.rounded(.down)) }.flatMap {
                (0...1 << 40).contains($0) ? $0 : nil
            }
        }
        guard let end = instant("exp"), seconds < end + IDToken.leeway else { throw refuse("is over (exp)") }
        guard let start = instant("iat"), start <= seconds + IDToken.leeway,
            start >= seconds - IDToken.ageMax - IDToken.leeway
        else { throw refuse("was not made just now (iat); check the clocks of both machines") }
        if claims["nbf"] != nil {
            guard let from = instant("nbf"), from <= seconds + IDToken.leeway else {
                throw refuse("is not good yet (nbf)")
            }
        }
        guard let given = claims["nonce"]?.string, ClientSecret.isEqual(Array(given.utf8), Array(nonce.utf8)) else {
            throw refuse("answers another question (nonce)")
        }
        guard let subject = claims["sub"]?.string, !subject.isEmpty, subject.utf8.count <= 255 else {
            throw refuse("names nobody (sub)")
        }
        self.subject = subject
        name = claims["name"]?.string.map { $0.excerpt(100) }
        email =
            claims["email_verified"]?.bool == false ? nil : claims["email"]?.string.flatMap { EmailAddress($0) }
        let groups = claims[options.groupsClaim]
        self.groups =
            groups?.string.map { [$0] }
            ?? (groups?.array ?? []).prefix(IDToken.groupsMax).compactMap(\.string)
    }
}
