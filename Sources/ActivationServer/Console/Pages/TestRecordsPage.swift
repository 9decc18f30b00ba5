import Console

/// Writes a test record to a dataflow's target, and shows what came of the last ones.
struct TestRecordsPage: ConsoleView {
    /// One that was sent.
    struct Row: Sendable, Equatable {
        let at: Instant
        let by: String
        let mark: StateMark
        /// Why it was refused.
        let note: String?
        let receipt: DeliveryReceipt?
    }

    let title = "Test records"
    let crumbs: [PageFrame.Crumb]
    let name: String
    let target: String
    let path: String
    let token: String
    /// Whether the viewer may send one.
    let maySend: Bool
    let example: String
    /// Why the last one was refused; nil when it was not.
    let trouble: String?
    let rows: [Row]
    let isEmpty: Bool
    private let once = SubmittedForms.mark()

    init(
        under crumbs: [PageFrame.Crumb],
        name: String,
        target: String,
        path: String,
        token: String,
        maySend: Bool,
        example: String,
        rows: [Row]
    ) {
        self.crumbs = crumbs
        self.name = name
        self.target = target
        self.path = path
        self.token = token
        self.maySend = maySend
        self.example = example
        self.rows = rows
        trouble = rows.first?.note
        isEmpty = rows.isEmpty
    }

    static let template = #"""
        <div class="head"><h1>Test records</h1><p>Show whether <bdi>{{target}}</bdi>, to which <bdi>{{name}}</bdi> sends, takes records.</p></div>
        {{#trouble}}<section class="note bad" aria-label="Problem"><h2>The last one was refused</h2><p>{{.}}</p></section>{{/trouble}}
        {{#maySend}}
        <section class="card">
        <h2>Send one</h2>
        <p>One record is written to <bdi>{{target}}</bdi> at once, also while the dataflow is disabled or paused. It is about nobody, and it cannot be taken back. Whoever reads the stream should skip what has only the member <code>headwaterTest</code>; it counts in no books.</p>
        <details class="fold"><summary>The record</summary><pre tabindex="0" role="region" aria-label="The record"><code>{{example}}</code></pre></details>
        <form method="post" action="{{path}}"><input type="hidden" name="token" value="{{token}}"><input type="hidden" name="once" value="{{once}}"><div class="actions"><button class="primary">Send a test record</button></div></form>
        </section>
        {{/maySend}}
        <section class="card flush">
        <h2>The last ones</h2>
        {{#isEmpty}}<div class="empty"><p>No test record was sent yet.</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="The last ones">
        <table class="rows">
        <thead><tr><th scope="col">When</th><th scope="col">State</th><th scope="col">Shard</th><th scope="col">Sequence number</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row">{{#.at}}{{> time}}{{/.at}}<small><bdi>{{.by}}</bdi></small></th><td data-label="State"><span>{{#.mark}}{{> state}}{{/.mark}}{{#.note}}<small>{{.}}</small>{{/.note}}</span></td><td data-label="Shard">{{#.receipt}}{{#.shard}}<code>{{.}}</code>{{/.shard}}{{/.receipt}}</td><td data-label="Sequence number">{{#.receipt}}<span class="copy"><code id="{{.id}}">{{.sequence}}</code><button type="button" class="tiny" data-copy="{{.id}}" hidden>Copy</button></span>{{/.receipt}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{/isEmpty}}
        </section>
        """#
}
