import Console

/// The backfills of a dataflow: how far they are, and what can be done about them.
struct BackfillsPage: ConsoleView {
    struct Row: Sendable, Equatable {
        let id: String
        let path: String
        let origin: String
        let audiences: String
        let mark: StateMark
        let reason: String?
        /// Nil before it is known how many there are.
        let progress: DataflowPage.Progress?
        let text: String
        let began: Instant
        let by: String
        let canPause: Bool
        let canResume: Bool
        let isOpen: Bool
        let rate: FormField?
    }

    let title = "Backfills"
    let crumbs: [PageFrame.Crumb]
    let name: String
    let path: String
    let token: String
    /// Where the figures come from while the page is open.
    let figures: String
    let canBegin: Bool
    let rows: [Row]
    let isEmpty: Bool
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>Backfills</h1>
        <div class="actions">{{#canBegin}}<a class="button primary" href="{{path}}/new">Send members again</a>{{/canBegin}}</div>
        <p>Members of audiences that <bdi>{{name}}</bdi> sends though nothing happened to them. Leaving this page changes nothing.</p></div>
        <p class="muted small" role="status" data-figures="{{figures}}" hidden></p>
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><p>No backfill has run. One begins when an audience is mapped, and when somebody wants it.</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="Backfills">
        <table class="rows"><thead><tr><th scope="col">Began</th><th scope="col">Because of</th><th scope="col">State</th><th scope="col">Progress</th><th scope="col"><span class="sr">Actions</span></th></tr></thead>
        <tbody>{{#rows}}<tr><th scope="row">{{#.began}}{{> time}}{{/.began}}<small><bdi>{{.by}}</bdi></small></th><td data-label="Because of"><span>{{.origin}}<small>{{.audiences}}</small></span></td><td data-label="State"><span>{{#.mark}}{{> state}}{{/.mark}}{{#.reason}}<small>{{.}}</small>{{/.reason}}</span></td><td data-label="Progress"><span>{{#.progress}}<progress max="{{.total}}" value="{{.done}}" aria-label="Progress" data-live="{{id}}-done"></progress>{{/.progress}}<small data-live="{{.id}}-text">{{.text}}</small></span></td>
        <td>{{#.isOpen}}<form class="row-actions" method="post" action="{{.path}}"><input type="hidden" name="token" value="{{token}}">{{#.canPause}}<button class="tiny" name="do" value="pause">Pause</button>{{/.canPause}}{{#.canResume}}<button class="tiny" name="do" value="resume">Resume</button>{{/.canResume}}<a class="button tiny" href="{{.path}}/cancel">Cancel</a></form>
        {{#.rate}}<details class="fold"><summary>Rate</summary><form class="row-actions" method="post" action="{{path}}"><input type="hidden" name="token" value="{{token}}">{{> field}}<button class="tiny" name="do" value="rate">Change rate</button></form></details>{{/.rate}}{{/.isOpen}}</td></tr>
        {{/rows}}</tbody></table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isEmpty}}
        </section>
        """#
}
