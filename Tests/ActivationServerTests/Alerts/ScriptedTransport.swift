import Synchronization

@testable import ActivationServer

/// Takes what it is given, answers as it is told, and says how much room there is.
final class ScriptedTransport: AlertTransport {
    struct State {
        var requests: [WebhookRequest] = []
        var mails: [AlertMail] = []
        var servers: [MailServer] = []
        /// The status of answers; nil = there is none.
        var status: Int? = 200
        /// Whether a challenge comes back.
        var echoes = true
        var refused: String?
        var space: StoreSpace?
    }

    let state = Mutex(State())

    var space: StoreSpace? { state.withLock { $0.space } }
    var posts: [WebhookRequest] { state.withLock { $0.requests.filter { $0.body != nil } } }
    var mails: [AlertMail] { state.withLock { $0.mails } }

    func check(url: String) throws(AlertTransportError) {
        guard url != state.withLock({ $0.refused }) else { throw AlertTransportError("no machine of ours") }
    }

    func check(_ server: MailServer) throws(AlertTransportError) { try check(url: server.host) }

    func send(_ request: WebhookRequest) async throws(AlertTransportError) -> WebhookAnswer {
        let (status, echoes) = state.withLock { state in
            state.requests.append(request)
            return (state.status, state.echoes)
        }
        guard let status else { throw AlertTransportError("no connection") }
        guard request.body == nil, echoes else { return WebhookAnswer(status: status) }
        let word = request.url.split(separator: "challenge=").last ?? ""
        return WebhookAnswer(status: status, body: Array(word.utf8))
    }

    func send(_ mail: AlertMail, by server: MailServer) async throws(AlertTransportError) {
        let isTaken = state.withLock { state in
            state.mails.append(mail)
            state.servers.append(server)
            return state.status == 200
        }
        guard isTaken else { throw AlertTransportError("the mail server refuses the mail: 550") }
    }
}
