import Console

/// What the messages of a dataflow look like, for who reads the stream.
struct MessagesPage: ConsoleView {
    struct Sample: Sendable, Equatable {
        let id: String
        let name: String
        let text: String
    }

    let title = "Messages"
    let crumbs: [PageFrame.Crumb]
    let name: String
    let path: String
    let samples: [Sample]
    let isEmpty: Bool
    let schema: String
    /// The present version.
    let version: String
    let code: String

    static let template = #"""
        <div class="head"><h1>Messages</h1>
        <div class="actions"><a class="button" href="{{path}}/schema.json" download>Download schema</a><a class="button" href="{{path}}/samples.json" download>Download samples</a></div>
        <p>What <bdi>{{name}}</bdi> sends. The values are made up.</p></div>
        <section class="card">
        <h2>Samples</h2>
        {{#isEmpty}}<p class="muted">Nothing is mapped, so nothing is sent.</p>{{/isEmpty}}
        {{#samples}}<h3 id="{{.id}}">{{.name}}</h3><pre tabindex="0" role="region" aria-labelledby="{{.id}}"><code>{{.text}}</code></pre>{{/samples}}
        </section>
        <section class="card">
        <div class="actions"><h2 id="schema-heading">JSON Schema</h2><a class="button tiny" href="{{path}}/schemas">Versions</a></div>
        <p class="muted small">{{version}}Every message fits it. A change of the mapping or of the target's options makes another version.</p>
        <details class="fold"><summary>Show it</summary>
        <pre tabindex="0" role="region" aria-labelledby="schema-heading"><code>{{schema}}</code></pre>
        </details>
        </section>
        <section class="card">
        <div class="actions"><h2 id="code-heading">Read it</h2><button type="button" class="tiny" data-copy="reading" hidden>Copy</button></div>
        <pre tabindex="0" role="region" aria-labelledby="code-heading"><code id="reading">{{code}}</code></pre>
        </section>
        """#
}
