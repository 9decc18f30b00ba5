import Console

/// What the destination of a dataflow refused for good.
struct ParkedPage: ConsoleView {
    /// A record.
    struct Row: Sendable, Equatable {
        /// Its place on the page, for the ids of elements.
        let number: String
        let parked: Instant
        let code: String
        let reason: String
        let profile: String
        let causes: String
        let size: String
        /// The message without values.
        let text: String
    }

    let title = "Parked records"
    let crumbs: [PageFrame.Crumb]
    let name: String
    let rows: [Row]
    let isEmpty: Bool
    let emptyText: String
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>{{title}}</h1>
        <p>What the destination of <bdi>{{name}}</bdi> refused for good, the oldest first. Later records of the same person were sent.</p></div>
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><p>{{emptyText}}</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="{{title}}">
        <table class="rows">
        <thead><tr><th scope="col">Parked</th><th scope="col">Why</th><th scope="col">Profile</th><th scope="col">Made because of</th><th scope="col" class="n">Size</th><th scope="col">Message</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row">{{#.parked}}{{> time}}{{/.parked}}</th><td data-label="Why"><span><code>{{.code}}</code><small><bdi>{{.reason}}</bdi></small></span></td><td data-label="Profile"><span class="copy"><code id="profile-{{.number}}">{{.profile}}</code><button type="button" class="tiny" data-copy="profile-{{.number}}" hidden>Copy</button></span></td><td data-label="Made because of">{{.causes}}</td><td data-label="Size" class="n">{{.size}}</td><td data-label="Message"><details class="fold"><summary>Show without values</summary><pre tabindex="0" role="region" aria-label="Message {{.number}}"><code>{{.text}}</code></pre></details></td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{/isEmpty}}
        {{#pager}}{{> pager}}{{/pager}}
        </section>
        """#
}
