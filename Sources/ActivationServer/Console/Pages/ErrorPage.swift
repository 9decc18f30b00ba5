/// A page that tells why there is no other one.
struct ErrorPage: ConsoleView {
    let title: String
    let text: String
    let code: String

    init(_ error: APIError) {
        title = error.code.title
        text = error.sentence
        code = error.code.rawValue
    }

    static let template = #"""
        <div class="head"><h1>{{title}}</h1></div>
        <section class="card">
        <p>{{text}}</p>
        <p class="muted small">Code <code>{{code}}</code> · request <code>{{frame.requestID}}</code></p>
        <div class="actions"><a class="button" href="/console">Home</a></div>
        </section>
        """#
}
