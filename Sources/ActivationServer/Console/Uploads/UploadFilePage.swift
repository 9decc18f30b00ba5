import Console

/// The first step of an upload: the file.
struct UploadFilePage: ConsoleView {
    /// An upload that was begun.
    struct Known: Sendable, Equatable {
        let name: String
        let text: String
        /// The step after this one; nil while bytes are missing.
        let next: String?
        let discard: String
    }

    /// One that somebody may go on with.
    struct Unfinished: Sendable, Equatable {
        let name: String
        let path: String
        let mark: StateMark
        let audience: String?
        let changed: Instant
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let steps: [WizardStep]
    /// For whom it is; nil when that is said later.
    let audience: PageFrame.Crumb?
    let audienceID: String
    let uploadID: String
    let known: Known?
    /// Whether a file can be chosen.
    let isWanted: Bool
    let token: String
    let unfinished: [Unfinished]
    let hasUnfinished: Bool
    /// What does the same at a terminal.
    let command: String

    static let template = #"""
        <div class="head"><h1><bdi>{{title}}</bdi></h1><p>{{#audience}}The people of a file become the members of <a href="{{.path}}"><bdi>{{.name}}</bdi></a>; whoever it does not name exits.{{/audience}}{{^audience}}The people of a file become the members of an audience; whoever it does not name exits.{{/audience}}</p></div>
        {{> wizard}}
        {{#known}}
        <section class="card">
        <h2><bdi>{{.name}}</bdi></h2>
        <p>{{.text}}</p>
        <div class="actions">{{#.next}}<a class="button primary" href="{{.}}">Continue</a>{{/.next}}<a class="button" href="{{.discard}}">Discard</a></div>
        </section>
        {{/known}}
        {{#isWanted}}
        <noscript><section class="note warning"><h2>Sending a file from here needs scripts</h2><p>The command below does the same at a terminal.</p></section></noscript>
        <section class="card" data-upload="/console/audiences/upload/begin" data-token="{{token}}" data-audience="{{audienceID}}" data-known="{{uploadID}}" data-lost="The server does not answer. It goes on by itself from what is there." hidden>
        <h2>Choose the file</h2>
        <div class="field"><label for="file">CSV file</label><p class="hint" id="file-hint">A header of at most 25 columns without spaces and dashes, one of which tells who a member is; less than 1 GiB. Nothing is taken before you have seen how it is read.</p><input type="file" id="file" accept=".csv,.txt,.tsv,text/csv,text/plain,text/tab-separated-values" aria-describedby="file-hint"></div>
        <progress value="0" max="1" aria-label="Sent" hidden></progress>
        <p data-told></p>
        <p class="muted small">When the connection breaks it goes on by itself. When the page is closed, choose the same file again: what was sent is kept for a day.</p>
        </section>
        {{/isWanted}}
        {{#hasUnfinished}}
        <section class="card flush">
        <h2>Not finished</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Not finished">
        <table class="rows"><thead><tr><th scope="col">File</th><th scope="col">State</th><th scope="col">Audience</th><th scope="col">Last bytes</th></tr></thead>
        <tbody>{{#unfinished}}<tr><th scope="row"><a href="{{.path}}"><bdi>{{.name}}</bdi></a></th><td data-label="State">{{#.mark}}{{> state}}{{/.mark}}</td><td data-label="Audience"><bdi>{{.audience}}</bdi></td><td data-label="Last bytes">{{#.changed}}{{> time}}{{/.changed}}</td></tr>{{/unfinished}}</tbody></table>
        </div>
        </section>
        {{/hasUnfinished}}
        <section class="card">
        <h2>At a terminal</h2>
        <p class="copy"><code id="upload-command">{{command}}</code><button type="button" class="tiny" data-copy="upload-command" hidden>Copy</button></p>
        <p class="muted small">It goes on where it stopped when it is run again on the same file.</p>
        </section>
        """#
}
