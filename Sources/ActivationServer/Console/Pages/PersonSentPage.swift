import Console

/// What was sent of a person, and what waits or is parked.
struct PersonSentPage: ConsoleView {
    /// A record.
    struct Row: Sendable, Equatable {
        let dataflow: String
        /// The dataflow's page; nil when there is none any more.
        let path: String?
        let mark: StateMark
        let at: Instant
        let revision: String
        /// Where the destination put it.
        let receipt: DeliveryReceipt?
        let note: String?
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let head: PersonHead
    let path: String
    let range: FormField
    let policyID: String?
    let rows: [Row]
    let isEmpty: Bool
    /// Whether revisions rise.
    let order: StateMark?
    let orderText: String
    let pager: Pager

    static let template = #"""
        {{#head}}{{> person}}{{/head}}
        <form class="filters" method="get" action="{{path}}">{{#policyID}}<input type="hidden" name="policy" value="{{.}}">{{/policyID}}{{#range}}{{> field}}{{/range}}<button>Show</button></form>
        <section class="card flush">
        <h2>Records</h2>
        {{#isEmpty}}<div class="empty"><p>Nothing of the person was sent in this time, and nothing waits.</p></div>{{/isEmpty}}
        {{^isEmpty}}
        {{#order}}<p class="inset">{{> state}} <span class="muted">{{orderText}}</span></p>{{/order}}
        <div class="scroll" tabindex="0" role="region" aria-label="Records">
        <table class="rows">
        <thead><tr><th scope="col">Dataflow</th><th scope="col">State</th><th scope="col">When</th><th scope="col" class="n">Revision</th><th scope="col">Shard</th><th scope="col">Sequence number</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row">{{#.path}}<a href="{{.}}">{{/.path}}<bdi>{{.dataflow}}</bdi>{{#.path}}</a>{{/.path}}</th><td data-label="State"><span>{{#.mark}}{{> state}}{{/.mark}}{{#.note}}<small>{{.}}</small>{{/.note}}</span></td><td data-label="When">{{#.at}}{{> time}}{{/.at}}</td><td data-label="Revision" class="n">{{.revision}}</td><td data-label="Shard">{{#.receipt}}{{#.shard}}<code>{{.}}</code>{{/.shard}}{{/.receipt}}</td><td data-label="Sequence number">{{#.receipt}}<span class="copy"><code id="{{.id}}">{{.sequence}}</code><button type="button" class="tiny" data-copy="{{.id}}" hidden>Copy</button></span>{{/.receipt}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{/isEmpty}}
        {{#pager}}{{> pager}}{{/pager}}
        </section>
        """#
}
