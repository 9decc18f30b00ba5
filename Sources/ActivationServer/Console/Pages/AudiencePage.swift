import Console

/// One audience: its rule, how it is evaluated, where it goes.
struct AudiencePage: ConsoleView {
    struct Fact: Sendable, Equatable {
        let label: String
        let value: String
    }

    struct Use: Sendable, Equatable {
        let name: String
        let path: String
        let mark: StateMark
    }

    struct Progress: Sendable, Equatable {
        let done: String
        let total: String
        let text: String
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let description: String?
    let path: String
    let mayManage: Bool
    let token: String
    let state: StateMark
    let tags: [String]
    let hasTags: Bool
    let mayPublish: Bool
    let mayDeactivate: Bool
    /// Why it can be neither deactivated nor deleted, where it could be otherwise.
    let stays: String?
    /// Why it cannot be used; nil when it can.
    let trouble: String?
    let tiles: [HomePage.Tile]
    /// Members over time; nil when they could not be read.
    let chart: MemberChart?
    /// The stretches of time that the chart may show.
    let ranges: [PersonHead.Tab]
    let rule: String
    let mark: StateMark
    let progress: Progress?
    let plan: String
    let modes: [Fact]
    let facts: [Fact]
    let made: Instant
    let changed: Instant
    let uses: [Use]
    let isUnused: Bool
    /// The audiences that ask for it.
    let askers: [PageFrame.Crumb]
    let hasAskers: Bool
    let pager: Pager
    let id: String

    static let template = #"""
        <div class="head"><h1><bdi>{{title}}</bdi></h1>{{#state}}{{> state}}{{/state}}{{#mark}}{{> state}}{{/mark}}
        <div class="actions">{{#mayPublish}}<form method="post" action="{{path}}/publish"><input type="hidden" name="token" value="{{token}}"><button class="primary">Publish</button></form>{{/mayPublish}}{{#mayManage}}<a class="button" href="{{path}}/edit">Edit</a><form method="post" action="{{path}}/copy"><input type="hidden" name="token" value="{{token}}"><button>Copy</button></form>{{/mayManage}}<a class="button" href="{{path}}/history">History</a>{{#mayDeactivate}}<a class="button" href="{{path}}/deactivate">Deactivate</a>{{/mayDeactivate}}{{#mayManage}}{{^stays}}<a class="button" href="{{path}}/delete">Delete</a>{{/stays}}{{/mayManage}}</div>
        {{#description}}<p><bdi>{{.}}</bdi></p>{{/description}}
        {{#hasTags}}<p>{{#tags}}<span class="tag"><bdi>{{.}}</bdi></span> {{/tags}}</p>{{/hasTags}}
        {{#stays}}<p class="muted small">{{.}}</p>{{/stays}}</div>
        {{#trouble}}<div class="note bad"><h2>It is not evaluated</h2><p>{{.}}</p></div>{{/trouble}}
        <dl class="tiles">{{#tiles}}<div class="tile"><dt>{{.label}}</dt><dd>{{.value}}</dd>{{#.note}}<dd class="small">{{.}}</dd>{{/.note}}</div>{{/tiles}}</dl>
        {{#chart}}
        <section class="card">
        <div class="actions"><h2>Members over time</h2></div>
        <nav class="tabs" aria-label="Stretch of time">{{#ranges}}<a href="{{.path}}"{{#.isCurrent}} aria-current="page"{{/.isCurrent}}>{{.name}}</a>{{/ranges}}</nav>
        <p class="muted small">{{.bounds}}</p>
        <svg class="chart" viewBox="0 0 624 122" preserveAspectRatio="none" role="img" aria-label="{{.summary}}">
        <line class="axis" x1="0" y1="121" x2="624" y2="121"/>
        <polyline class="line" points="{{.line}}"/>
        {{#.slots}}<rect class="slot" x="{{.x}}" y="0" width="{{.width}}" height="120"><title>{{.text}}</title></rect>{{/.slots}}
        </svg>
        <p class="ticks{{#.isByDay}} days{{/.isByDay}}" aria-hidden="true">{{#.ticks}}<span>{{.}}</span>{{/.ticks}}</p>
        {{#.isQuiet}}<p class="muted small">Nobody entered or exited.</p>{{/.isQuiet}}
        {{^.isQuiet}}<details class="fold"><summary>The same as a table</summary>
        <table><thead><tr><th scope="col">Begin of the {{.unit}}</th><th scope="col" class="n">Entered</th><th scope="col" class="n">Exited</th><th scope="col" class="n">Members at its end</th></tr></thead>
        <tbody>{{#.rows}}<tr><td>{{.start}}</td><td class="n">{{.entered}}</td><td class="n">{{.exited}}</td><td class="n">{{.members}}</td></tr>{{/.rows}}</tbody></table>
        </details>{{/.isQuiet}}
        </section>
        {{/chart}}
        <section class="card">
        <h2>Rule</h2>
        <pre tabindex="0" role="region" aria-label="Rule"><code>{{rule}}</code></pre>
        {{#progress}}<div><progress value="{{.done}}" max="{{.total}}" aria-label="Evaluation">{{.text}}</progress><p class="muted small">{{.text}}</p></div>{{/progress}}
        <p>{{plan}}</p>
        </section>
        <div class="two">
        <section class="card flush">
        <h2>Where it goes</h2>
        {{#isUnused}}<div class="empty"><p>No dataflow exports the audience.</p></div>{{/isUnused}}
        {{^isUnused}}
        <div class="scroll" tabindex="0" role="region" aria-label="Where it goes">
        <table class="rows">
        <thead><tr><th scope="col">Dataflow</th><th scope="col">State</th></tr></thead>
        <tbody>{{#uses}}<tr><th scope="row"><a href="{{.path}}"><bdi>{{.name}}</bdi></a></th><td data-label="State">{{#.mark}}{{> state}}{{/.mark}}</td></tr>{{/uses}}</tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isUnused}}
        {{#hasAskers}}<div class="pad"><p>Audiences that ask for it: {{#askers}}<a href="{{.path}}"><bdi>{{.name}}</bdi></a> {{/askers}}</p></div>{{/hasAskers}}
        </section>
        <section class="card">
        <h2>Details</h2>
        <dl class="facts">
        {{#facts}}<dt>{{.label}}</dt><dd><bdi>{{.value}}</bdi></dd>{{/facts}}
        <dt>Made</dt><dd>{{#made}}{{> time}}{{/made}}</dd>
        <dt>Changed</dt><dd>{{#changed}}{{> time}}{{/changed}}</dd>
        </dl>
        <details class="fold"><summary>How Adobe would evaluate it</summary>
        <dl class="facts">{{#modes}}<dt>{{.label}}</dt><dd>{{.value}}</dd>{{/modes}}</dl>
        <p class="muted small">It changes nothing here: every audience is evaluated as data arrives.</p>
        </details>
        <details class="fold"><summary>Technical</summary>
        <dl class="facts"><dt>Id</dt><dd class="copy"><code id="audience-id">{{id}}</code><button type="button" class="tiny" data-copy="audience-id" hidden>Copy</button></dd>
        <dt>As API call</dt><dd class="copy"><code id="audience-call">curl -H "Authorization: Bearer $TOKEN" $ENDPOINT/data/core/ups/segment/definitions/{{id}}</code><button type="button" class="tiny" data-copy="audience-call" hidden>Copy</button></dd></dl>
        </details>
        </section>
        </div>
        """#
}
