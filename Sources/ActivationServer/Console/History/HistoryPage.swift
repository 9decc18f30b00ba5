import Console

/// Who changed something, when, and what was different afterwards.
struct HistoryPage: ConsoleView {
    let title: String
    let crumbs: [PageFrame.Crumb]
    let text: String
    let rows: [ChangeRow]
    let isEmpty: Bool
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>History of <bdi>{{name}}</bdi></h1><p>{{text}}</p></div>
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><p>No change is known. Changes are kept for 365 days, and since this server keeps a history.</p></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="Changes">
        <table class="rows">
        <thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row">{{#.at}}{{> time}}{{/.at}}</th><td data-label="Who"><span><bdi>{{.who}}</bdi><small>{{.way}}{{#.request}}, request <code>{{.}}</code>{{/.request}}</small></span></td><td data-label="What"><div><p>{{.what}} {{#.path}}<a href="{{.}}">{{/.path}}<bdi>{{.name}}</bdi>{{#.path}}</a>{{/.path}}</p>{{#.hasLines}}<ul>{{#.lines}}<li class="small wrap"><b>{{.what}}</b> {{#.before}}<span class="sr">was </span><del><bdi>{{.}}</bdi></del>{{/.before}} {{#.after}}<span aria-hidden="true">→</span> <span class="sr">now </span><ins><bdi>{{.}}</bdi></ins>{{/.after}} {{#.note}}<span class="muted">{{.}}</span>{{/.note}}</li>{{/.lines}}</ul>{{/.hasLines}}{{#.more}}<p class="muted small">{{.}}</p>{{/.more}}</div></td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isEmpty}}
        </section>
        """#

    /// What the history is about.
    let name: String
}
