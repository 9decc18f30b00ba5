import ActivationServer
import AsyncHTTPClient
import Kinesis
import NIOHTTP1

/// Carries alerts out of the server: to the machines that destinations may be reached at, and to no others (docs/KINESIS.md).
struct AlertSender: AlertTransport {
    let connections: KinesisConnections
    /// Plain HTTP to other machines, and names that lead to this one.
    var allowsInsecureEndpoints = false

    /// Connections of all channels.
    static let connectionsMax = 16
    /// How long one attempt may take.
    private static let time = Duration.seconds(10)

    func check(url: String) throws(AlertTransportError) { _ = try target(url) }

    func check(_ server: MailServer) throws(AlertTransportError) { _ = try endpoint(server) }

    func send(_ request: WebhookRequest) async throws(AlertTransportError) -> WebhookAnswer {
        let (endpoint, path) = try target(request.url)
        var headers = HTTPHeaders([("user-agent", "headwater"), ("accept", "*/*")])
        if request.body != nil { headers.add(name: "content-type", value: "application/json") }
        for (name, value) in request.headers { headers.add(name: name, value: value) }
        do throws(KinesisError) {
            let answer = try await connections[endpoint].exchange(
                request.body == nil ? .GET : .POST,
                endpoint,
                path: path,
                headers: headers,
                body: request.body,
                within: AlertSender.time,
                bytesMax: WebhookAnswer.bytesMax
            )
            return WebhookAnswer(status: answer.status, body: answer.body)
        } catch {
            throw AlertTransportError(error.message)
        }
    }

    func send(_ mail: AlertMail, by server: MailServer) async throws(AlertTransportError) {
        let client = MailClient(server, at: try endpoint(server), on: HTTPClient.defaultEventLoopGroup)
        try await client.send(mail, within: AlertSender.time)
    }

    /// Where a URL leads, and what is asked for there.
    private func target(_ url: String) throws(AlertTransportError) -> (KinesisEndpoint, path: String) {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let end = url[start...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        let rest = url[end...]
        return (try endpoint(String(url[..<end])), rest.hasPrefix("/") ? String(rest) : "/\(rest)")
    }

    private func endpoint(_ server: MailServer) throws(AlertTransportError) -> KinesisEndpoint {
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        // Mail that goes in the open is held to the rule for plain HTTP.
        return try endpoint("\(server.security == .none ? "http" : "https")://\(host):\(server.port)")
    }

    private func endpoint(_ url: String) throws(AlertTransportError) -> KinesisEndpoint {
        do throws(KinesisError) {
            return try KinesisEndpoint.resolve(
                connectionURL: url,
                baseRegion: nil,
                targetRegion: nil,
                allowsInsecure: allowsInsecureEndpoints
            )
        } catch {
            throw AlertTransportError(error.message)
        }
    }
}
