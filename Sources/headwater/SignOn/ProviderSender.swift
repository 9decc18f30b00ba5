import ActivationServer
import Kinesis
import NIOHTTP1

/// Carries requests to the identity provider, by the way that alerts take: through the proxy, with the same authorities.
struct ProviderSender: ProviderTransport {
    let connections: KinesisConnections
    /// Names that lead to this machine.
    var allowsInsecureEndpoints = false

    /// How long one request may take.
    private static let time = Duration.seconds(5)

    func send(_ request: ProviderRequest) async throws(ProviderTransportError) -> ProviderAnswer {
        let start = request.url.firstRange(of: "://")?.upperBound ?? request.url.startIndex
        let end = request.url[start...].firstIndex { "/?#".contains($0) } ?? request.url.endIndex
        let rest = request.url[end...]
        var headers = HTTPHeaders([("user-agent", "headwater"), ("accept", "application/json")])
        if request.form != nil { headers.add(name: "content-type", value: "application/x-www-form-urlencoded") }
        if let authorization = request.authorization { headers.add(name: "authorization", value: authorization) }
        do throws(KinesisError) {
            let endpoint = try KinesisEndpoint.resolve(
                connectionURL: String(request.url[..<end]),
                baseRegion: nil,
                targetRegion: nil,
                allowsInsecure: allowsInsecureEndpoints
            )
            let answer = try await connections[endpoint].exchange(
                request.form == nil ? .GET : .POST,
                endpoint,
                path: rest.hasPrefix("/") ? String(rest) : "/\(rest)",
                headers: headers,
                body: request.form.map { Array($0.utf8) },
                within: ProviderSender.time,
                bytesMax: ProviderAnswer.bytesMax
            )
            return ProviderAnswer(status: answer.status, body: answer.body)
        } catch {
            throw ProviderTransportError(error.message)
        }
    }
}
