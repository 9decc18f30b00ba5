import Console

/// How the traffic was over time, of all dataflows and of each.
struct MonitoringPage: ConsoleView {
    /// An alert that was told.
    struct Alert: Sendable, Equatable {
        let mark: StateMark
        let name: String
        /// The dataflow; nil = it was about the server.
        let flow: PageFrame.Crumb?
        let text: String
        let at: Instant
    }

    struct Row: Sendable, Equatable {
        let name: String
        let path: String
        let mark: StateMark
        let reason: String?
        let received: String
        let activated: String
        let excluded: String
        let failed: String
        let rate: String
        let lag: String
        let slowest: String
        let throttled: String
        let waiting: String
        let oldest: String?
        let parked: String
    }

    let title = "Monitoring"
    let tabs: [PersonHead.Tab]
    let about: String
    let tiles: [HomePage.Tile]
    /// Says that nothing happened; nil when something did.
    let quiet: String?
    let charts: [SeriesChart]
    let grid: HeatGrid?
    let strip: MarkStrip?
    let alerts: [Alert]
    let alertsTitle: String
    let hasAlerts: Bool
    let range: String
    let onlyProblems: FormField
    let isFiltered: Bool
    let clearPath: String
    let rows: [Row]
    let isEmpty: Bool
    let isNothingFound: Bool
    let hasRows: Bool
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>{{title}}</h1><p>{{about}}</p></div>
        <nav class="tabs" aria-label="Range">{{#tabs}}<a href="{{.path}}"{{#.isCurrent}} aria-current="page"{{/.isCurrent}}>{{.name}}</a>{{/tabs}}</nav>
        <dl class="tiles">
        {{#tiles}}<div class="tile"><dt>{{.label}}</dt><dd>{{.value}}</dd><dd class="small">{{.note}}</dd></div>{{/tiles}}
        </dl>
        {{#quiet}}<section class="card"><div class="empty"><h2>No traffic in this range</h2><p>{{.}}</p></div></section>{{/quiet}}
        <div class="two">
        {{#charts}}{{> series}}{{/charts}}
        </div>
        {{#grid}}
        <section class="card">
        <div class="actions"><h2>Throttling by shard</h2></div>
        <p class="muted small">Times that a shard refused a record for its pace. {{.bound}}.</p>
        <div class="heat">
        {{#.rows}}<bdi>{{.name}}</bdi><svg class="strip" viewBox="0 0 624 14" preserveAspectRatio="none" role="img" aria-label="{{.summary}}">{{#.cells}}<rect class="{{.tone}}" x="{{.x}}" y="0" width="{{.width}}" height="14"><title>{{.text}}</title></rect>{{/.cells}}</svg><span class="number">{{.total}}</span>{{/.rows}}
        <p class="ticks{{#.hasFiveTicks}} days{{/.hasFiveTicks}}" aria-hidden="true">{{#.ticks}}<span>{{.}}</span>{{/.ticks}}</p>
        </div>
        </section>
        {{/grid}}
        {{#hasAlerts}}
        <section class="card flush">
        <h2>{{alertsTitle}}</h2>
        {{#strip}}<div class="inset"><svg class="strip" viewBox="0 0 624 14" preserveAspectRatio="none" role="img" aria-label="{{.summary}}">{{#.marks}}<polygon class="mark" points="{{.points}}"><title>{{.text}}</title></polygon>{{/.marks}}</svg></div>{{/strip}}
        <div class="scroll" tabindex="0" role="region" aria-label="Alerts">
        <table class="rows"><thead><tr><th scope="col">When</th><th scope="col">Alert</th><th scope="col">Dataflow</th><th scope="col">What was found</th></tr></thead>
        <tbody>{{#alerts}}<tr><th scope="row">{{#.at}}{{> time}}{{/.at}}</th><td data-label="Alert"><span><bdi>{{.name}}</bdi> {{#.mark}}{{> state}}{{/.mark}}</span></td><td data-label="Dataflow">{{#.flow}}<a href="{{.path}}"><bdi>{{.name}}</bdi></a>{{/.flow}}{{^.flow}}the server{{/.flow}}</td><td data-label="What was found"><bdi>{{.text}}</bdi></td></tr>{{/alerts}}</tbody></table>
        </div>
        </section>
        {{/hasAlerts}}
        {{^isEmpty}}
        <form class="filters" method="get" action="/console/monitoring">
        <input type="hidden" name="range" value="{{range}}">
        {{#onlyProblems}}{{> field}}{{/onlyProblems}}
        <button>Filter</button>{{#isFiltered}}<a class="button plain" href="{{clearPath}}">Clear filters</a>{{/isFiltered}}
        </form>
        {{/isEmpty}}
        <section class="card flush">
        <h2>By dataflow</h2>
        {{#isEmpty}}<div class="empty"><h2>No dataflow yet</h2><p>What dataflows send shows here.</p><a class="button" href="/console/destinations">Destination catalog</a></div>{{/isEmpty}}
        {{#isNothingFound}}<div class="empty"><h2>No dataflow has a problem</h2><p>None is stopped, had records refused in this range, or holds parked ones.</p><a class="button" href="{{clearPath}}">Clear filters</a></div>{{/isNothingFound}}
        {{#hasRows}}
        <div class="scroll" tabindex="0" role="region" aria-label="By dataflow">
        <table class="rows">
        <thead><tr><th scope="col">Dataflow</th><th scope="col" class="n">Received<small>triggered</small></th><th scope="col" class="n">Activated<small>delivered</small></th><th scope="col" class="n">Excluded<small>suppressed</small></th><th scope="col" class="n">Failed<small>refused</small></th><th scope="col" class="n">Activation<small>rate</small></th><th scope="col" class="n">Delay<small>50, 99 of 100</small></th><th scope="col" class="n">Throttled<small>times</small></th><th scope="col" class="n">Waiting<small>now</small></th><th scope="col" class="n">Parked<small>now</small></th></tr></thead>
        <tbody>
        {{#rows}}
        <tr><th scope="row"><a href="{{.path}}"><bdi>{{.name}}</bdi></a><small>{{#.mark}}{{> state}}{{/.mark}}{{#.reason}} {{.}}{{/.reason}}</small></th>
        <td data-label="Received" class="n">{{.received}}</td><td data-label="Activated" class="n">{{.activated}}</td><td data-label="Excluded" class="n">{{.excluded}}</td><td data-label="Failed" class="n">{{.failed}}</td><td data-label="Activation rate" class="n">{{.rate}}</td>
        <td data-label="Delay, 50, 99 of 100" class="n"><span>{{.lag}}<small>{{.slowest}}</small></span></td><td data-label="Throttled" class="n">{{.throttled}}</td>
        <td data-label="Waiting now" class="n"><span>{{.waiting}}{{#.oldest}}<small>for {{.}}</small>{{/.oldest}}</span></td><td data-label="Parked now" class="n">{{.parked}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/hasRows}}
        </section>
        """#
}
