import Console

/// How far an upload is, and what became of its rows.
struct UploadProgressPage: ConsoleView {
    let title: String
    let crumbs: [PageFrame.Crumb]
    let steps: [WizardStep]
    let mark: StateMark
    let audience: PageFrame.Crumb?
    /// Who began it, and when.
    let by: String
    let began: Instant
    /// Where figures come from while the page is open; nil when they do not change any more.
    let figures: String?
    /// Why it was not taken, or what it waits for.
    let trouble: String?
    let troubleTitle: String
    let progress: DataflowPage.Progress?
    let text: String
    let settling: String?
    let tiles: [HomePage.Tile]
    let reasons: [RefusalReason]
    let hasReasons: Bool
    /// Which of the refused rows the reasons are of; nil = all.
    let part: String?
    /// Where all refused rows can be had; nil when there is none.
    let download: String?
    let mayManage: Bool
    /// Where the next file goes; nil when it has no audience any more.
    let again: String?
    let discard: String

    static let template = #"""
        <div class="head"><h1><bdi>{{title}}</bdi></h1>{{#mark}}{{> state}}{{/mark}}
        <div class="actions">{{#audience}}<a class="button" href="{{.path}}">To the audience</a>{{/audience}}{{#download}}<a class="button" href="{{.}}" download>Download refused rows</a>{{/download}}{{#mayManage}}{{#again}}<a class="button" href="{{.}}">Upload another file</a>{{/again}}<a class="button" href="{{discard}}">Discard</a>{{/mayManage}}</div>
        <p>{{#audience}}For <a href="{{.path}}"><bdi>{{.name}}</bdi></a>. {{/audience}}Begun {{#began}}{{> time}}{{/began}} by <bdi>{{by}}</bdi>.</p></div>
        {{> wizard}}
        {{#trouble}}<div class="note bad"><h2>{{troubleTitle}}</h2><p>{{.}}</p></div>{{/trouble}}
        {{#figures}}<p class="muted small" role="status" data-figures="{{.}}" hidden></p>{{/figures}}
        <section class="card">
        {{#progress}}<progress max="{{.total}}" value="{{.done}}" aria-label="Progress" data-live="done"></progress>{{/progress}}
        <p data-live="text">{{text}}</p>
        {{#settling}}<p class="muted" data-live="settling">{{.}}</p>{{/settling}}
        {{#figures}}<p class="muted small">Leaving this page changes nothing.</p>{{/figures}}
        </section>
        <dl class="tiles">{{#tiles}}<div class="tile"><dt>{{.label}}</dt><dd data-live="{{.label}}">{{.value}}</dd>{{#.note}}<dd class="small">{{.}}</dd>{{/.note}}</div>{{/tiles}}</dl>
        {{#hasReasons}}
        <section class="card flush">
        <h2>Why rows were refused</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Why rows were refused">
        <table class="rows"><thead><tr><th scope="col">Reason</th><th scope="col" class="n">Rows</th><th scope="col">Lines</th></tr></thead>
        <tbody>{{#reasons}}<tr><th scope="row">{{.text}}<small><code>{{.code}}</code></small></th><td data-label="Rows" class="n">{{.count}}</td><td data-label="Lines">{{.lines}}</td></tr>{{/reasons}}</tbody></table>
        </div>
        {{#part}}<p class="inset muted small">{{.}}</p>{{/part}}
        </section>
        {{/hasReasons}}
        """#
}
