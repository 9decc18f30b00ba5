import Console

/// What the server says about itself, and how near its bounds it is.
struct AboutPage: ConsoleView {
    struct Check: Sendable, Equatable {
        let name: String
        let mark: StateMark
        let text: String
    }

    struct Fact: Sendable, Equatable {
        let label: String
        let value: String
    }

    /// A bound and how much of it is used.
    struct Bound: Sendable, Equatable {
        let name: String
        let used: String
        let most: String
        let share: Int
        let mark: StateMark
    }

    let title = "About this server"
    let checks: [Check]
    let facts: [Fact]
    let bounds: [Bound]

    static let template = #"""
        <div class="head"><h1>About this server</h1></div>
        <section class="card flush">
        <h2>Health</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Health">
        <table class="rows">
        <thead><tr><th scope="col">What</th><th scope="col">State</th><th scope="col">What to know</th></tr></thead>
        <tbody>{{#checks}}<tr><th scope="row">{{.name}}</th><td data-label="State">{{#.mark}}{{> state}}{{/.mark}}</td><td data-label="What to know">{{.text}}</td></tr>{{/checks}}</tbody>
        </table>
        </div>
        </section>
        <section class="card flush">
        <h2>Bounds</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Bounds">
        <table class="rows">
        <thead><tr><th scope="col">What</th><th scope="col" class="n">There are</th><th scope="col" class="n">There may be</th><th scope="col">State</th></tr></thead>
        <tbody>{{#bounds}}<tr><th scope="row">{{.name}}</th><td data-label="There are" class="n">{{.used}}</td><td data-label="There may be" class="n">{{.most}}</td><td data-label="State"><span>{{#.mark}}{{> state}}{{/.mark}} <progress value="{{.share}}" max="100" aria-label="{{.name}}">{{.share}} %</progress></span></td></tr>{{/bounds}}</tbody>
        </table>
        </div>
        </section>
        <section class="card">
        <h2>Versions</h2>
        <dl class="facts">{{#facts}}<dt>{{.label}}</dt><dd><bdi>{{.value}}</bdi></dd>{{/facts}}</dl>
        <p><a href="/openapi.json">The API as OpenAPI</a> · <a href="/metrics">Metrics</a></p>
        </section>
        """#
}
