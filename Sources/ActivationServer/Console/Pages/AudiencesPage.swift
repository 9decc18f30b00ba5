import Console

/// All audiences.
struct AudiencesPage: ConsoleView {
    struct Row: Sendable, Equatable {
        let id: String
        let name: String
        let path: String
        let state: StateMark
        /// Who says who belongs to it.
        let origin: String
        let tags: [String]
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
    /// Files that the viewer has begun to send and not started; nil when there is none.
    let unfinished: String?
    let filters: [FormField]
    let onlyUnused: FormField
    let isFiltered: Bool
    let mayManage: Bool
    /// Why what was to be done to several was not done.
    let mistakes: FormMistakes?
    let token: String
    /// The tag to be given to several, or taken.
    let tag: FormField
    let rows: [Row]
    let isEmpty: Bool
    let isNothingFound: Bool
    let hasRows: Bool
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>Audiences</h1>{{#mayManage}}<div class="actions"><a class="button primary" href="/console/audiences/new">Make an audience</a><a class="button" href="/console/audiences/upload">Upload a file</a></div>{{/mayManage}}<p>Who belongs together, by a rule or because others say so. Members come and go as data arrives.</p></div>
        {{#unfinished}}<div class="note warning"><p>{{.}} <a href="/console/audiences/upload">Go on</a></p></div>{{/unfinished}}
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        {{^isEmpty}}
        <form class="filters" method="get" action="/console/audiences">
        {{#filters}}{{> field}}{{/filters}}
        {{#onlyUnused}}{{> field}}{{/onlyUnused}}
        <button>Filter</button>{{#isFiltered}}<a class="button plain" href="/console/audiences">Clear filters</a>{{/isFiltered}}
        </form>
        {{/isEmpty}}
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><h2>No audience yet</h2><p>An audience is a rule over attributes and events, such as <code>person.age &gt;= 18</code>.</p>{{#mayManage}}<a class="button" href="/console/audiences/new">Make an audience</a><p>Its members may also be those of a file.</p><a class="button" href="/console/audiences/upload">Upload a file</a>{{/mayManage}}</div>{{/isEmpty}}
        {{#isNothingFound}}<div class="empty"><h2>No audience matches the filters</h2><a class="button" href="/console/audiences">Clear filters</a></div>{{/isNothingFound}}
        {{#hasRows}}
        {{#mayManage}}<form method="post" action="/console/audiences/bulk"><input type="hidden" name="token" value="{{token}}">{{/mayManage}}
        <div class="scroll" tabindex="0" role="region" aria-label="Audiences">
        <table class="rows">
        <thead><tr><th scope="col">Name</th><th scope="col">Origin</th><th scope="col">State</th><th scope="col" class="n">Members</th><th scope="col" class="n">Entered / exited, 24 h</th><th scope="col">Merge policy</th><th scope="col" class="n">Dataflows</th><th scope="col">Changed</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row"><span class="pick">{{#mayManage}}<input type="checkbox" name="id" value="{{.id}}" aria-label="Choose {{.name}}">{{/mayManage}}<a href="{{.path}}"><bdi>{{.name}}</bdi></a></span>{{#.tags}}<span class="tag"><bdi>{{.}}</bdi></span> {{/.tags}}</th><td data-label="Origin" class="short">{{.origin}}</td><td data-label="State"><span>{{#.state}}{{> state}}{{/.state}} {{#.mark}}{{> state}}{{/.mark}}{{#.progress}}<small>{{.}}</small>{{/.progress}}</span></td><td data-label="Members" class="n">{{.members}}</td><td data-label="Entered / exited, 24 h" class="n">{{.changes}}</td><td data-label="Merge policy"><bdi>{{.policy}}</bdi></td><td data-label="Dataflows" class="n">{{.dataflows}}</td><td data-label="Changed">{{#.changed}}{{> time}}{{/.changed}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#mayManage}}
        <details class="fold pad"><summary>Do something to the chosen ones</summary>
        <div class="actions"><button name="op" value="publish">Publish</button><button name="op" value="deactivate">Deactivate</button><button name="op" value="delete" class="danger">Delete</button></div>
        <div class="filters">{{#tag}}{{> field}}{{/tag}}<button name="op" value="tag">Add tag</button><button name="op" value="untag">Take tag away</button></div>
        </details>
        </form>
        {{/mayManage}}
        {{#pager}}{{> pager}}{{/pager}}
        {{/hasRows}}
        </section>
        """#
}
