import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// A whole answer of the service.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    /// The service's name of the request.
    var requestID: String? { headers.first(name: "x-amzn-requestid") }

    /// The encoding that the answer claims; the request's if it claims none.
    func wire(requested: KinesisWire) -> KinesisWire {
        guard let type = headers.first(name: "content-type") else { return requested }
        return type.contains("cbor") ? .cbor : .json
    }
}

/// Gathers an answer and knows whether any of the request had left when it failed.
final class HTTPAnswerCollector: HTTPClientResponseDelegate {
    private struct State {
        var isHeadSent = false
        var answer: HTTPAnswer?
    }

    /// The answer is over its limit.
    struct AnswerTooLarge: Error {}

    private let bodyBytesMax: Int
    private let state = Mutex(State())

    init(bodyBytesMax: Int) {
        self.bodyBytesMax = bodyBytesMax
    }

    /// False as long as the service cannot have seen the request.
    var isHeadSent: Bool { state.withLock { $0.isHeadSent } }

    func didSendRequestHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPRequestHead) {
        state.withLock { $0.isHeadSent = true }
    }

    func didReceiveHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        state.withLock { state in
            var answer = HTTPAnswer(status: Int(head.status.code), headers: head.headers, body: [])
            if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }) {
                answer.body.reserveCapacity(min(max(length, 0), bodyBytesMax))
            }
            state.answer = answer
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<HTTPAnswer>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let fits = state.withLock { state -> Bool in
            let count = state.answer?.body.count ?? 0
            guard count + buffer.readableBytes <= bodyBytesMax else { return false }
            state.answer?.body.append(contentsOf: buffer.readableBytesView)
            return true
        }
        return fits
            ? task.eventLoop.makeSucceededVoidFuture()
            : task.eventLoop.makeFailedFuture(AnswerTooLarge())
    }

    func didFinishRequest(task: HTTPClient.Task<HTTPAnswer>) throws -> HTTPAnswer {
        let answer = state.withLock { state in
            defer { state.answer = nil }
            return state.answer
        }
        guard let answer else { throw HTTPClientError.remoteConnectionClosed }
        return answer
    }
}
