import Console

/// The events of a person, the newest first.
struct PersonEventsPage: ConsoleView {
    struct Event: Sendable, Equatable {
        let type: String
        let at: Instant
        let exact: String
        let id: String
        let leaves: [Leaf]
        let more: String?
    }

    /// One value of an event.
    struct Leaf: Sendable, Equatable {
        let path: String
        let value: String
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let head: PersonHead
    let events: [Event]
    let isEmpty: Bool
    let pager: Pager

    static let template = #"""
        {{#head}}{{> person}}{{/head}}
        <section class="card flush">
        <h2>Events</h2>
        {{#isEmpty}}<div class="empty"><p>No event of the person is kept.</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <ol class="timeline">
        {{#events}}<li><p><b><bdi>{{.type}}</bdi></b> · {{#.at}}{{> time}}{{/.at}} <span class="muted">{{.exact}}</span></p><details class="fold"><summary>Details</summary><dl class="facts"><dt>Id</dt><dd><bdi>{{.id}}</bdi></dd>{{#.leaves}}<dt><code>{{.path}}</code></dt><dd><bdi>{{.value}}</bdi></dd>{{/.leaves}}</dl>{{#.more}}<p class="muted small">{{.}}</p>{{/.more}}</details></li>
        {{/events}}
        </ol>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isEmpty}}
        </section>
        """#
}
