import Console

/// All dataflows.
struct DataflowsPage: ConsoleView {
    struct Row: Sendable, Equatable {
        let name: String
        let path: String
        let mark: StateMark
        let reason: String?
        let stream: String
        let account: String
        let audiences: String
        let delivered: String
        let rate: String
        let waiting: String
        let lag: String?
        let parked: String
        let changed: Instant
        let by: String
    }

    let title = "Dataflows"
    let filters: [FormField]
    let onlyProblems: FormField
    let isFiltered: Bool
    let rows: [Row]
    let isEmpty: Bool
    let isNothingFound: Bool
    let hasRows: Bool
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>Dataflows</h1><p>What is sent where: audiences and attributes of profiles, to a stream.</p></div>
        {{^isEmpty}}
        <form class="filters" method="get" action="/console/dataflows">
        {{#filters}}{{> field}}{{/filters}}
        {{#onlyProblems}}{{> field}}{{/onlyProblems}}
        <button>Filter</button>{{#isFiltered}}<a class="button plain" href="/console/dataflows">Clear filters</a>{{/isFiltered}}
        </form>
        {{/isEmpty}}
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><h2>No dataflow yet</h2><p>A dataflow sends changes of profiles to a stream. Begin at the catalog of what can be connected.</p><a class="button" href="/console/destinations">Destination catalog</a></div>{{/isEmpty}}
        {{#isNothingFound}}<div class="empty"><h2>No dataflow matches the filters</h2><a class="button" href="/console/dataflows">Clear filters</a></div>{{/isNothingFound}}
        {{#hasRows}}
        <div class="scroll" tabindex="0" role="region" aria-label="Dataflows">
        <table class="rows">
        <thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col">Stream</th><th scope="col" class="n">Audiences</th><th scope="col" class="n">Delivered this hour</th><th scope="col" class="n">Rate</th><th scope="col" class="n">Waiting</th><th scope="col" class="n">Parked</th><th scope="col">Changed</th></tr></thead>
        <tbody>
        {{#rows}}
        <tr><th scope="row"><a href="{{.path}}"><bdi>{{.name}}</bdi></a></th>
        <td data-label="State"><span>{{#.mark}}{{> state}}{{/.mark}}{{#.reason}}<small>{{.}}</small>{{/.reason}}</span></td>
        <td data-label="Stream"><span><bdi>{{.stream}}</bdi><small><bdi>{{.account}}</bdi></small></span></td>
        <td data-label="Audiences" class="n">{{.audiences}}</td><td data-label="Delivered" class="n">{{.delivered}}</td><td data-label="Rate" class="n">{{.rate}}</td>
        <td data-label="Waiting" class="n"><span>{{.waiting}}{{#.lag}}<small>for {{.}}</small>{{/.lag}}</span></td><td data-label="Parked" class="n">{{.parked}}</td>
        <td data-label="Changed"><span>{{#.changed}}{{> time}}{{/.changed}}<small>by <bdi>{{.by}}</bdi></small></span></td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/hasRows}}
        </section>
        """#
}
