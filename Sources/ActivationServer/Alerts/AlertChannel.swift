import ActivationCore

/// By which way somebody is told (BEHAVIOUR 7.2).
struct AlertChannel: Sendable, Equatable {
    /// The ways.
    enum Kind: String, Sendable, CaseIterable {
        /// A URL that gets signed JSON.
        case webhook
        /// A URL that takes what Slack's incoming webhooks take.
        case slack
        /// A mail server.
        case email
    }

    /// Where it leads, with its secrets.
    enum Place: Sendable, Equatable {
        case webhook(url: String, secret: String)
        case slack(url: String)
        case email(MailServer, from: String, to: [String])
    }

    var id: String
    var name: String
    var isEnabled: Bool
    var place: Place

    /// Characters of a URL.
    static let urlCharactersMax = 2_048
    /// Characters of a secret; fewer than the least are guessed.
    static let secretCharacters = 16...256
    /// Addressees of one channel.
    static let addresseesMax = 20
    /// Where the encrypted part stands in the stored body.
    static let sealedKey = ConnectionSecrets.sealedKey

    /// Its way.
    var kind: Kind {
        switch place {
        case .webhook: .webhook
        case .slack: .slack
        case .email: .email
        }
    }

    /// The URL that it sends to; nil for one without.
    var url: String? {
        switch place {
        case .webhook(let url, _), .slack(let url): url
        case .email: nil
        }
    }
}

extension AlertChannel {
    /// Reads a channel.
    ///
    /// - Parameters:
    ///   - fields: The body.
    ///   - id: Its id.
    ///   - before: What it was; secrets that are left out stay, and its type does.
    ///   - newSecret: The secret of a webhook that is given none.
    /// - Returns: The channel.
    /// - Throws: `FIELD_INVALID`.
    static func read(
        _ fields: Fields,
        id: String,
        before: AlertChannel? = nil,
        newSecret: @autoclosure () -> String
    ) throws(APIError) -> AlertChannel {
        let type = try fields.word("type", Kind.self) ?? before?.kind
        guard let type else {
            throw APIError(.fieldInvalid, "/type is required, one of webhook, slack, email")
        }
        guard before == nil || before?.kind == type else {
            throw APIError(.fieldInvalid, "/type of a channel stays what it is; make another channel")
        }
        let place: Place
        switch type {
        case .webhook:
            var secret = before?.secret
            if fields["secret"] != nil { secret = try self.secret(fields) }
            place = .webhook(url: try url(fields, before), secret: secret ?? newSecret())
        case .slack: place = .slack(url: try url(fields, before))
        case .email: place = try mail(fields, before)
        }
        return AlertChannel(
            id: id,
            name: try fields.requiredString("name", charactersMax: AlertRule.nameCharactersMax),
            isEnabled: try fields.bool("enabled") ?? before?.isEnabled ?? true,
            place: place
        )
    }

    /// What a webhook's messages are signed with; nil for other channels.
    var secret: String? {
        guard case .webhook(_, let secret) = place else { return nil }
        return secret
    }

    private static func url(_ fields: Fields, _ before: AlertChannel?) throws(APIError) -> String {
        var url = try fields.string("url", charactersMax: urlCharactersMax)
        // Whoever sends back what they were shown wants it to stay.
        if url == nil || before.map({ $0.shown["url"] == url.map { .string($0) } }) ?? false { url = before?.url }
        guard let url else {
            throw APIError(.fieldInvalid, "/url is required, such as https://hooks.example/headwater")
        }
        guard let address = WebAddress(url), !address.hasUser, !address.rest.contains("#"),
            url.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else {
            throw APIError(
                .fieldInvalid,
                "/url must be an http or https URL without a user name, a fragment, blanks or characters beyond ASCII"
            )
        }
        return url
    }

    private static func secret(_ fields: Fields) throws(APIError) -> String {
        let secret = try fields.requiredString("secret", charactersMax: secretCharacters.upperBound)
        guard secret.count >= secretCharacters.lowerBound else {
            throw APIError(
                .fieldInvalid,
                "/secret has \(secretCharacters.lowerBound) to \(secretCharacters.upperBound) characters; leave it out for a new one"
            )
        }
        return secret
    }

