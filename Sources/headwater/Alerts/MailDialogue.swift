import ActivationServer

/// An answer of a mail server: its code and its lines (RFC 5321, 4.2).
struct MailReply: Equatable {
    var code: Int
    var lines: [String]

    /// Whether it says yes.
    var isPositive: Bool { 200..<300 ~= code }

    /// The code, and the one of RFC 3463 if there is one: the server's own words may name people.
    var words: String {
        let enhanced = lines.first?.split(separator: " ").first.map(String.init) ?? ""
        let parts = enhanced.split(separator: ".", omittingEmptySubsequences: false)
        let isCode =
            parts.count == 3 && parts.allSatisfy { 1...3 ~= $0.utf8.count && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }
        return isCode ? "\(code) \(enhanced)" : "\(code)"
    }
}

/// Gathers the lines of replies.
struct MailReplyReader {
    /// Bytes of a line, its end included; RFC 5321 has 512.
    static let lineBytesMax = 4_096
    /// Lines of a reply.
    static let linesMax = 100

    private var rest: [UInt8] = []
    private var lines: [String] = []

    /// Whether nothing has come that is not part of a whole reply.
    var isEmpty: Bool { rest.isEmpty && lines.isEmpty }

    /// Takes bytes.
    ///
    /// - Parameter bytes: What came.
    /// - Returns: The replies that are whole with it.
    /// - Throws: ``AlertTransportError`` when it is not what mail servers say.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(AlertTransportError) -> [MailReply] {
        rest += bytes
        var replies: [MailReply] = []
        while let end = rest.firstIndex(of: 0x0A) {
            let line = String(decoding: rest[..<end].filter { $0 != 0x0D }, as: UTF8.self)
            rest.removeSubrange(...end)
            guard line.utf8.count >= 3, let code = Int(line.prefix(3)), 200..<600 ~= code else {
                throw AlertTransportError("the mail server answers with something other than SMTP; correct the port")
            }
            let after = line.dropFirst(3)
            lines.append(String(after.dropFirst()))
            guard lines.count <= Self.linesMax else {
                throw AlertTransportError("the mail server answers with more lines than a reply has")
            }
            guard after.first != "-" else { continue }
            replies.append(MailReply(code: code, lines: lines))
            lines = []
        }
        guard rest.count <= Self.lineBytesMax else {
            throw AlertTransportError("the mail server answers with something other than SMTP; correct the port")
        }
        return replies
    }
}

/// What is said to a mail server to have it take one mail, one reply at a time.
///
/// A secret leaves only when the connection is secured as the channel says; without `STARTTLS` nothing is sent that needs it.
struct MailDialogue {
    /// What is to be done.
    enum Step: Equatable {
        /// Send this, and wait for a reply.
        case send(String)
        /// Secure the connection, then send this.
        case secure(thenSend: String)
        /// The mail is taken; say good-bye and close.
        case done
    }

    /// What the next reply answers; each goes to the one below it, or ends the dialogue.
    private enum Place {
        case greeting
        case hello(isSecure: Bool)
        case startTLS
        case authPlain
        case authLoginUser
        case authLoginPassword
        case authLogin
        case from
        case to(Int)
        case data
        case content
    }

    private let mail: AlertMail
    private let server: MailServer
    private let name: String
    private var place = Place.greeting

    /// Begins a dialogue; the server speaks first.
    ///
    /// - Parameters:
    ///   - mail: The mail.
    ///   - server: How the server is used.
    ///   - name: What we call ourselves.
    init(_ mail: AlertMail, by server: MailServer, as name: String) {
        self.mail = mail
        self.server = server
        self.name = name
    }

    /// Takes a reply.
    ///
    /// - Parameter reply: The reply.
    /// - Returns: What is to be done.
    /// - Throws: ``AlertTransportError`` when the server will not take the mail.
    mutating func take(_ reply: MailReply) throws(AlertTransportError) -> Step {
        switch place {
        case .greeting:
            try expect(reply.isPositive, reply, "greeting")
            place = .hello(isSecure: server.security != .starttls)
            return .send("EHLO \(name)\r\n")
        case .hello(let isSecure):
            try expect(reply.isPositive, reply, "EHLO")
            guard isSecure else {
                guard has("STARTTLS", reply) else {
                    throw AlertTransportError(
                        "the mail server offers no STARTTLS, so nothing was sent; use its port for TLS, usually 465"
                    )
                }
                place = .startTLS
                return .send("STARTTLS\r\n")
            }
            return try authenticate(reply)
        case .startTLS:
            try expect(reply.code == 220, reply, "STARTTLS")
            // What the server said before counts no more (RFC 3207, 4.2).
            place = .hello(isSecure: true)
            return .secure(thenSend: "EHLO \(name)\r\n")
        case .authPlain, .authLogin:
            try expect(reply.code == 235, reply, "AUTH")
            return begin()
        case .authLoginUser:
            try expect(reply.code == 334, reply, "AUTH")
            place = .authLoginPassword
            return .send(MailText.base64(Array((server.username ?? "").utf8)) + "\r\n")
        case .authLoginPassword:
            try expect(reply.code == 334, reply, "AUTH")
            place = .authLogin
            return .send(MailText.base64(Array((server.password ?? "").utf8)) + "\r\n")
        case .from:
            try expect(reply.isPositive, reply, "MAIL FROM")
            return recipient(0)
        case .to(let index):
            try expect(reply.isPositive, reply, "RCPT TO, addressee \(index + 1)")
            guard index + 1 == mail.to.count else { return recipient(index + 1) }
            place = .data
            return .send("DATA\r\n")
        case .data:
            try expect(reply.code == 354, reply, "DATA")
            place = .content
            return .send(MailText(mail).content + ".\r\n")
        case .content:
            try expect(reply.isPositive, reply, "the mail")
            return .done
        }
    }

    private mutating func authenticate(_ hello: MailReply) throws(AlertTransportError) -> Step {
        guard let username = server.username else { return begin() }
        let ways = hello.lines.first { $0.uppercased().hasPrefix("AUTH") }?.uppercased().split(separator: " ") ?? []
        if ways.contains("PLAIN") {
            place = .authPlain
            let secret = "\0\(username)\0\(server.password ?? "")"
            return .send("AUTH PLAIN \(MailText.base64(Array(secret.utf8)))\r\n")
        }
        guard ways.contains("LOGIN") else {
            throw AlertTransportError(
                "the mail server offers neither AUTH PLAIN nor AUTH LOGIN; leave the username out, or use another port"
            )
        }
        place = .authLoginUser
        return .send("AUTH LOGIN\r\n")
    }

    private mutating func begin() -> Step {
        place = .from
        return .send("MAIL FROM:<\(mail.from)>\r\n")
    }

    private mutating func recipient(_ index: Int) -> Step {
        place = .to(index)
        return .send("RCPT TO:<\(mail.to.indices.contains(index) ? mail.to[index] : "")>\r\n")
    }

    private func has(_ word: String, _ reply: MailReply) -> Bool {
        reply.lines.dropFirst().contains { $0.uppercased().split(separator: " ").first.map(String.init) == word }
    }

    private func expect(_ condition: Bool, _ reply: MailReply, _ what: String) throws(AlertTransportError) {
        guard condition else { throw AlertTransportError("the mail server refuses \(what): \(reply.words)") }
    }
}
