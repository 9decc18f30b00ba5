import Console

/// Who did what, when, from where, and what came of it.
struct AuditPage: ConsoleView {
    struct Row: Sendable, Equatable {
        let at: Instant
        let who: String
        /// By which way, and from where.
        let way: String
        let request: String?
        let what: String
        let name: String
        let mark: StateMark
        let code: String?
        let lines: [ChangeLine]
        let hasLines: Bool
        /// What else is said of it.
        let details: [String]
    }

    let title = "Audit log"
    let filters: [FormField]
    let isFiltered: Bool
    let csv: String
    let json: String
    let rows: [Row]
    let isEmpty: Bool
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>Audit log</h1><p>Changes, sign-ins, refusals, reveals, look-ups, exports and erasures of at least 365 days. Records are a chain; <code>headwater doctor</code> finds what was changed beside the server.</p></div>
        <form class="filters" method="get" action="/console/audit">
        {{#filters}}{{> field}}{{/filters}}
        <button>Filter</button>{{#isFiltered}}<a class="button plain" href="/console/audit">Clear filters</a>{{/isFiltered}}
        </form>
        <div class="actions"><a class="button" href="{{csv}}" download>Download CSV</a><a class="button" href="{{json}}" download>Download JSON</a></div>
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><h2>No record matches the filters</h2><a class="button" href="/console/audit">Clear filters</a></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="Records">
        <table class="rows">
        <thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Outcome</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row">{{#.at}}{{> time}}{{/.at}}</th><td data-label="Who"><span><bdi>{{.who}}</bdi><small>{{.way}}{{#.request}}, request <code>{{.}}</code>{{/.request}}</small></span></td><td data-label="What"><div><p>{{.what}} <bdi>{{.name}}</bdi></p>{{#.hasLines}}<ul>{{#.lines}}<li class="small wrap"><b>{{.what}}</b> {{#.before}}<span class="sr">was </span><del><bdi>{{.}}</bdi></del>{{/.before}} {{#.after}}<span aria-hidden="true">→</span> <span class="sr">now </span><ins><bdi>{{.}}</bdi></ins>{{/.after}} {{#.note}}<span class="muted">{{.}}</span>{{/.note}}</li>{{/.lines}}</ul>{{/.hasLines}}{{#.details}}<p class="muted small wrap"><bdi>{{.}}</bdi></p>{{/.details}}</div></td><td data-label="Outcome"><span>{{#.mark}}{{> state}}{{/.mark}}{{#.code}}<small>{{.}}</small>{{/.code}}</span></td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isEmpty}}
        </section>
        """#
}
