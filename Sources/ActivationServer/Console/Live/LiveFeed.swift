import ActivationCore
import Hummingbird
import NIOCore
import ServiceLifecycle

/// What a page is sent while it is open: server-sent events (WHATWG HTML, section 9.2).
struct LiveFeed: Sendable {
    /// Something that may have to be told.
    enum Beat: Sendable {
        /// Something that happened.
        case news(String)
        /// A second has passed.
        case second
        /// Nothing more comes.
        case end
    }

    /// Why no more is sent.
    enum Goodbye: String {
        case shutdown, expired
    }

    /// Feeds beats until nobody wants them any more.
    let source: @Sendable (AsyncStream<Beat>.Continuation) async -> Void
    /// What is told each second, if anything.
    var eachSecond: @Sendable () async -> String? = { nil }
    /// Whether whoever reads may go on; asked twice a minute.
    let mayGoOn: @Sendable () async -> Bool

    private static let queueMax = 512
    private static let quietSeconds = 15
    private static let checkSeconds = 30

    /// One event.
    ///
    /// - Parameters:
    ///   - name: Its kind.
    ///   - fields: Finished texts.
    /// - Returns: Its bytes as a text.
    static func event(_ name: String, _ fields: [(String, String)]) -> String {
        var object = JSONObject()
        for (key, text) in fields { object[key] = .string(text) }
        var bytes: [UInt8] = []
        JSONValue.object(object).write(to: &bytes)
        return "event: \(name)\ndata: \(String(decoding: bytes, as: UTF8.self))\n\n"
    }

    /// The answer that carries it, of what somebody may see.
    func response(to client: AuthenticatedClient, whenDone done: @escaping @Sendable () -> Void) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store, no-transform"],
            body: ResponseBody { writer in
                defer { done() }
                try await AuthenticatedClient.$current.withValue(client) { try await self.write(to: &writer) }
                try await writer.finish(nil)
            }
        )
    }

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        let (beats, continuation) = AsyncStream.makeStream(
            of: Beat.self,
            bufferingPolicy: .bufferingOldest(Self.queueMax)
        )
        // What runs beside ends with this, and this ends when the server stops: no answer may hold that up.
        let feeding = Task {
            await cancelWhenGracefulShutdown {
                await withDiscardingTaskGroup { group in
                    group.addTask { await source(continuation) }
                    group.addTask {
                        while (try? await Task.sleep(for: .seconds(1))) != nil { continuation.yield(.second) }
                        continuation.finish()
                    }
                }
            }
        }
        defer { feeding.cancel() }
        try await writer.write(ByteBuffer(string: "retry: 3000\n\n"))
        var (seconds, quiet) = (0, 0)
        for await beat in beats {
            switch beat {
            case .end: return try await writer.write(ByteBuffer(string: Self.goodbye(.shutdown)))
            case .news(let text):
                quiet = 0
                try await writer.write(ByteBuffer(string: text))
            case .second:
                (seconds, quiet) = (seconds + 1, quiet + 1)
                if let text = await eachSecond() {
                    quiet = 0
                    try await writer.write(ByteBuffer(string: text))
                }
                if quiet >= Self.quietSeconds {
                    quiet = 0
                    // Nothing else would tell that the reader has gone.
                    try await writer.write(ByteBuffer(string: ":\n\n"))
                }
                guard seconds % Self.checkSeconds == 0 else { continue }
                guard await mayGoOn() else {
                    return try await writer.write(ByteBuffer(string: Self.goodbye(.expired)))
                }
            }
        }
        try await writer.write(ByteBuffer(string: Self.goodbye(.shutdown)))
    }

    private static func goodbye(_ reason: Goodbye) -> String { event("bye", [("reason", reason.rawValue)]) }
}
