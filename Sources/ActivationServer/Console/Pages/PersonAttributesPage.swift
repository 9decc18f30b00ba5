import Console

/// What is stated about a person, by whom, and what became of it.
struct PersonAttributesPage: ConsoleView {
    /// A path, with what shows there.
    struct Row: Sendable, Equatable {
        let path: String
        /// What shows; nil when nothing does.
        let value: String?
        let dataset: String
        let source: String
        let written: Instant?
        let others: [Other]
        let othersText: String
        let hasOthers: Bool
    }

    /// What does not show.
    struct Other: Sendable, Equatable {
        let value: String
        let dataset: String
        let why: String
        let written: Instant
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let head: PersonHead
    let path: String
    let search: FormField
    let policyID: String?
    let rows: [Row]
    let isEmpty: Bool
    let emptyText: String
    let pager: Pager

    static let template = #"""
        {{#head}}{{> person}}{{/head}}
        <form class="filters" method="get" action="{{path}}">{{#policyID}}<input type="hidden" name="policy" value="{{.}}">{{/policyID}}{{#search}}{{> field}}{{/search}}<button>Filter</button></form>
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><p>{{emptyText}}</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="Attributes">
        <table class="rows">
        <thead><tr><th scope="col">Path</th><th scope="col">Value</th><th scope="col">Dataset</th><th scope="col">Identity</th><th scope="col">Written</th><th scope="col">Others</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row"><code>{{.path}}</code></th><td data-label="Value">{{#.value}}<bdi>{{.}}</bdi>{{/.value}}{{^.value}}<span class="muted">none</span>{{/.value}}</td><td data-label="Dataset"><bdi>{{.dataset}}</bdi></td><td data-label="Identity">{{.source}}</td><td data-label="Written">{{#.written}}{{> time}}{{/.written}}</td><td data-label="Others">{{#.hasOthers}}<details class="fold"><summary>{{.othersText}}</summary><ul>{{#.others}}<li><bdi>{{.value}}</bdi> from <bdi>{{.dataset}}</bdi>, {{#.written}}{{> time}}{{/.written}}<small>{{.why}}</small></li>{{/.others}}</ul></details>{{/.hasOthers}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isEmpty}}
        </section>
        """#
}
