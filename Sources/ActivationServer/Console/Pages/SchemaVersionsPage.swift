import Console

/// The versions of what consumers of a dataflow may count on, each with what it changed.
struct SchemaVersionsPage: ConsoleView {
    /// Something that was changed.
    struct Change: Sendable, Equatable {
        let sign: String
        let tone: String
        let path: String
        let what: String
    }

    /// A version.
    struct Version: Sendable, Equatable {
        let number: String
        /// Whether it breaks who reads by the one before.
        let mark: StateMark
        let isPresent: Bool
        let since: Instant
        let digest: String
        let changes: [Change]
        let hasChanges: Bool
        /// How many changes are not shown.
        let more: String?
        /// Where it is downloaded.
        let path: String
    }

    let title = "Versions of the schema"
    let crumbs: [PageFrame.Crumb]
    let name: String
    let versions: [Version]
    let isEmpty: Bool
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>Versions of the schema</h1><p>What who reads <bdi>{{name}}</bdi> may count on, since when, and what was otherwise before. Another partition key, or a line feed behind records, makes no version.</p></div>
        <section class="card flush">
        <h2>Versions</h2>
        {{#isEmpty}}<div class="empty"><p>No version was entered yet.</p></div>{{/isEmpty}}
        {{#versions}}
        <div class="inset stack">
        <div class="actions"><h3>Version {{.number}}{{#.isPresent}}, the present one{{/.isPresent}}</h3>{{#.mark}}{{> state}}{{/.mark}}<span class="muted small">{{#.since}}{{> time}}{{/.since}}</span><a class="button tiny" href="{{.path}}" download>Download version {{.number}}</a></div>
        {{#.hasChanges}}<ul class="changes">{{#.changes}}<li class="{{.tone}}"><b aria-hidden="true">{{.sign}}</b> <span><code class="wrap">{{.path}}</code> {{.what}}</span></li>{{/.changes}}</ul>{{/.hasChanges}}
        {{#.more}}<p class="muted small">{{.}}</p>{{/.more}}
        <details class="fold"><summary>Technical</summary><p class="small wrap">SHA-256 of the text as the API answers it: <code>{{.digest}}</code></p></details>
        </div>
        {{/versions}}
        {{#pager}}{{> pager}}{{/pager}}
        </section>
        """#
}