    private static func mail(_ fields: Fields, _ before: AlertChannel?) throws(APIError) -> Place {
        var known: MailServer?
        if case .email(let server, _, _) = before?.place { known = server }
        let host = try fields.requiredString("host", charactersMax: 253)
        guard host.utf8.allSatisfy({ 0x21...0x7E ~= $0 && !"/?#\\%@".utf8.contains($0) }) else {
            throw APIError(.fieldInvalid, "/host must be the name or the address of a mail server")
        }
        let security = try fields.word("security", MailServer.Security.self) ?? .starttls
        var port = security == .tls ? 465 : 587
        if let given = fields["port"] {
            guard let number = given.double.flatMap({ Int(exactly: $0) }), 1...65_535 ~= number else {
                throw APIError(.fieldInvalid, "/port must be a whole number from 1 to 65535")
            }
            port = number
        }
        var server = MailServer(host: host, port: port, security: security)
        server.username = try fields.string("username", charactersMax: 256).flatMap { $0.isEmpty ? nil : $0 }
        if server.username != nil {
            server.password = try fields.string("password", charactersMax: 1_024) ?? known?.password
            guard server.password != nil else { throw APIError(.fieldInvalid, "/password is required with a username") }
        }
        let to = try fields.strings("to", itemsMax: addresseesMax)
        guard !to.isEmpty else { throw APIError(.fieldInvalid, "/to is required, an array of e-mail addresses") }
        for (index, address) in to.enumerated() { try check(address, "/to/\(index)") }
        let from = try fields.requiredString("from")
        try check(from, "/from")
        return .email(server, from: from, to: to)
    }

    /// An address as it stands in a command to a mail server, where it must not end the command.
    private static func check(_ address: String, _ pointer: String) throws(APIError) {
        guard EmailAddress(address) != nil, address.utf8.allSatisfy({ 0x21...0x7E ~= $0 }),
            !address.contains(where: { "<>()[],;:\\\"".contains($0) })
        else {
            throw APIError(.fieldInvalid, "\(pointer) must be an e-mail address such as ops@shop.example")
        }
    }
}

/// Stored and shown.
extension AlertChannel {
    /// The stored body, secrets encrypted.
    ///
    /// - Parameter box: Encrypts.
    /// - Returns: The body.
    /// - Throws: `INTERNAL`.
    func body(_ box: SecretBox) throws(APIError) -> JSONObject {
        var body = shown
        var secrets = JSONObject()
        switch place {
        case .webhook(let url, let secret):
            secrets["url"] = .string(url)
            secrets["secret"] = .string(secret)
        case .slack(let url): secrets["url"] = .string(url)
        case .email(let server, _, _): secrets["password"] = server.password.map { .string($0) }
        }
        body[AlertChannel.sealedKey] = .string(
            try box.seal(Array(JSONValue.object(secrets).text.utf8), owner: id)
        )
        return body
    }

    /// Reads a stored channel; nil when its secrets do not open.
    init?(_ entry: ControlEntry, _ box: SecretBox) {
        guard let sealed = entry.string(AlertChannel.sealedKey), let bytes = box.open(sealed, owner: entry.id),
            let secrets = (try? JSONValue(parsing: bytes))?.object
        else { return nil }
        var body = entry.body
        for (key, value) in secrets { body[key] = value }
        // Whoever stored it has read it so before.
        guard let fields = try? Fields(.object(body)),
            let channel = try? AlertChannel.read(fields, id: entry.id, newSecret: "")
        else { return nil }
        self = channel
    }

    /// What may be seen of it: of a URL where it leads, since the rest of it may be a secret.
    var shown: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "type": .string(kind.rawValue), "enabled": .bool(isEnabled),
        ]
        switch place {
        case .webhook(let url, _), .slack(let url):
            object["url"] = .string(WebAddress(url).map { $0.origin + ($0.rest.count > 1 ? "/…" : "") } ?? "")
        case .email(let server, let from, let to):
            object["host"] = .string(server.host)
            object["port"] = .integer(Int64(server.port))
            object["security"] = .string(server.security.rawValue)
            object["username"] = server.username.map { .string($0) }
            object["from"] = .string(from)
            object["to"] = .array(to.map { .string($0) })
        }
        return object
    }
}
