import Console

/// One dataflow: how it stands, its books, what is mapped.
struct DataflowPage: ConsoleView {
    struct Problem: Sendable, Equatable {
        let tone: String
        let heading: String
        let text: String
        let since: Instant
        let advice: String
        /// Where the account gets other credentials, when those may be to blame.
        let rotation: String?
    }

    /// One term of the equation that the books are.
    struct Term: Sendable, Equatable {
        let sign: String?
        let count: String
        let label: String
        let isShown: Bool
    }

    struct Audience: Sendable, Equatable {
        let name: String
        let members: String
        /// Who entered and who exited of late.
        let changes: String
        let mapped: Instant
    }

    struct Attribute: Sendable, Equatable {
        let source: String
        let destination: String?
        let export: String?
    }

    struct Progress: Sendable, Equatable {
        let done: String
        let total: String
    }

    struct Backfill: Sendable, Equatable {
        let id: String
        let origin: String
        let mark: StateMark
        let progress: Progress?
        let text: String
        let reason: String?
        let began: Instant
    }

    struct Fact: Sendable, Equatable {
        let label: String
        let value: String
        let path: String?
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let description: String?
    let path: String
    let token: String
    let mark: StateMark
    /// Shows the button, by what may be done now.
    let canEnable: Bool
    let canDisable: Bool
    let canResume: Bool
    let canBackfill: Bool
    let canTry: Bool
    let canTest: Bool
    /// Where somebody changes what is mapped; nil for who may not.
    let mapping: PageFrame.Crumb?
    /// Where the figures come from while the page is open.
    let figuresPath: String
    /// The forms of its settings that the viewer may use.
    let forms: [PageFrame.Crumb]
    let problem: Problem?
    let terms: [Term]
    let hasBooks: Bool
    let balance: StateMark?
    let facts: [Fact]
    let figures: [HomePage.Tile]
    let chart: HourChart?
    let audiences: [Audience]
    let isNothingMapped: Bool
    let attributes: [Attribute]
    let hasAttributes: Bool
    let backfills: [Backfill]
    let hasBackfills: Bool
    let options: [Fact]
    let id: String
    let etag: String

