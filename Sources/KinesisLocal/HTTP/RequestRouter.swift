import Kinesis
import NIOCore
import NIOHTTP1

/// Turns one HTTP request into one answer: authentication, target and content type, operation, errors; no sockets.
final class RequestRouter: Sendable {
    let service: KinesisService
    let inspection: Inspection
    private let verifier: SignatureVerifier

    init(_ service: KinesisService) {
        self.service = service
        inspection = Inspection(service)
        verifier = SignatureVerifier(service.configuration.credentials)
    }

    /// The time as the service has it.
    func serviceTime(_ now: Int64) -> Int64 { now + service.dice.clockSkew }

    /// What becomes of the connection after an answer.
    enum Ending: Equatable {
        /// Stays as long as the client wants.
        case keepsOpen
        /// Closes once the answer is written.
        case closes
        /// Closes once the rest of the request has come in.
        case closesAfterBody
    }

    /// What the connection has to do.
    struct Reply {
        var status: Int
        /// Empty for answers without a document.
        var body: [UInt8] = []
        var contentType = KinesisWire.json.contentType
        var errorType: String?
        /// What is sent piece by piece in place of the body.
        var subscription: Subscription?
        var delivery = KinesisService.Delivery.sent
        var ending = Ending.keepsOpen
        /// Hold the answer back for so long.
        var latency = Duration.zero
        /// Write the body no faster; nil is at once.
        var bytesPerSecond: Int?
    }

    func reply(_ head: HTTPRequestHead, body: UnsafeRawBufferPointer, now: Int64) -> Reply {
        service.advance(now: now)
        let wire = Self.wire(head.headers)
        if let reply = inspect(head, body: body, now: now) { return reply }
        do throws(ServiceError) {
            let request = SignatureVerifier.Request(
                method: head.method.rawValue,
                uri: head.uri,
                headers: head.headers.map { ($0.name, $0.value) },
                body: body
            )
            try verifier.verify(request, now: serviceTime(now))
            let (operation, wire) = try self.operation(head, wire: wire)
            inspection.note(operation)
            if let traceparent = head.headers.first(name: "traceparent") {
                inspection.note(operation, traceparent: traceparent)
            }
            let answer = try service.answer(operation, body: body, wire: wire, now: now)
            inspection.note(answer.delivery)
            return Reply(
                status: 200,
                body: answer.body,
                contentType: answer.subscription == nil ? wire.contentType : EventStream.contentType,
                subscription: answer.subscription,
                delivery: answer.delivery,
                latency: answer.latency,
                bytesPerSecond: answer.bytesPerSecond
            )
        } catch {
            inspection.note(error)
            return refusal(error, wire: wire ?? .json)
        }
    }

    /// The answer that refuses a request.
    func refusal(_ error: ServiceError, wire: KinesisWire) -> Reply {
        Reply(
            status: error.status,
            body: wire.encode(["__type": .string(error.code.name), "message": .string(error.message)]),
            contentType: wire.contentType,
            errorType: error.code.name,
            latency: service.dice.faults.latency
        )
    }

    static func wire(_ headers: HTTPHeaders) -> KinesisWire? {
        guard let type = headers.first(name: "content-type")?.split(separator: ";").first else { return nil }
        let name = type.lowercased().filter { $0 != " " }
        return KinesisWire.allCases.first { $0.contentType == name }
    }

    private func operation(
        _ head: HTTPRequestHead,
        wire: KinesisWire?
    ) throws(ServiceError) -> (Operation, KinesisWire) {
        guard head.method == .POST, let target = head.headers.first(name: "x-amz-target") else {
            throw ServiceError(.unknownOperation, "Send a POST with an X-Amz-Target of Kinesis_20131202.<Operation>.")
        }
        guard let operation = Operation(target: target) else {
            throw ServiceError(.unknownOperation, "There is no such operation in this endpoint.")
        }
        guard let wire else {
            throw ServiceError(
                .unknownOperation,
                "Content-Type must be \(KinesisWire.allCases.map(\.contentType).joined(separator: " or "))."
            )
        }
        return (operation, wire)
    }

    // MARK: Paths of this endpoint's own

    private func inspect(_ head: HTTPRequestHead, body: UnsafeRawBufferPointer, now: Int64) -> Reply? {
        switch head.method {
        case .GET:
            guard let document = inspection.document(uri: head.uri, now: now) else { return nil }
            return Reply(status: 200, body: KinesisWire.json.encode(document), contentType: "application/json")
        case .PUT:
            do throws(ServiceError) {
                guard try take(head.uri, body: body, now: now) else { return nil }
                return Reply(status: 204)
            } catch {
                return refusal(error, wire: .json)
            }
        default: return nil
        }
    }

    /// Takes new faults or a scenario; false for any other path.
    private func take(_ uri: String, body: UnsafeRawBufferPointer, now: Int64) throws(ServiceError) -> Bool {
        switch uri {
        case "/_faults": service.dice.faults = try Faults(document: KinesisService.decode(body, wire: .json))
        case "/_scenario":
            service.player.start(try Scenario(document: KinesisService.decode(body, wire: .json)), now: now)
            service.advance(now: now)
        default: return false
        }
        return true
    }
}
