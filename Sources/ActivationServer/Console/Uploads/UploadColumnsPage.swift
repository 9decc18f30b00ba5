import Console

/// The second step of an upload: how the file is read, before anything of it is taken.
struct UploadColumnsPage: ConsoleView {
    /// What was found out.
    struct Fact: Sendable, Equatable {
        let label: String
        let value: String
    }

    /// One of the first rows, masked.
    struct Row: Sendable, Equatable {
        let line: String
        let cells: [String]
    }

    let title: String
    let heading: String
    let crumbs: [PageFrame.Crumb]
    let steps: [WizardStep]
    let mistakes: FormMistakes?
    let facts: [Fact]
    let hasFacts: Bool
    let columns: [String]
    let rows: [Row]
    let hasRows: Bool
    /// Rows of the beginning that would be refused.
    let refusals: [RefusalReason]
    let hasRefusals: Bool
    let path: String
    let token: String
    /// Which column is the identity, and of which namespace; empty when the columns are not known.
    let fields: [FormField]
    let hasFields: Bool
    /// How it is read instead.
    let ways: [FormField]
    let discard: String
    /// Tells this drawing of the form from all others.
    let once = SubmittedForms.mark()

    static let template = #"""
        <div class="head"><h1><bdi>{{heading}}</bdi></h1><p>This is how the file is read. Nothing of it has been taken yet.</p></div>
        {{> wizard}}
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        <form class="stack" method="post" action="{{path}}" novalidate>
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="once" value="{{once}}">
        <section class="card">
        <h2>How it is written</h2>
        {{#hasFacts}}<dl class="facts">{{#facts}}<dt>{{.label}}</dt><dd><bdi>{{.value}}</bdi></dd>{{/facts}}</dl>{{/hasFacts}}
        <div class="filters">{{#ways}}{{> field}}{{/ways}}<button name="do" value="look">Look again</button></div>
        </section>
        {{#hasRows}}
        <section class="card flush">
        <h2>The first rows</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="The first rows">
        <table><thead><tr><th scope="col">Line</th>{{#columns}}<th scope="col"><bdi>{{.}}</bdi></th>{{/columns}}</tr></thead>
        <tbody>{{#rows}}<tr><th scope="row">{{.line}}</th>{{#.cells}}<td>{{.}}</td>{{/.cells}}</tr>{{/rows}}</tbody></table>
        </div>
        <p class="inset muted small">Of values the kind and the length.</p>
        </section>
        {{/hasRows}}
        {{#hasRefusals}}
        <section class="card">
        <h2>Rows at the beginning that cannot be taken</h2>
        <ul class="changes">{{#refusals}}<li><span>{{.text}}<small>Line {{.lines}} · <code>{{.code}}</code></small></span></li>{{/refusals}}</ul>
        <p class="muted small">Such rows stop nothing: the others count, and a list of all of them can be downloaded afterwards.</p>
        </section>
        {{/hasRefusals}}
        <section class="card">
        <h2>Who a member is</h2>
        {{#hasFields}}<div class="stack">{{#fields}}{{> field}}{{/fields}}</div>
        <p class="muted small">The other columns are not kept: they are no attributes of the profile.</p>{{/hasFields}}
        <div class="actions">{{#hasFields}}<button class="primary" name="do" value="next">Continue</button>{{/hasFields}}<a class="button" href="{{discard}}">Discard</a></div>
        </section>
        </form>
        """#
}
