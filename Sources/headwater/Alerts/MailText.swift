import ActivationCore
import ActivationServer
import Kinesis

/// A mail as it goes over the wire (RFC 5322, RFC 2045): lines of ASCII, none of which begins with a point.
struct MailText {
    private let mail: AlertMail

    /// Writes a mail.
    init(_ mail: AlertMail) {
        self.mail = mail
    }

    /// Headers, an empty line and the text, each line with its end.
    var content: String {
        let headers = [
            "From: <\(mail.from)>", "To: \(mail.to.map { "<\($0)>" }.joined(separator: ",\r\n "))",
            "Subject: \(MailText.word(mail.subject))", "Date: \(date)", "Message-ID: <\(mail.id)@headwater.invalid>",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
            "Auto-Submitted: auto-generated",
        ]
        return (headers + [""] + MailText.lines(MailText.base64(Array(mail.text.utf8)), of: 76)).map { $0 + "\r\n" }
            .joined()
    }

    /// `Fri, 27 Nov 2026 21:00:00 +0000`.
    private var date: String {
        let instant = Timestamp(milliseconds: mail.milliseconds)
        let text = Array(instant.rfc3339)
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard text.count >= 19, let month = Int(String(text[5...6])), names.indices.contains(month - 1) else {
            return "Thu, 01 Jan 1970 00:00:00 +0000"
        }
        // 1 January 1970 was a Thursday.
        let days = (mail.milliseconds >= 0 ? mail.milliseconds : mail.milliseconds - 86_399_999) / 86_400_000
        let day = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(((days % 7) + 7) % 7)]
        return
            "\(day), \(String(text[8...9])) \(names[month - 1]) \(String(text[0...3])) \(String(text[11...18])) +0000"
    }

    /// A header's text as encoded words (RFC 2047), each of whole characters and at most 75 bytes.
    static func word(_ text: String) -> String {
        if text.utf8.allSatisfy({ 0x20...0x7E ~= $0 }), text.utf8.count <= 60, !text.contains("=?") { return text }
        var words: [String] = []
        var bytes: [UInt8] = []
        func end() { words.append("=?UTF-8?B?\(base64(bytes))?=") }
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar).utf8)
            if bytes.count + next.count > 45 {
                end()
                bytes = []
            }
            bytes += next
        }
        end()
        return words.joined(separator: "\r\n ")
    }

    private static func lines(_ text: String, of length: Int) -> [String] {
        var lines: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            lines.append(String(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return lines
    }

    /// Base64 with padding (RFC 4648, 4).
    static func base64(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: Base64.encodedCount(bytes.count)) { target in
            bytes.withUnsafeBytes { Base64.encode($0, into: UnsafeMutableRawBufferPointer(target)) }
        }
    }
}
