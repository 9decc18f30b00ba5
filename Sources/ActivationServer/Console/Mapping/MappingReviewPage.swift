import Console

/// Shows what a change of a mapping does before it is made.
struct MappingReviewPage: ConsoleView {
    struct Line: Sendable, Equatable {
        let sign: String
        let tone: String
        let name: String
        let note: String?
    }

    struct Fact: Sendable, Equatable {
        let label: String
        let value: String
        let note: String?
    }

    /// Something that breaks who reads the stream.
    struct Break: Sendable, Equatable {
        let path: String
        let what: String
    }

    /// A message as it would be.
    struct Sample: Sendable, Equatable {
        let about: String
        let text: String
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let lines: [Line]
    let isSame: Bool
    let facts: [Fact]
    /// Whether members are sent; nil when there is nobody to send.
    let backfill: FormField?
    let sample: Sample?
    let breaking: [Break]
    let isBreaking: Bool
    let messages: [MessageComparison]
    let path: String
    let token: String
    let etag: String
    let audiences: [String]
    let paths: String
    let baseAudiences: [String]
    let basePaths: String

    static let template = #"""
        <div class="head"><h1>Review the mapping</h1><p>Nothing is changed yet.</p></div>
        <form method="post" action="{{path}}" class="stack">
        <section class="card">
        <h2>What changes</h2>
        {{#isSame}}<p>Nothing changes.</p>{{/isSame}}
        {{^isSame}}<ul class="changes">{{#lines}}<li class="{{.tone}}"><b>{{.sign}}</b> <span><bdi>{{.name}}</bdi>{{#.note}}<small>{{.}}</small>{{/.note}}</span></li>{{/lines}}</ul>{{/isSame}}
        {{#isBreaking}}<div class="note warning"><h2>Breaks who reads the stream</h2><ul>{{#breaking}}<li><code>{{.path}}</code> {{.what}}</li>{{/breaking}}</ul></div>{{/isBreaking}}
        {{#backfill}}{{> field}}{{/backfill}}
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="etag" value="{{etag}}">
        {{#audiences}}<input type="hidden" name="audience" value="{{.}}">{{/audiences}}<input type="hidden" name="paths" value="{{paths}}">
        {{#baseAudiences}}<input type="hidden" name="base-audience" value="{{.}}">{{/baseAudiences}}<input type="hidden" name="base-paths" value="{{basePaths}}">
        <div class="actions">{{^isSame}}<button class="primary" name="do" value="apply">Apply</button>{{/isSame}}<button name="do" value="edit">Change it</button></div>
        </section>
        </form>
        <section class="card">
        <h2>What comes of it</h2>
        <dl class="facts">{{#facts}}<dt>{{.label}}</dt><dd>{{.value}}{{#.note}}<span class="muted small"> {{.}}</span>{{/.note}}</dd>{{/facts}}</dl>
        {{#messages}}<h3 id="{{.id}}">Message {{.number}}, before and after</h3><p class="muted small">{{.about}}</p><pre class="compare" tabindex="0" role="region" aria-labelledby="{{.id}}"><code>{{#.lines}}{{#.isAdded}}<ins>{{.text}}</ins>{{/.isAdded}}{{#.isRemoved}}<del>{{.text}}</del>{{/.isRemoved}}{{^.isAdded}}{{^.isRemoved}}<span>{{.text}}</span>{{/.isRemoved}}{{/.isAdded}}{{/.lines}}</code></pre>{{/messages}}
        {{#sample}}<h3>A message</h3><p class="muted small">{{.about}}</p><pre tabindex="0" role="region" aria-label="A message"><code>{{.text}}</code></pre>{{/sample}}
        </section>
        """#
}
