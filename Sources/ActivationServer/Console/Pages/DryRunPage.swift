import Console

/// Tries a dataflow on a person: whether a record would be sent of them, why, and how it would look.
struct DryRunPage: ConsoleView {
    /// An audience that the dataflow maps, and how the person stands in it.
    struct Audience: Sendable, Equatable {
        let name: String
        let mark: StateMark
        /// Why; nil for whom the viewer may not ask that.
        let path: String?
    }

    /// What kind of change calls for a record.
    struct Reason: Sendable, Equatable {
        let name: String
        let mark: StateMark
        let why: String
    }

    /// A record as it would be.
    struct Message: Sendable, Equatable {
        let id: String
        let name: String
        let text: String
    }

    /// What came of it.
    struct Outcome: Sendable, Equatable {
        let mark: StateMark
        let sentence: String
        /// The person's page.
        let person: PageFrame.Crumb
        let audiences: [Audience]
        let hasAudiences: Bool
        let reasons: [Reason]
        let messages: [Message]
        let hasMessages: Bool
    }

    let title: String
    let heading = "Try it on a person"
    let crumbs: [PageFrame.Crumb]
    let mistakes: FormMistakes?
    let name: String
    let path: String
    let token: String
    let fields: [FormField]
    let outcome: Outcome?

    static let template = #"""
        <div class="head"><h1>{{heading}}</h1><p>What <bdi>{{name}}</bdi> would send of a person now, and why or why not. Nothing is sent.</p></div>
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        <section class="card">
        <form class="form" method="post" action="{{path}}" novalidate>
        <input type="hidden" name="token" value="{{token}}">
        {{#fields}}{{> field}}{{/fields}}
        <div class="actions"><button class="primary">Try</button></div>
        </form>
        <p class="muted small">The value is in no address, log or history. Who looked up which profile stands in the log.</p>
        </section>
        {{#outcome}}
        <section class="card" role="status">
        <div class="actions"><h2>What would be sent</h2>{{#.mark}}{{> state}}{{/.mark}}</div>
        <p>{{.sentence}} {{#.person}}<a href="{{.path}}">{{.name}}</a>{{/.person}}</p>
        {{#.hasMessages}}{{#.messages}}<h3 id="{{.id}}">{{.name}}</h3><p class="muted small">Of values the kind and the size.</p><pre tabindex="0" role="region" aria-labelledby="{{.id}}"><code>{{.text}}</code></pre>{{/.messages}}{{/.hasMessages}}
        </section>
        <section class="card flush">
        <h2>Mapped audiences</h2>
        {{^.hasAudiences}}<div class="empty"><p>No audience is mapped.</p></div>{{/.hasAudiences}}
        {{#.hasAudiences}}
        <div class="scroll" tabindex="0" role="region" aria-label="Mapped audiences">
        <table class="rows"><thead><tr><th scope="col">Audience</th><th scope="col">The person</th></tr></thead>
        <tbody>{{#.audiences}}<tr><th scope="row">{{#.path}}<a href="{{.}}">{{/.path}}<bdi>{{.name}}</bdi>{{#.path}}</a>{{/.path}}</th><td data-label="The person">{{#.mark}}{{> state}}{{/.mark}}</td></tr>{{/.audiences}}</tbody></table>
        </div>
        {{/.hasAudiences}}
        </section>
        <section class="card flush">
        <h2>What would call for a record</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="What would call for a record">
        <table class="rows"><thead><tr><th scope="col">A change of</th><th scope="col">Record</th><th scope="col">Because</th></tr></thead>
        <tbody>{{#.reasons}}<tr><th scope="row">{{.name}}</th><td data-label="Record">{{#.mark}}{{> state}}{{/.mark}}</td><td data-label="Because">{{.why}}</td></tr>{{/.reasons}}</tbody></table>
        </div>
        </section>
        {{/outcome}}
        """#
}
