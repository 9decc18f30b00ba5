import Console

/// What a dataflow made of each of a person's last changes, and why.
struct PersonDecisionsPage: ConsoleView {
    /// A change.
    struct Row: Sendable, Equatable {
        let at: Instant
        let revision: String
        /// What happened to the person.
        let title: String
        /// Attributes, dataset, audiences.
        let details: [String]
        let mark: StateMark
        /// Why it was sent, or was not.
        let findings: [String]
        let records: [Record]
    }

    /// Where a record is.
    struct Record: Sendable, Equatable {
        let text: String
        /// Where the destination put it.
        let receipt: DeliveryReceipt?
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let head: PersonHead
    let path: String
    let field: FormField
    let policyID: String?
    /// The dataflow; nil when there is none.
    let dataflow: String?
    let dataflowPath: String
    /// What to know of all of it.
    let notes: [String]
    let rows: [Row]
    let isEmpty: Bool

    static let template = #"""
        {{#head}}{{> person}}{{/head}}
        <form class="filters" method="get" action="{{path}}">{{#policyID}}<input type="hidden" name="policy" value="{{.}}">{{/policyID}}{{#field}}{{> field}}{{/field}}<button>Show</button></form>
        <section class="card flush">
        <h2>{{#dataflow}}Decisions of <a href="{{dataflowPath}}"><bdi>{{.}}</bdi></a>{{/dataflow}}{{^dataflow}}Decisions{{/dataflow}}</h2>
        {{#notes}}<p class="inset muted">{{.}}</p>{{/notes}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="Decisions">
        <table class="rows">
        <thead><tr><th scope="col">When</th><th scope="col">What happened</th><th scope="col">What became of it, and why</th><th scope="col" class="n">Revision</th></tr></thead>
        <tbody>
        {{#rows}}<tr><td data-label="When">{{#.at}}{{> time}}{{/.at}}</td><th scope="row">{{.title}}{{#.details}}<small><bdi>{{.}}</bdi></small>{{/.details}}</th><td data-label="What became of it"><span>{{#.mark}}{{> state}}{{/.mark}}{{#.findings}}<small>{{.}}</small>{{/.findings}}{{#.records}}<small>{{.text}}{{#.receipt}}{{#.shard}} <code>{{.}}</code>{{/.shard}} <span class="copy"><code id="{{.id}}">{{.sequence}}</code><button type="button" class="tiny" data-copy="{{.id}}" hidden>Copy</button></span>{{/.receipt}}</small>{{/.records}}</span></td><td data-label="Revision" class="n">{{.revision}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{/isEmpty}}
        </section>
        """#
}
