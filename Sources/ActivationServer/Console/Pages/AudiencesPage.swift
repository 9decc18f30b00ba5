import Console

/// All audiences.
struct AudiencesPage: ConsoleView {
    struct Row: Sendable, Equatable {
        let name: String
        let path: String
        let members: String
        /// Who entered and who exited of late.
        let changes: String
        let mark: StateMark
        let progress: String?
        let policy: String
        let dataflows: String
        let changed: Instant
    }

    let title = "Audiences"
    let filters: [FormField]
    let onlyUnused: FormField
    let isFiltered: Bool
    let mayManage: Bool
    let rows: [Row]
    let isEmpty: Bool
    let isNothingFound: Bool
    let hasRows: Bool
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>Audiences</h1>{{#mayManage}}<div class="actions"><a class="button primary" href="/console/audiences/new">Make an audience</a></div>{{/mayManage}}<p>Who belongs together, by a rule. Members come and go as data arrives.</p></div>
        {{^isEmpty}}
        <form class="filters" method="get" action="/console/audiences">
        {{#filters}}{{> field}}{{/filters}}
        {{#onlyUnused}}{{> field}}{{/onlyUnused}}
        <button>Filter</button>{{#isFiltered}}<a class="button plain" href="/console/audiences">Clear filters</a>{{/isFiltered}}
        </form>
        {{/isEmpty}}
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><h2>No audience yet</h2><p>An audience is a rule over attributes and events, such as <code>person.age &gt;= 18</code>.</p>{{#mayManage}}<a class="button" href="/console/audiences/new">Make an audience</a>{{/mayManage}}</div>{{/isEmpty}}
        {{#isNothingFound}}<div class="empty"><h2>No audience matches the filters</h2><a class="button" href="/console/audiences">Clear filters</a></div>{{/isNothingFound}}
        {{#hasRows}}
        <div class="scroll" tabindex="0" role="region" aria-label="Audiences">
        <table class="rows">
        <thead><tr><th scope="col">Name</th><th scope="col" class="n">Members</th><th scope="col" class="n">Entered / exited, 24 h</th><th scope="col">Evaluation</th><th scope="col">Merge policy</th><th scope="col" class="n">Dataflows</th><th scope="col">Changed</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row"><a href="{{.path}}"><bdi>{{.name}}</bdi></a></th><td data-label="Members" class="n">{{.members}}</td><td data-label="Entered / exited, 24 h" class="n">{{.changes}}</td><td data-label="Evaluation"><span>{{#.mark}}{{> state}}{{/.mark}}{{#.progress}}<small>{{.}}</small>{{/.progress}}</span></td><td data-label="Merge policy"><bdi>{{.policy}}</bdi></td><td data-label="Dataflows" class="n">{{.dataflows}}</td><td data-label="Changed">{{#.changed}}{{> time}}{{/.changed}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/hasRows}}
        </section>
        """#
}
