import Console

/// Something new with its secret, which is shown this once.
struct SecretPage: ConsoleView {
    /// What there is to copy.
    struct Fact: Sendable, Equatable {
        /// The id of its element.
        let id: String
        let name: String
        let value: String
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let name: String
    let facts: [Fact]
    /// Where to go on.
    let next: String

    init(title: String, under crumbs: [PageFrame.Crumb], name: String, facts: [Fact], next: String) {
        self.title = title
        self.crumbs = crumbs
        self.name = name
        self.facts = facts
        self.next = next
    }

    static let template = #"""
        <div class="head"><h1><bdi>{{name}}</bdi></h1><p>Copy the secret now: it is kept nowhere and cannot be shown again.</p></div>
        <section class="card">
        <dl class="facts">
        {{#facts}}<dt>{{.name}}</dt><dd class="copy"><code id="{{.id}}">{{.value}}</code><button type="button" class="tiny" data-copy="{{.id}}" hidden>Copy</button></dd>{{/facts}}
        </dl>
        <div class="actions"><a class="button primary" href="{{next}}">I have copied it</a></div>
        </section>
        """#
}
