import Console

/// The kinds of destinations there are.
struct CatalogPage: ConsoleView {
    struct Card: Sendable, Equatable {
        let name: String
        let about: String
        let accounts: String
        let dataflows: String
        let isConnected: Bool
        let spec: String
        let maySetUp: Bool
        /// What somebody began and did not finish.
        let drafts: [PageFrame.Crumb]
    }

    let title = "Destination catalog"
    let cards: [Card]
    let token: String

    static let template = #"""
        <div class="head"><h1>Destination catalog</h1><p>Where changes of profiles can be sent, record by record, as they happen.</p></div>
        <div class="grid">
        {{#cards}}
        <section class="card">
        <div class="actions"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#stream"/></svg><h2>{{.name}}</h2>{{#.isConnected}}<span class="tag">connected</span>{{/.isConnected}}</div>
        <p class="muted">{{.about}}</p>
        <div class="tags"><span class="tag">streaming</span><span class="tag">profile-based</span></div>
        {{#.drafts}}<p class="small"><a href="{{.path}}">Go on with <bdi>{{.name}}</bdi></a></p>{{/.drafts}}
        <div class="actions">{{#.maySetUp}}<form method="post" action="/console/connect"><input type="hidden" name="token" value="{{token}}"><input type="hidden" name="spec" value="{{.spec}}"><button class="primary">Set up</button></form>{{/.maySetUp}}<a class="button" href="/console/accounts">{{.accounts}}</a><a class="button" href="/console/dataflows">{{.dataflows}}</a></div>
        </section>
        {{/cards}}
        </div>
        """#
}
