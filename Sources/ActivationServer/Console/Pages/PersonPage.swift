import Console

/// A person: where they stand in audiences, their identities, who saw their values.
struct PersonPage: ConsoleView {
    struct Fact: Sendable, Equatable {
        let label: String
        let value: String
    }

    /// Where the person stands in an audience.
    struct Standing: Sendable, Equatable {
        let name: String
        /// The audience's page; nil when there is none any more.
        let path: String?
        let mark: StateMark
        let since: Instant
        let dataflows: String
        /// The page that says why; nil when nobody can say.
        let why: String?
    }

    /// An identity.
    struct Member: Sendable, Equatable {
        let number: String
        let namespace: String
        let value: String
        let isAsked: Bool
        let added: Instant
        let links: String
    }

    /// Somebody who saw values.
    struct Seen: Sendable, Equatable {
        let email: String
        let reason: String
        let began: Instant
    }

    /// An audience that the person is not in.
    struct Other: Sendable, Equatable {
        let name: String
        let why: String
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let head: PersonHead
    let facts: [Fact]
    let made: Instant
    let changed: Instant
    let id: String
    let path: String
    /// The choice of merge policies; nil when there is one alone.
    let policy: FormField?
    let standings: [Standing]
    let isInNone: Bool
    let pager: Pager
    let search: FormField
    /// The merge policy that the search keeps.
    let policyID: String?
    let others: [Other]
    let hasOthers: Bool
    let isNothingFound: Bool
    let hasIdentities: Bool
    let graph: IdentityGraph?
    let members: [Member]
    let seen: [Seen]
    let hasSeen: Bool

    static let template = #"""
        {{#head}}{{> person}}{{/head}}
        <div class="two">
        <section class="card">
        <h2>Summary</h2>
        <dl class="facts">
        {{#facts}}<dt>{{.label}}</dt><dd>{{.value}}</dd>{{/facts}}
        <dt>Made</dt><dd>{{#made}}{{> time}}{{/made}}</dd>
        <dt>Changed</dt><dd>{{#changed}}{{> time}}{{/changed}}</dd>
        <dt>Id</dt><dd class="copy"><code id="profile-id">{{id}}</code><button type="button" class="tiny" data-copy="profile-id" hidden>Copy</button></dd>
        </dl>
        {{#policy}}<form class="filters" method="get" action="{{path}}">{{> field}}<button>Show</button></form>{{/policy}}
        </section>
        <section class="card flush">
        <h2>Audiences</h2>
        {{#isInNone}}<div class="empty"><p>The person is in no audience and left none lately.</p></div>{{/isInNone}}
        {{^isInNone}}
        <div class="scroll" tabindex="0" role="region" aria-label="Audiences">
        <table class="rows">
        <thead><tr><th scope="col">Audience</th><th scope="col">Status</th><th scope="col">Since</th><th scope="col" class="n">Dataflows</th><th scope="col">Why</th></tr></thead>
        <tbody>{{#standings}}<tr><th scope="row">{{#.path}}<a href="{{.}}">{{/.path}}<bdi>{{.name}}</bdi>{{#.path}}</a>{{/.path}}</th><td data-label="Status">{{#.mark}}{{> state}}{{/.mark}}</td><td data-label="Since">{{#.since}}{{> time}}{{/.since}}</td><td data-label="Dataflows" class="n">{{.dataflows}}</td><td data-label="Why">{{#.why}}<a href="{{.}}">Why</a>{{/.why}}</td></tr>{{/standings}}</tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isInNone}}
        <form class="filters inset" method="get" action="{{path}}">{{#policyID}}<input type="hidden" name="policy" value="{{.}}">{{/policyID}}{{#search}}{{> field}}{{/search}}<button>Find</button></form>
        {{#hasOthers}}<ul class="inset">{{#others}}<li><a href="{{.why}}">Why not in <bdi>{{.name}}</bdi>?</a></li>{{/others}}</ul>{{/hasOthers}}
        {{#isNothingFound}}<p class="inset muted">No other audience has such a name.</p>{{/isNothingFound}}
        </section>
        </div>
        {{#hasIdentities}}
        <section class="card flush">
        <h2>Identities</h2>
        {{#graph}}
        <svg class="graph" viewBox="0 0 520 {{.height}}" role="img" aria-label="{{.summary}}; the table below has the same">
        {{#.edges}}<line x1="{{.x1}}" y1="{{.y1}}" x2="{{.x2}}" y2="{{.y2}}"/>{{/.edges}}
        {{#.nodes}}<circle cx="{{.x}}" cy="{{.y}}" r="18"{{#.isAsked}} class="asked"{{/.isAsked}}/><text x="{{.x}}" y="{{.y}}" dy="4">{{.number}}</text>{{#.name}}<text class="name" x="{{x}}" y="{{nameY}}">{{.}}</text>{{/.name}}{{/.nodes}}
        </svg>
        {{/graph}}
        <div class="scroll" tabindex="0" role="region" aria-label="Identities">
        <table class="rows">
        <thead><tr><th scope="col">Identity</th><th scope="col">Value</th><th scope="col">Joined</th><th scope="col">Linked with</th></tr></thead>
        <tbody>{{#members}}<tr><th scope="row">{{.number}} · <bdi>{{.namespace}}</bdi>{{#.isAsked}} <span class="tag">looked up</span>{{/.isAsked}}</th><td data-label="Value"><bdi>{{.value}}</bdi></td><td data-label="Joined">{{#.added}}{{> time}}{{/.added}}</td><td data-label="Linked with">{{.links}}</td></tr>{{/members}}</tbody>
        </table>
        </div>
        </section>
        {{/hasIdentities}}
        {{#hasSeen}}
        <section class="card flush">
        <h2>Who saw values</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Who saw values">
        <table class="rows">
        <thead><tr><th scope="col">Who</th><th scope="col">When</th><th scope="col">Reason</th></tr></thead>
        <tbody>{{#seen}}<tr><th scope="row"><bdi>{{.email}}</bdi></th><td data-label="When">{{#.began}}{{> time}}{{/.began}}</td><td data-label="Reason"><bdi>{{.reason}}</bdi></td></tr>{{/seen}}</tbody>
        </table>
        </div>
        </section>
        {{/hasSeen}}
        """#
}
