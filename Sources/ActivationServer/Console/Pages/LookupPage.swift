import Console

/// Asks whom to look up.
struct LookupPage: ConsoleView {
    let title: String
    let mistakes: FormMistakes?
    let token: String
    let fields: [FormField]

    init(token: String, mistakes: FormMistakes?, fields: [FormField]) {
        title = mistakes == nil ? "Profiles" : "Error: Profiles"
        self.token = token
        self.mistakes = mistakes
        self.fields = fields
    }

    static let template = #"""
        <div class="head"><h1>Profiles</h1><p>Look a person up by one of their identities: what is known, where it came from, in which audiences they are and why, and what was sent of them.</p></div>
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        <section class="card">
        <form class="form" method="post" action="/console/profiles" novalidate>
        <input type="hidden" name="token" value="{{token}}">
        {{#fields}}{{> field}}{{/fields}}
        <div class="actions"><button class="primary">Look up</button></div>
        </form>
        <p class="muted small">The value is in no address, log or history. Who looked up which profile stands in the log.</p>
        </section>
        """#
}
