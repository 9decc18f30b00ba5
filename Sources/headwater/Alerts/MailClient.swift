import ActivationServer
import Kinesis
import NIOCore
import NIOSSL

/// Gives one mail to one mail server over a connection of its own (RFC 5321).
struct MailClient {
    private let server: MailServer
    private let endpoint: KinesisEndpoint
    private let group: any EventLoopGroup

    /// How long connecting may take.
    private static let connectTime = Duration.seconds(5)
    /// What we call ourselves; a server may refuse a name that it cannot look up, but not an address.
    private static let name = "[127.0.0.1]"

    init(_ server: MailServer, at endpoint: KinesisEndpoint, on group: any EventLoopGroup) {
        self.server = server
        self.endpoint = endpoint
        self.group = group
    }

    /// Sends a mail.
    ///
    /// - Parameters:
    ///   - mail: The mail.
    ///   - limit: How long all of it may take.
    /// - Throws: ``AlertTransportError`` when the server did not take it for every addressee.
    func send(_ mail: AlertMail, within limit: Duration) async throws(AlertTransportError) {
        let result = await withTaskGroup(of: Result<Void, AlertTransportError>.self) { tasks in
            tasks.addTask {
                do throws(AlertTransportError) {
                    return .success(try await converse(mail))
                } catch {
                    return .failure(error)
                }
            }
            tasks.addTask {
                // Cancelled as soon as the mail is taken; then nobody looks at this result.
                try? await Task.sleep(for: limit)
                return .failure(AlertTransportError("\(place) did not answer in time"))
            }
            defer { tasks.cancelAll() }
            return await tasks.next()
        }
        try result?.get()
    }

    private var place: String { "\(server.host):\(server.port)" }

    private func converse(_ mail: AlertMail) async throws(AlertTransportError) {
        let stream: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do throws(KinesisError) {
            stream = try await endpoint.connect(on: group, within: MailClient.connectTime) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if server.security == .tls { try channel.pipeline.syncOperations.addHandler(tls()) }
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
        } catch {
            // It is no URL that anybody gave.
            throw AlertTransportError(error.message.replacing(endpoint.url, with: place))
        }
        do {
            try await stream.executeThenClose { inbound, outbound in
                try await converse(mail, inbound, outbound, stream.channel)
            }
        } catch let error as AlertTransportError {
            throw error
        } catch {
            throw AlertTransportError("the connection to \(place) ended before the mail was taken: \(error)")
        }
    }

    private func converse(
        _ mail: AlertMail,
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ channel: any Channel
    ) async throws {
        var dialogue = MailDialogue(mail, by: server, as: MailClient.name)
        var reader = MailReplyReader()
        var received = inbound.makeAsyncIterator()
        func write(_ text: String) async throws {
            do {
                try await outbound.write(ByteBuffer(string: text))
            } catch {
                // Why the connection has ended, such as a certificate, is told to who reads.
                while try await received.next() != nil {}
                throw error
            }
        }
        while let bytes = try await received.next() {
            let replies = try reader.take(bytes.readableBytesView)
            for (index, reply) in replies.enumerated() {
                switch try dialogue.take(reply) {
                case .send(let text): try await write(text)
                case .secure(let text):
                    // Words that came before the connection was secure may be anybody's.
                    guard index == replies.count - 1, reader.isEmpty else {
                        throw AlertTransportError(
                            "the mail server went on after STARTTLS without TLS; nothing was sent"
                        )
                    }
                    try await channel.eventLoop.submit {
                        try channel.pipeline.syncOperations.addHandler(tls(), position: .first)
                    }.get()
                    try await write(text)
                case .done:
                    // It is taken, whatever becomes of the good-bye.
                    try? await outbound.write(ByteBuffer(string: "QUIT\r\n"))
                    return
                }
            }
        }
        throw AlertTransportError("\(place) ended the connection before the mail was taken")
    }

    private func tls() throws -> NIOSSLClientHandler {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.useModernCiphers()
        let context = try NIOSSLContext(configuration: configuration)
        let isAddress = server.host.contains(":") || server.host.allSatisfy { $0.isNumber || $0 == "." }
        // An address is checked against the certificate by the address itself.
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : server.host)
    }
}
