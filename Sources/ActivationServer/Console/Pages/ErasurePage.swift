import Console

/// The proof that a person was erased: when, and every record that was ever sent of them.
struct ErasurePage: ConsoleView {
    /// A delivered record.
    struct Row: Sendable, Equatable {
        let dataflow: String
        /// The dataflow's page; nil when there is none any more.
        let path: String?
        let at: Instant
        let revision: String
        /// Where the destination put it.
        let receipt: DeliveryReceipt
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let text: String
    let facts: [PersonPage.Fact]
    /// Whether the files are scrubbed.
    let mark: StateMark
    /// Where the whole receipt is.
    let download: String
    let rows: [Row]
    let isEmpty: Bool
    /// That the page does not show all.
    let more: String?

    static let template = #"""
        <div class="head"><h1>{{title}}</h1><div class="actions"><a class="button" href="{{download}}">Download the receipt</a></div><p>{{text}}</p></div>
        <section class="card">
        <dl class="facts">{{#facts}}<div><dt>{{.label}}</dt><dd><bdi>{{.value}}</bdi></dd></div>{{/facts}}<div><dt>Files</dt><dd>{{#mark}}{{> state}}{{/mark}}</dd></div></dl>
        </section>
        <section class="card flush">
        <h2>What was sent</h2>
        {{#isEmpty}}<div class="empty"><p>Nothing was ever sent of the person, as far as the ledger goes back.</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="What was sent">
        <table class="rows">
        <thead><tr><th scope="col">Dataflow</th><th scope="col">When</th><th scope="col" class="n">Revision</th><th scope="col">Shard</th><th scope="col">Sequence number</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row">{{#.path}}<a href="{{.}}">{{/.path}}<bdi>{{.dataflow}}</bdi>{{#.path}}</a>{{/.path}}</th><td data-label="When">{{#.at}}{{> time}}{{/.at}}</td><td data-label="Revision" class="n">{{.revision}}</td><td data-label="Shard">{{#.receipt}}{{#.shard}}<code>{{.}}</code>{{/.shard}}{{/.receipt}}</td><td data-label="Sequence number">{{#.receipt}}<span class="copy"><code id="{{.id}}">{{.sequence}}</code><button type="button" class="tiny" data-copy="{{.id}}" hidden>Copy</button></span>{{/.receipt}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#more}}<p class="inset">{{.}}</p>{{/more}}
        {{/isEmpty}}
        </section>
        """#
}
