import Console

/// One audience: its rule, or who names its members, how it is evaluated, where it goes.
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

    /// What there is only of one whose members are named by others.
    struct External: Sendable, Equatable {
        /// One of its uploads.
        struct Row: Sendable, Equatable {
            let name: String
            let path: String
            let mark: StateMark
            let text: String
            let began: Instant
            let by: String
            let accepted: String
            let refused: String
            /// Where the refused rows can be had; nil when there is none.
            let download: String?
            let entered: String
            let exited: String
        }

        let facts: [Fact]
        /// When its members exit, or why they do not.
        let expiry: String
        /// Where a file of members is sent; nil when nobody enters.
        let upload: String?
        /// Whether its members can be confirmed now.
        let mayRefresh: Bool
        /// Why not, and when; nil when they can, or nobody could.
        let refreshNote: String?
        let mayEmpty: Bool
        let rows: [Row]
        let hasRows: Bool
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
    /// Its rule; nil when there is none.
    let rule: String?
    /// What there is instead of a rule; nil when there is one.
    let external: External?
    let mayCopy: Bool
    let mark: StateMark
    let progress: Progress?
    let plan: String
    let modes: [Fact]
    let hasModes: Bool
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
    /// Where the API has it.
    let door: String

    static let template = #"""
        <div class="head"><h1><bdi>{{title}}</bdi></h1>{{#state}}{{> state}}{{/state}}{{#mark}}{{> state}}{{/mark}}
        <div class="actions">{{#external}}{{#.upload}}<a class="button primary" href="{{.}}">Upload a file</a>{{/.upload}}{{#.mayRefresh}}<form method="post" action="{{path}}/refresh"><input type="hidden" name="token" value="{{token}}"><button>Refresh</button></form>{{/.mayRefresh}}{{#.mayEmpty}}<a class="button" href="{{path}}/empty">Empty</a>{{/.mayEmpty}}{{/external}}{{#mayPublish}}<form method="post" action="{{path}}/publish"><input type="hidden" name="token" value="{{token}}"><button class="primary">Publish</button></form>{{/mayPublish}}{{#mayManage}}<a class="button" href="{{path}}/edit">Edit</a>{{/mayManage}}{{#mayCopy}}<form method="post" action="{{path}}/copy"><input type="hidden" name="token" value="{{token}}"><button>Copy</button></form>{{/mayCopy}}<a class="button" href="{{path}}/history">History</a>{{#mayDeactivate}}<a class="button" href="{{path}}/deactivate">Deactivate</a>{{/mayDeactivate}}{{#mayManage}}{{^stays}}<a class="button" href="{{path}}/delete">Delete</a>{{/stays}}{{/mayManage}}</div>
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
        {{#rule}}<h2>Rule</h2>
        <pre tabindex="0" role="region" aria-label="Rule"><code>{{.}}</code></pre>{{/rule}}
        {{#external}}<h2>Named by others</h2>
        <dl class="facts">{{#.facts}}<dt>{{.label}}</dt><dd><bdi>{{.value}}</bdi></dd>{{/.facts}}</dl>
        <p>{{.expiry}}</p>
        {{#.refreshNote}}<p class="muted small">{{.}}</p>{{/.refreshNote}}{{/external}}
        {{#progress}}<div><progress value="{{.done}}" max="{{.total}}" aria-label="Evaluation">{{.text}}</progress><p class="muted small">{{.text}}</p></div>{{/progress}}
        <p>{{plan}}</p>
        </section>
        {{#external}}
        <section class="card flush">
        <h2>Uploads</h2>
        {{^.hasRows}}<div class="empty"><p>No file has been uploaded. Members may also come with records, and one by one by the API.</p></div>{{/.hasRows}}
        {{#.hasRows}}
        <div class="scroll" tabindex="0" role="region" aria-label="Uploads">
        <table class="rows">
        <thead><tr><th scope="col">File</th><th scope="col">State</th><th scope="col">Begun</th><th scope="col" class="n">Accepted</th><th scope="col" class="n">Refused</th><th scope="col" class="n">Entered</th><th scope="col" class="n">Exited</th></tr></thead>
        <tbody>{{#rows}}<tr><th scope="row"><a href="{{.path}}"><bdi>{{.name}}</bdi></a></th><td data-label="State"><span>{{#.mark}}{{> state}}{{/.mark}}<small>{{.text}}</small></span></td><td data-label="Begun"><span>{{#.began}}{{> time}}{{/.began}}<small><bdi>{{.by}}</bdi></small></span></td><td data-label="Accepted" class="n">{{.accepted}}</td><td data-label="Refused" class="n"><span>{{.refused}}{{#.download}} <a href="{{.}}" download>Download</a>{{/.download}}</span></td><td data-label="Entered" class="n">{{.entered}}</td><td data-label="Exited" class="n">{{.exited}}</td></tr>
        {{/rows}}</tbody>
        </table>
        </div>
        {{/.hasRows}}
        <p class="inset muted small">Who entered and exited from an upload's first row until that of the next. Whoever a file does not name exits when all of its rows are in.</p>
        </section>
        {{/external}}
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
        {{#hasModes}}<details class="fold"><summary>How Adobe would evaluate it</summary>
        <dl class="facts">{{#modes}}<dt>{{.label}}</dt><dd>{{.value}}</dd>{{/modes}}</dl>
        <p class="muted small">It changes nothing here: every audience is evaluated as data arrives.</p>
        </details>{{/hasModes}}
        <details class="fold"><summary>Technical</summary>
        <dl class="facts"><dt>Id</dt><dd class="copy"><code id="audience-id">{{id}}</code><button type="button" class="tiny" data-copy="audience-id" hidden>Copy</button></dd>
        <dt>As API call</dt><dd class="copy"><code id="audience-call">curl -H "Authorization: Bearer $TOKEN" $ENDPOINT{{door}}/{{id}}</code><button type="button" class="tiny" data-copy="audience-call" hidden>Copy</button></dd></dl>
        </details>
        </section>
        </div>
        """#
}
