import ActivationServer
import Testing

@testable import headwater

/// What is said to mail servers, and what a mail looks like.
@Suite struct MailTests {
    private static func mail(_ to: [String] = ["b@shop.example"], subject: String = "Subject") -> AlertMail {
        AlertMail(
            id: "e1",
            from: "a@shop.example",
            to: to,
            subject: subject,
            text: "It is so.\n.\nÜber",
            milliseconds: 1_700_000_000_000
        )
    }

    private static func server(
        _ security: MailServer.Security,
        _ username: String? = nil,
        _ password: String? = nil
    ) -> MailServer {
        MailServer(host: "mail.example", port: 25, security: security, username: username, password: password)
    }

    private static func reply(_ code: Int, _ lines: String...) -> MailReply { MailReply(code: code, lines: lines) }

    /// What is said to a server that answers so; the last word is what went wrong.
    private static func said(_ server: MailServer, _ replies: [MailReply], _ mail: AlertMail = mail()) -> [String] {
        var dialogue = MailDialogue(mail, by: server, as: "[127.0.0.1]")
        var said: [String] = []
        for reply in replies {
            do throws(AlertTransportError) {
                switch try dialogue.take(reply) {
                case .send(let text): said.append(text.count > 80 ? "MAIL" : text)
                case .secure(let text): said.append("(TLS) " + text)
                case .done: said.append("(done)")
                }
            } catch {
                return said + [error.description]
            }
        }
        return said
    }

    @Test func `a mail is given in the order of the protocol`() {
        let said = Self.said(
            Self.server(.none),
            [
                Self.reply(220, "hello"), Self.reply(250, "me", "SIZE 5"), Self.reply(250, "ok"), Self.reply(250, "ok"),
                Self.reply(251, "ok"), Self.reply(354, "go"), Self.reply(250, "queued"),
            ],
            Self.mail(["b@shop.example", "c@shop.example"])
        )

        #expect(
            said == [
                "EHLO [127.0.0.1]\r\n", "MAIL FROM:<a@shop.example>\r\n", "RCPT TO:<b@shop.example>\r\n",
                "RCPT TO:<c@shop.example>\r\n", "DATA\r\n", "MAIL", "(done)",
            ]
        )
    }

    @Test func `a secret leaves only behind STARTTLS, and what was offered before counts no more`() {
        let said = Self.said(
            Self.server(.starttls, "user", "pass"),
            [
                Self.reply(220, "hello"), Self.reply(250, "me", "STARTTLS", "AUTH LOGIN"), Self.reply(220, "go"),
                Self.reply(250, "me", "AUTH PLAIN LOGIN"), Self.reply(235, "fine"),
            ]
        )

        #expect(
            said == [
                "EHLO [127.0.0.1]\r\n", "STARTTLS\r\n", "(TLS) EHLO [127.0.0.1]\r\n",
                "AUTH PLAIN AHVzZXIAcGFzcw==\r\n", "MAIL FROM:<a@shop.example>\r\n",
            ]
        )
    }

    @Test func `without STARTTLS nothing is sent that needs it`() {
        let said = Self.said(
            Self.server(.starttls, "user", "pass"),
            [Self.reply(220, "hello"), Self.reply(250, "me", "AUTH PLAIN")]
        )

        #expect(said.count == 2 && said[1].contains("offers no STARTTLS"))
    }

    @Test func `AUTH LOGIN is spoken where there is no PLAIN`() {
        let said = Self.said(
            Self.server(.tls, "user", "pass"),
            [
                Self.reply(220, "hello"), Self.reply(250, "me", "AUTH LOGIN"), Self.reply(334, "VXNlcm5hbWU6"),
                Self.reply(334, "UGFzc3dvcmQ6"), Self.reply(235, "fine"),
            ]
        )

        #expect(
            said.dropFirst() == [
                "AUTH LOGIN\r\n", "dXNlcg==\r\n", "cGFzcw==\r\n", "MAIL FROM:<a@shop.example>\r\n",
            ]
        )
    }

    @Test func `a refusal says by what, without the server's own words`() {
        let said = Self.said(
            Self.server(.none),
            [
                Self.reply(220, "hello"), Self.reply(250, "me"), Self.reply(250, "ok"),
                Self.reply(550, "5.1.1 <b@shop.example> unknown"),
            ]
        )

        #expect(said.last == "the mail server refuses RCPT TO, addressee 1: 550 5.1.1")
    }

    @Test func `replies are read in any pieces, and what is none is refused`() throws {
        var reader = MailReplyReader()
        var replies: [MailReply] = []
        for byte in Array("250-me\r\n250-SIZE 5\r\n250 HELP\r\n220\r\n".utf8) { replies += try reader.take([byte]) }

        #expect(replies == [Self.reply(250, "me", "SIZE 5", "HELP"), Self.reply(220, "")])
        #expect(reader.isEmpty)
        for wrong in ["HTTP/1.1 400 Bad\r\n", "25\r\n", "\r\n", "999 x\r\n", String(repeating: "2", count: 5_000)] {
            var reader = MailReplyReader()
            #expect(throws: AlertTransportError.self) { _ = try reader.take(Array(wrong.utf8)) }
        }
        var endless = MailReplyReader()
        #expect(throws: AlertTransportError.self) {
            for _ in 0..<1_000 { _ = try endless.take(Array("250-x\r\n".utf8)) }
        }
    }

    @Test func `a mail is lines of ASCII with its headers`() {
        let content = MailText(Self.mail(subject: "Überall")).content
        let lines = content.split(separator: "\r\n", omittingEmptySubsequences: false)

        #expect(content.utf8.allSatisfy { $0 < 0x80 } && content.hasSuffix("\r\n"))
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.hasPrefix(".") })
        #expect(lines.contains("Date: Tue, 14 Nov 2023 22:13:20 +0000"))
        #expect(lines.contains("Subject: =?UTF-8?B?w5xiZXJhbGw=?="))
        #expect(lines.contains("Message-ID: <e1@headwater.invalid>"))
        #expect(lines.contains("SXQgaXMgc28uCi4Kw5xiZXI="))
    }

    @Test func `a long subject is words of whole characters`() {
        let word = MailText.word(String(repeating: "é", count: 60))

        let parts = word.split(separator: "\r\n ")
        #expect(parts.count == 3)
        #expect(parts.allSatisfy { $0.utf8.count <= 75 && $0.hasPrefix("=?UTF-8?B?") && $0.hasSuffix("?=") })
    }
}
