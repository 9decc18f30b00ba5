import ActivationCore
import Console

/// Whether all is well, and if not, what to do.
struct HomePage: ConsoleView {
    /// Something a person should look at.
    struct Problem: Sendable, Equatable {
        let tone: String
        let what: String
        let path: String?
        let text: String
        let since: Instant?
    }

    /// A figure.
    struct Tile: Sendable, Equatable {
        let label: String
        let value: String
        let note: String?
        /// Where there is more about it; nil when there is nothing.
        var path: String? = nil
    }

    /// A dataflow.
    struct Row: Sendable, Equatable {
        let name: String
        let path: String
        let mark: StateMark
        let delivered: String
        let rate: String
        let waiting: String
        let lag: String?
        let parked: String
    }

    /// What is left to do on a new server.
    struct Step: Sendable, Equatable {
        let number: Int
        let text: String
        let command: String?
        let path: String?
        let isDone: Bool
    }

    let title = "Home"
    let sentence: String
    let mark: StateMark
    let problems: [Problem]
    let hasProblems: Bool
    let tiles: [Tile]
    let rows: [Row]
    let hasRows: Bool
    let more: String?
    let steps: [Step]
    let isNew: Bool
    /// What people changed last.
    let changes: [ChangeRow]
    let hasChanges: Bool

    static let rowsMax = 5
    static let changesMax = 10

    static let template = #"""
        <h1 class="sr">Home</h1>
        <section class="card verdict {{mark.tone}}" aria-label="State"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#{{mark.icon}}"/></svg><p>{{sentence}}</p></section>
        {{#hasProblems}}
        <section class="card flush" aria-label="Problems">
        {{#problems}}
        <div class="problem {{.tone}}"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#alert"/></svg>
        <div><h2><bdi>{{.what}}</bdi></h2><p>{{.text}}</p>{{#.since}}<p class="muted small">since {{> time}}</p>{{/.since}}</div>
        {{#.path}}<div class="actions"><a class="button" href="{{.}}">Look</a></div>{{/.path}}</div>
        {{/problems}}
        </section>
        {{/hasProblems}}
        {{#isNew}}
        <section class="card">
        <h2>Four steps to the first record</h2>
        <ol class="steps">
        {{#steps}}
        <li{{#.isDone}} class="done"{{/.isDone}}><span class="mark">{{#.isDone}}<svg aria-label="done"><use href="{{frame.assets.icons}}#check"/></svg>{{/.isDone}}{{^.isDone}}{{.number}}{{/.isDone}}</span><div><p>{{.text}}</p>{{^.isDone}}{{#.command}}<p class="muted"><code>{{.}}</code></p>{{/.command}}{{/.isDone}}</div>{{^.isDone}}{{#.path}}<a class="button" href="{{.}}">Set up</a>{{/.path}}{{/.isDone}}</li>
        {{/steps}}
        </ol>
        </section>
        {{/isNew}}
        <dl class="tiles">
        {{#tiles}}<div class="tile"><dt>{{.label}}</dt><dd>{{#.path}}<a href="{{.}}">{{/.path}}{{.value}}{{#.path}}</a>{{/.path}}</dd>{{#.note}}<dd class="small">{{.}}</dd>{{/.note}}</div>{{/tiles}}
        </dl>
        {{#hasRows}}
        <section class="card flush">
        <h2>Dataflows</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Dataflows">
        <table class="rows">
        <thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col" class="n">Delivered this hour</th><th scope="col" class="n">Rate</th><th scope="col" class="n">Waiting</th><th scope="col" class="n">Parked</th></tr></thead>
        <tbody>
        {{#rows}}
        <tr><th scope="row"><a href="{{.path}}"><bdi>{{.name}}</bdi></a></th><td data-label="State">{{#.mark}}{{> state}}{{/.mark}}</td><td data-label="Delivered this hour" class="n">{{.delivered}}</td><td data-label="Rate" class="n">{{.rate}}</td><td data-label="Waiting" class="n"><span>{{.waiting}}{{#.lag}}<small>for {{.}}</small>{{/.lag}}</span></td><td data-label="Parked" class="n">{{.parked}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#more}}<div class="pager"><p class="muted">{{.}}</p><a class="button" href="/console/dataflows">All dataflows</a></div>{{/more}}
        </section>
        {{/hasRows}}
        {{#hasChanges}}
        <section class="card flush">
        <h2>Latest changes</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Latest changes">
        <table class="rows">
        <thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th></tr></thead>
        <tbody>
        {{#changes}}
        <tr><th scope="row">{{#.at}}{{> time}}{{/.at}}</th><td data-label="Who"><span><bdi>{{.who}}</bdi><small>{{.way}}</small></span></td><td data-label="What"><span>{{.what}} {{#.path}}<a href="{{.}}/history">{{/.path}}<bdi>{{.name}}</bdi>{{#.path}}</a>{{/.path}}</span></td></tr>
        {{/changes}}
        </tbody>
        </table>
        </div>
        </section>
        {{/hasChanges}}
        """#
}
