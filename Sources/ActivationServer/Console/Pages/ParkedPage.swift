import Console

/// What the destination of a dataflow refused for good.
struct ParkedPage: ConsoleView {
    /// A record.
    struct Row: Sendable, Equatable {
        /// Its place on the page, for the ids of elements.
        let number: String
        let parked: Instant
        /// When it goes by itself; nil = never.
        let goes: String?
        let code: String
        let reason: String
        let profile: String
        let causes: String
        let size: String
        /// The message without values.
        let text: String
        /// Where it is sent again; nil when it cannot be.
        let replay: String?
        /// Where it is given up; nil for whoever may not.
        let discard: String?
    }

    /// Those with one code.
    struct Cause: Sendable, Equatable {
        let code: String
        /// Where they alone are shown.
        let path: String
        let isShown: Bool
        let count: String
        let first: Instant
        let last: Instant
        let replay: String?
        let discard: String?
    }

    let title = "Parked records"
    let crumbs: [PageFrame.Crumb]
    let name: String
    let isDeleted: Bool
    /// For how long they are kept.
    let keeping: String
    let causes: [Cause]
    let hasCauses: Bool
    /// The only code that is shown; nil = all are.
    let code: String?
    /// Where all are shown.
    let all: String
    let rows: [Row]
    let isEmpty: Bool
    let emptyText: String
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>{{title}}</h1>
        <p>What the destination of <bdi>{{name}}</bdi> refused for good. Later records of the same person were sent. {{keeping}}{{#isDeleted}} The dataflow is deleted: they can be read and given up.{{/isDeleted}}</p></div>
        {{#hasCauses}}
        <section class="card flush" aria-labelledby="causes"><h2 id="causes">Why</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Why">
        <table class="rows">
        <thead><tr><th scope="col">Code</th><th scope="col" class="n">Records</th><th scope="col">First</th><th scope="col">Last</th><th scope="col">What to do</th></tr></thead>
        <tbody>
        {{#causes}}<tr><th scope="row"><a href="{{.path}}"{{#.isShown}} aria-current="true"{{/.isShown}}><code>{{.code}}</code></a></th><td data-label="Records" class="n">{{.count}}</td><td data-label="First">{{#.first}}{{> time}}{{/.first}}</td><td data-label="Last">{{#.last}}{{> time}}{{/.last}}</td><td data-label="What to do"><span class="actions">{{#.replay}}<a class="button tiny" href="{{.}}">Send again</a>{{/.replay}}{{#.discard}}<a class="button tiny" href="{{.}}">Give up</a>{{/.discard}}</span></td></tr>
        {{/causes}}
        </tbody>
        </table>
        </div>
        </section>
        {{/hasCauses}}
        <section class="card flush" aria-labelledby="records"><h2 id="records">{{#code}}Refused for {{.}}{{/code}}{{^code}}Records{{/code}}</h2>
        {{#code}}<p><a href="{{all}}">Show all</a></p>{{/code}}
        {{#isEmpty}}<div class="empty"><p>{{emptyText}}</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="{{title}}">
        <table class="rows">
        <thead><tr><th scope="col">Parked</th><th scope="col">Why</th><th scope="col">Profile</th><th scope="col">Made because of</th><th scope="col" class="n">Size</th><th scope="col">Message</th><th scope="col">What to do</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row">{{#.parked}}{{> time}}{{/.parked}}{{#.goes}}<small>kept until {{.}}</small>{{/.goes}}</th><td data-label="Why"><span><code>{{.code}}</code><small><bdi>{{.reason}}</bdi></small></span></td><td data-label="Profile"><span class="copy"><code id="profile-{{.number}}">{{.profile}}</code><button type="button" class="tiny" data-copy="profile-{{.number}}" hidden>Copy</button></span></td><td data-label="Made because of">{{.causes}}</td><td data-label="Size" class="n">{{.size}}</td><td data-label="Message"><details class="fold"><summary>Show without values</summary><pre tabindex="0" role="region" aria-label="Message {{.number}}"><code>{{.text}}</code></pre></details></td><td data-label="What to do"><span class="actions">{{#.replay}}<a class="button tiny" href="{{.}}">Send again</a>{{/.replay}}{{#.discard}}<a class="button tiny" href="{{.}}">Give up</a>{{/.discard}}</span></td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{/isEmpty}}
        {{#pager}}{{> pager}}{{/pager}}
        </section>
        """#
}
