import Console

/// Shows what a change of a dataflow does before it is saved: what it sends, asks of the stream, costs and breaks.
struct ReviewPage: ConsoleView {
    /// Something that changes.
    struct Line: Sendable, Equatable {
        let sign: String
        let tone: String
        let name: String
        let note: String?
    }

    /// A figure in words.
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

    /// That policies forbid the change.
    struct Forbidden: Sendable, Equatable {
        /// What a policy forbids, why, and what would cure it.
        struct Violation: Sendable, Equatable {
            let text: String
            let meaning: String
            let cures: [String]
        }

        let violations: [Violation]
    }

    /// A message as it would be.
    struct Sample: Sendable, Equatable {
        let about: String
        let text: String
    }

    let title: String
    let heading: String
    let crumbs: [PageFrame.Crumb]
    let mistakes: FormMistakes?
    let lines: [Line]
    let isSame: Bool
    let facts: [Fact]
    /// Whether members are sent; nil when there is nobody to send.
    let backfill: FormField?
    let sample: Sample?
    let breaking: [Break]
    /// Says that who reads the stream is to be broken; nil when nobody is.
    let consent: FormField?
    let messages: [MessageComparison]
    /// Whether more profiles can be looked at.
    let canLookOn: Bool
    let path: String
    let token: String
    /// What is sent along.
    let hidden: [FormPage.Hidden]
    /// What saves it.
    let button: String
    /// What policies forbid of it, so that it cannot be saved; nil = nothing.
    var forbidden: Forbidden?

    static let template = #"""
        <div class="head"><h1><bdi>{{heading}}</bdi></h1><p>Nothing is changed yet.</p></div>
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        <form method="post" action="{{path}}" class="stack" novalidate>
        <section class="card">
        <h2>What changes</h2>
        {{#isSame}}<p>Nothing changes.</p>{{/isSame}}
        {{^isSame}}<ul class="changes">{{#lines}}<li class="{{.tone}}"><b>{{.sign}}</b> <span><bdi>{{.name}}</bdi>{{#.note}}<small>{{.}}</small>{{/.note}}</span></li>{{/lines}}</ul>{{/isSame}}
        {{#forbidden}}<div class="note bad"><h2>A policy forbids it</h2>{{#.violations}}<p><bdi>{{.text}}</bdi> <bdi>{{.meaning}}</bdi></p><p>Ways out:</p><ul>{{#.cures}}<li>{{.}}</li>{{/.cures}}</ul>{{/.violations}}</div>{{/forbidden}}
        {{#consent}}<div class="note warning"><h2>Breaks who reads the stream</h2><ul>{{#breaking}}<li><code class="wrap">{{.path}}</code> <bdi>{{.what}}</bdi></li>{{/breaking}}</ul></div>{{> field}}{{/consent}}
        {{#backfill}}{{> field}}{{/backfill}}
        <input type="hidden" name="token" value="{{token}}">{{#hidden}}<input type="hidden" name="{{.name}}" value="{{.value}}">{{/hidden}}
        <div class="actions">{{^isSame}}{{^forbidden}}<button class="primary" name="do" value="apply">{{button}}</button>{{/forbidden}}{{/isSame}}<button name="do" value="edit">Change it</button></div>
        </section>
        <section class="card">
        <div class="actions"><h2>What comes of it</h2>{{#canLookOn}}<button class="tiny" name="do" value="count">Look at more profiles</button>{{/canLookOn}}</div>
        <dl class="facts">{{#facts}}<dt>{{.label}}</dt><dd>{{.value}}{{#.note}}<span class="muted small"> {{.}}</span>{{/.note}}</dd>{{/facts}}</dl>
        {{#messages}}<details class="fold"{{#.isFirst}} open{{/.isFirst}}><summary id="{{.id}}">Message {{.number}}, before and after</summary><p class="muted small">{{.about}}</p><pre class="compare" tabindex="0" role="region" aria-labelledby="{{.id}}"><code>{{#.lines}}{{#.isAdded}}<ins>{{.text}}</ins>{{/.isAdded}}{{#.isRemoved}}<del>{{.text}}</del>{{/.isRemoved}}{{^.isAdded}}{{^.isRemoved}}<span>{{.text}}</span>{{/.isRemoved}}{{/.isAdded}}{{/.lines}}</code></pre></details>{{/messages}}
        {{#sample}}<h3>A message</h3><p class="muted small">{{.about}}</p><pre tabindex="0" role="region" aria-label="A message"><code>{{.text}}</code></pre>{{/sample}}
        </section>
        </form>
        """#
}
