import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import Testing

@testable import ActivationServer

/// Clients that send ahead and clients that take nothing, on a clock of their own.
struct HTTPConversationTests {
    /// A client that takes the pieces of answers when it is told to.
    private final class Client: ChannelOutboundHandler {
        typealias OutboundIn = HTTPServerResponsePart

        let channel: EmbeddedChannel
        private var pieces: [EventLoopPromise<Void>] = []

        init() throws {
            channel = EmbeddedChannel()
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(self)
            try pipeline.addHandler(HTTPConversation(inputEnd: InputEnd(), isSecure: false))
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            guard let promise else { return }
            pieces.append(promise)
        }

        func ask(_ count: Int) throws {
            for _ in 0..<count {
                let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["Host": "x"])
                try channel.writeInbound(HTTPServerRequestPart.head(head))
                try channel.writeInbound(HTTPServerRequestPart.end(nil))
            }
        }

        /// Requests that were begun since this was last asked.
        func begun() throws -> Int {
            var count = 0
            while let part = try channel.readInbound(as: HTTPRequestPart.self) {
                if case .head = part { count += 1 }
            }
            return count
        }

        func answer(bytes: Int, isWhole: Bool = true) {
            channel.write(HTTPResponsePart.head(HTTPResponse(status: .ok)), promise: nil)
            channel.write(HTTPResponsePart.body(ByteBuffer(repeating: 0, count: bytes)), promise: nil)
            if isWhole { channel.write(HTTPResponsePart.end(nil), promise: nil) }
        }

        func takePiece() {
            guard !pieces.isEmpty else { return }
            pieces.removeFirst().succeed()
        }

        func takeAll() {
            while !pieces.isEmpty { takePiece() }
        }

        func setWritable(_ isWritable: Bool) {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        }

        func wait(_ time: TimeAmount) {
            channel.embeddedEventLoop.advanceTime(by: time)
        }
    }

    @Test func `a request sent ahead is begun when the answer before it has ended`() throws {
        let client = try Client()

        try client.ask(3)
        #expect(try client.begun() == 1)
        for following in [1, 1, 0] {
            client.answer(bytes: 1)
            client.takeAll()
            #expect(try client.begun() == following)
        }
    }

    @Test func `a request sent ahead is not begun while the client does not take its answer`() throws {
        let client = try Client()

        try client.ask(2)
        #expect(try client.begun() == 1)
        client.setWritable(false)
        client.answer(bytes: 1)
        #expect(try client.begun() == 0)
        client.takeAll()
        client.setWritable(true)
        #expect(try client.begun() == 1)
    }

    @Test(arguments: [true, false])
    func `a client that takes nothing is hung up on, also when it has sent ahead`(isWhole: Bool) throws {
        let client = try Client()

        try client.ask(30)
        client.setWritable(false)
        client.answer(bytes: 1, isWhole: isWhole)
        client.wait(ServerLimits.takeTime - .seconds(1))
        #expect(client.channel.isActive)
        client.wait(.seconds(1))
        #expect(!client.channel.isActive)
        client.takeAll()
    }

    @Test func `a client that takes its answer slowly gets all of it`() throws {
        let client = try Client()

        try client.ask(1)
        client.answer(bytes: 4 * ServerLimits.answerPieceBytes)
        for _ in 0..<4 {
            client.wait(ServerLimits.takeTime - .seconds(1))
            #expect(client.channel.isActive)
            client.takePiece()
        }
        client.takeAll()
        #expect(client.channel.isActive)
    }

    @Test func `what is sent ahead of the end of a connection is answered before it`() throws {
        let client = try Client()

        try client.ask(2)
        client.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try client.begun() == 1)
        client.answer(bytes: 1)
        client.takeAll()
        #expect(try client.begun() == 1)
    }

    /// What a client is told that says these texts, each after the answer to what came before, and then nothing for long.
    private func told(_ texts: [String]) throws -> String {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        let inputEnd = InputEnd()
        try pipeline.addHandler(inputEnd)
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
        try pipeline.addHandler(HTTPConversation(inputEnd: inputEnd, isSecure: false))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for text in texts {
            try channel.writeInbound(ByteBuffer(string: text))
            while let part = try channel.readInbound(as: HTTPRequestPart.self) {
                guard case .end = part else { continue }
                channel.write(HTTPResponsePart.head(HTTPResponse(status: .ok)), promise: nil)
                channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
            }
        }
        channel.embeddedEventLoop.advanceTime(by: ServerLimits.idleTime)
        // What comes too late is not read, and does not end the answer.
        if channel.isActive { try channel.writeInbound(ByteBuffer(string: "x")) }
        channel.embeddedEventLoop.advanceTime(by: ServerLimits.lingerTime)
        #expect(!channel.isActive)
        var told = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { told += String(buffer: bytes) }
        return told
    }

    private static let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test(arguments: [["GET /hea"], [request + "GET /hea"], [request, "GET /hea"], [request, "\r\n\r\nG", "ET"]])
    func `a head that does not come to its end is told, whatever it came with`(_ texts: [String]) throws {
        #expect(try told(texts).contains("HTTP/1.1 408 "))
    }

    @Test(arguments: [[], [request], [request + "\r\n"], [request, "\r\n", "\r\n"], ["\r\n"]])
    func `a connection on which no request has begun is closed without a word`(_ texts: [String]) throws {
        #expect(try !told(texts).contains("408"))
    }
}
