import Console

/// What was found.
struct SearchPage: ConsoleView {
    struct Group: Sendable, Equatable {
        let name: String
        let found: [PageFrame.Crumb]
        let more: String?
    }

    let title = "Search"
    let token: String
    let field: FormField
    let groups: [Group]
    let isNothingFound: Bool

    static let template = #"""
        <div class="head"><h1>Search</h1></div>
        <section class="card">
        <form method="post" action="/console/search" class="filters"><input type="hidden" name="token" value="{{token}}">{{#field}}{{> field}}{{/field}}<button class="primary">Search</button></form>
        {{#isNothingFound}}<p>Nothing is called so, and nobody has such an identity. Identities are compared as they are written.</p>{{/isNothingFound}}
        </section>
        {{#groups}}
        <section class="card"><h2>{{.name}}</h2><ul class="links">{{#.found}}<li><a href="{{.path}}"><bdi>{{.name}}</bdi></a></li>{{/.found}}</ul>{{#.more}}<p class="muted">{{.}}</p>{{/.more}}</section>
        {{/groups}}
        """#
}
