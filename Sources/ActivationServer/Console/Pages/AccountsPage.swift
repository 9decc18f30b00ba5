import Console

/// All accounts.
struct AccountsPage: ConsoleView {
    struct Row: Sendable, Equatable {
        let name: String
        let path: String
        let kind: String
        let key: String
        let region: String
        let dataflows: String
        let made: Instant
        let by: String
    }

    let title = "Accounts"
    let rows: [Row]
    let isEmpty: Bool
    let pager: Pager

    static let template = #"""
        <div class="head"><h1>Accounts</h1><p>What the server signs in with at destinations. Secrets are kept encrypted and are never shown.</p></div>
        <section class="card flush">
        {{#isEmpty}}<div class="empty"><h2>No account yet</h2><p>An account holds the credentials for a destination. It is made together with the first dataflow that needs it.</p><a class="button" href="/console/destinations">Destination catalog</a></div>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll" tabindex="0" role="region" aria-label="Accounts">
        <table class="rows">
        <thead><tr><th scope="col">Name</th><th scope="col">Destination</th><th scope="col">Key</th><th scope="col">Region</th><th scope="col" class="n">Dataflows</th><th scope="col">Made</th></tr></thead>
        <tbody>
        {{#rows}}
        <tr><th scope="row"><a href="{{.path}}"><bdi>{{.name}}</bdi></a></th><td data-label="Destination">{{.kind}}</td><td data-label="Key"><code>{{.key}}</code></td><td data-label="Region">{{.region}}</td><td data-label="Dataflows" class="n">{{.dataflows}}</td><td data-label="Made"><span>{{#.made}}{{> time}}{{/.made}}<small>by <bdi>{{.by}}</bdi></small></span></td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isEmpty}}
        </section>
        """#
}
