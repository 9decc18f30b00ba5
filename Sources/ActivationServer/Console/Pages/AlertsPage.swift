import Console

/// What is the matter now, and where everything about alerts is.
struct AlertsPage: ConsoleView {
    /// An alert that is told.
    struct Row: Sendable, Equatable {
        let name: String
        let mark: StateMark
        /// The dataflow; nil = it is about the server.
        let flow: PageFrame.Crumb?
        let text: String
        let since: Instant
        /// Who knows of it, or until when it is silent; nil = neither.
        let known: String?
        /// Where somebody says that they know; nil for whoever may not.
        let acknowledge: String?
        /// Where it is kept silent; nil for whoever may not.
        let snooze: String?
    }

    let title = "Alerts"
    /// The other pages about alerts.
    let places: [PageFrame.Crumb]
    let rows: [Row]
    let isEmpty: Bool
    let emptyText: String

    static let template = #"""
        <div class="head"><h1>{{title}}</h1><div class="actions">{{#places}}<a class="button" href="{{.path}}">{{.name}}</a>{{/places}}</div><p>What is the matter now, the worst first.</p></div>
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><p>{{emptyText}}</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="{{title}}">
        <table class="rows">
        <thead><tr><th scope="col">Alert</th><th scope="col">Dataflow</th><th scope="col">What was found</th><th scope="col">Since</th><th scope="col">What to do</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row"><bdi>{{.name}}</bdi> {{#.mark}}{{> state}}{{/.mark}}{{#.known}}<small><bdi>{{.}}</bdi></small>{{/.known}}</th><td data-label="Dataflow">{{#.flow}}<a href="{{.path}}"><bdi>{{.name}}</bdi></a>{{/.flow}}{{^.flow}}the server{{/.flow}}</td><td data-label="What was found"><bdi>{{.text}}</bdi></td><td data-label="Since">{{#.since}}{{> time}}{{/.since}}</td><td data-label="What to do"><span class="actions">{{#.acknowledge}}<a class="button tiny" href="{{.}}">Acknowledge</a>{{/.acknowledge}}{{#.snooze}}<a class="button tiny" href="{{.}}">Snooze</a>{{/.snooze}}</span></td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{/isEmpty}}
        </section>
        """#
}