    static let template = #"""
        <div class="head"><h1><bdi>{{title}}</bdi></h1>{{#mark}}{{> state}}{{/mark}}
        <div class="actions">
        {{#mapping}}<a class="button" href="{{.path}}">{{.name}}</a>{{/mapping}}
        {{#canBackfill}}<a class="button" href="{{path}}/backfills/new">Send members again</a>{{/canBackfill}}
        <a class="button" href="{{path}}/tail">Live tail</a>
        <a class="button" href="{{path}}/messages">Messages</a>
        <a class="button" href="{{path}}/runs">Runs</a>
        {{#canTry}}<a class="button" href="{{path}}/dry-run">Try on a person</a>{{/canTry}}
        {{#canTest}}<a class="button" href="{{path}}/tests">Test record</a>{{/canTest}}
        <a class="button" href="{{path}}/history">History</a>
        {{#canResume}}<form method="post" action="{{path}}/enable"><input type="hidden" name="token" value="{{token}}"><button class="primary">Check and resume</button></form>{{/canResume}}
        {{#canEnable}}<form method="post" action="{{path}}/enable"><input type="hidden" name="token" value="{{token}}"><button class="primary">Enable</button></form>{{/canEnable}}
        {{#canDisable}}<form method="post" action="{{path}}/disable"><input type="hidden" name="token" value="{{token}}"><button>Disable</button></form>{{/canDisable}}
        </div>
        {{#description}}<p><bdi>{{.}}</bdi></p>{{/description}}</div>
        {{#problem}}
        <section class="note {{.tone}}" aria-label="Problem"><h2>{{.heading}}</h2><p>{{.text}}</p><p class="small">{{.advice}} Since {{#.since}}{{> time}}{{/.since}}.</p>{{#.rotation}}<p><a class="button" href="{{.}}">Change credentials</a></p>{{/.rotation}}</section>
        {{/problem}}
        <p class="muted small" role="status" data-figures="{{figuresPath}}" hidden></p>
        <dl class="tiles">
        {{#figures}}<div class="tile"><dt>{{.label}}</dt><dd data-live="{{.label}}">{{.value}}</dd><dd class="small" data-live="{{.label}} note">{{.note}}</dd></div>{{/figures}}
        </dl>
        {{#hasBooks}}
        <section class="card">
        <div class="actions"><h2>Books</h2>{{#balance}}{{> state}}{{/balance}}<a class="button tiny" href="{{path}}/parked">Parked records</a></div>
        <div class="books">{{#terms}}<div{{^.isShown}} hidden{{/.isShown}}>{{#.sign}}<i>{{.}}</i>{{/.sign}}<span><b data-live="{{.label}}">{{.count}}</b><small>{{.label}}</small></span></div>{{/terms}}</div>
        </section>
        {{/hasBooks}}
        {{#chart}}
        <section class="card">
        <div class="actions"><h2>By the hour</h2><p class="legend"><span><b></b>delivered</span><span><b class="parked"></b>parked</span></p></div>
        <p class="muted small">At most {{.top}} an hour</p>
        <svg class="chart" viewBox="0 0 624 122" preserveAspectRatio="none" role="img" aria-label="{{.summary}}">
        <line class="axis" x1="0" y1="121" x2="624" y2="121"/>
        {{#.bars}}<rect class="bar" x="{{.x}}" y="{{.deliveredY}}" width="{{.width}}" height="{{.deliveredHeight}}"><title>{{.text}}</title></rect><rect class="bar parked" x="{{.x}}" y="{{.parkedY}}" width="{{.width}}" height="{{.parkedHeight}}"><title>{{.text}}</title></rect>{{/.bars}}
        </svg>
        <p class="ticks" aria-hidden="true">{{#.ticks}}<span>{{.}}</span>{{/.ticks}}</p>
        <details class="fold"><summary>The same as a table</summary>
        <table><thead><tr><th scope="col">Hour that began</th><th scope="col" class="n">Delivered</th><th scope="col" class="n">Parked</th></tr></thead>
        <tbody>{{#.rows}}<tr><td>{{.hour}}</td><td class="n">{{.delivered}}</td><td class="n">{{.parked}}</td></tr>{{/.rows}}</tbody></table>
        </details>
        </section>
        {{/chart}}
        <div class="two">
        <section class="card flush">
        <h2>Audiences</h2>
        {{#isNothingMapped}}<div class="empty"><p>Nothing is sent yet: no audience is mapped.</p>{{#mapping}}<a class="button" href="{{.path}}">Activate audiences</a>{{/mapping}}</div>{{/isNothingMapped}}
        {{^isNothingMapped}}
        <div class="scroll" tabindex="0" role="region" aria-label="Audiences">
        <table class="rows"><thead><tr><th scope="col">Name</th><th scope="col" class="n">Members</th><th scope="col" class="n">Entered / exited, 24 h</th><th scope="col">Mapped</th></tr></thead>
        <tbody>{{#audiences}}<tr><th scope="row"><bdi>{{.name}}</bdi></th><td data-label="Members" class="n">{{.members}}</td><td data-label="Entered / exited" class="n">{{.changes}}</td><td data-label="Mapped">{{#.mapped}}{{> time}}{{/.mapped}}</td></tr>{{/audiences}}</tbody></table>
        </div>
        {{/isNothingMapped}}
        </section>
        <section class="card flush">
        <h2>Attributes</h2>
        {{^hasAttributes}}<div class="empty"><p>No attribute is mapped. Messages carry identities and memberships.</p></div>{{/hasAttributes}}
        {{#hasAttributes}}
        <div class="scroll" tabindex="0" role="region" aria-label="Attributes">
        <table class="rows"><thead><tr><th scope="col">Path</th><th scope="col">Sent as</th><th scope="col">Sent on</th></tr></thead>
        <tbody>{{#attributes}}<tr><th scope="row"><code>{{.source}}</code></th><td data-label="Sent as">{{#.destination}}<code>{{.}}</code>{{/.destination}}{{^.destination}}<span class="muted">the same</span>{{/.destination}}</td><td data-label="Sent on">{{#.export}}{{.}}{{/.export}}{{^.export}}<span class="muted">any write</span>{{/.export}}</td></tr>{{/attributes}}</tbody></table>
        </div>
        {{/hasAttributes}}
        </section>
        </div>
        {{#hasBackfills}}
        <section class="card flush">
        <div class="actions"><h2>Backfills</h2><a class="button tiny" href="{{path}}/backfills">All, with pause and cancel</a></div>
        <div class="scroll" tabindex="0" role="region" aria-label="Backfills">
        <table class="rows"><thead><tr><th scope="col">Began</th><th scope="col">Because of</th><th scope="col">State</th><th scope="col">Progress</th></tr></thead>
        <tbody>{{#backfills}}<tr><th scope="row">{{#.began}}{{> time}}{{/.began}}</th><td data-label="Because of">{{.origin}}</td><td data-label="State"><span>{{#.mark}}{{> state}}{{/.mark}}{{#.reason}}<small>{{.}}</small>{{/.reason}}</span></td><td data-label="Progress"><span>{{#.progress}}<progress max="{{.total}}" value="{{.done}}" aria-label="Progress" data-live="{{id}}-done"></progress>{{/.progress}}<small data-live="{{.id}}-text">{{.text}}</small></span></td></tr>{{/backfills}}</tbody></table>
        </div>
        </section>
        {{/hasBackfills}}
        <section class="card">
        <div class="actions"><h2>Settings</h2>{{#forms}}<a class="button" href="{{.path}}">{{.name}}</a>{{/forms}}</div>
        <dl class="facts">
        {{#facts}}<dt>{{.label}}</dt><dd>{{#.path}}<a href="{{.}}"><bdi>{{value}}</bdi></a>{{/.path}}{{^.path}}<bdi>{{.value}}</bdi>{{/.path}}</dd>{{/facts}}
        </dl>
        <details class="fold"><summary>Technical</summary>
        <dl class="facts">
        {{#options}}<dt>{{.label}}</dt><dd><code>{{.value}}</code></dd>{{/options}}
        <dt>Id</dt><dd class="copy"><code id="flow-id">{{id}}</code><button type="button" class="tiny" data-copy="flow-id" hidden>Copy</button></dd>
        <dt>Version</dt><dd><code>{{etag}}</code></dd>
        <dt>As API call</dt><dd class="copy"><code id="flow-call">curl -H "Authorization: Bearer $TOKEN" $ENDPOINT/v1/dataflows/{{id}}/stats</code><button type="button" class="tiny" data-copy="flow-call" hidden>Copy</button></dd>
        </dl>
        </details>
        </section>
        """#
}
