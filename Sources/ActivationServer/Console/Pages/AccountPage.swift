import Console

/// One account: what it is, and what uses it.
struct AccountPage: ConsoleView {
    struct Fact: Sendable, Equatable {
        let label: String
        let value: String
    }

    struct Use: Sendable, Equatable {
        let name: String
        let path: String
        let stream: String
        let mark: StateMark
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let description: String?
    let path: String
    let facts: [Fact]
    let made: Instant
    let madeBy: String
    let changed: Instant
    let changedBy: String
    let uses: [Use]
    let isUnused: Bool
    let pager: Pager
    let mayManage: Bool
    let id: String
    let etag: String

    static let template = #"""
        <div class="head"><h1><bdi>{{title}}</bdi></h1>
        <div class="actions">{{#mayManage}}<a class="button" href="{{path}}/rotate">Rotate credentials</a>{{/mayManage}}<a class="button" href="{{path}}/history">History</a>{{#mayManage}}<a class="button" href="{{path}}/delete">Delete</a>{{/mayManage}}</div>
        {{#description}}<p><bdi>{{.}}</bdi></p>{{/description}}</div>
        <div class="two">
        <section class="card">
        <h2>Account</h2>
        <dl class="facts">
        {{#facts}}<dt>{{.label}}</dt><dd><bdi>{{.value}}</bdi></dd>{{/facts}}
        <dt>Made</dt><dd>{{#made}}{{> time}}{{/made}} by <bdi>{{madeBy}}</bdi></dd>
        <dt>Changed</dt><dd>{{#changed}}{{> time}}{{/changed}} by <bdi>{{changedBy}}</bdi></dd>
        </dl>
        <details class="fold"><summary>Technical</summary>
        <dl class="facts"><dt>Id</dt><dd class="copy"><code id="account-id">{{id}}</code><button type="button" class="tiny" data-copy="account-id" hidden>Copy</button></dd><dt>Version</dt><dd><code>{{etag}}</code></dd>
        <dt>As API call</dt><dd class="copy"><code id="account-call">curl -H "Authorization: Bearer $TOKEN" $ENDPOINT/data/foundation/flowservice/connections/{{id}}</code><button type="button" class="tiny" data-copy="account-call" hidden>Copy</button></dd></dl>
        </details>
        </section>
        <section class="card flush">
        <h2>Where it is used</h2>
        {{#isUnused}}<div class="empty"><p>No dataflow uses the account.</p></div>{{/isUnused}}
        {{^isUnused}}
        <div class="scroll" tabindex="0" role="region" aria-label="Where it is used">
        <table class="rows">
        <thead><tr><th scope="col">Dataflow</th><th scope="col">Stream</th><th scope="col">State</th></tr></thead>
        <tbody>{{#uses}}<tr><th scope="row"><a href="{{.path}}"><bdi>{{.name}}</bdi></a></th><td data-label="Stream"><bdi>{{.stream}}</bdi></td><td data-label="State">{{#.mark}}{{> state}}{{/.mark}}</td></tr>{{/uses}}</tbody>
        </table>
        </div>
        {{#pager}}{{> pager}}{{/pager}}
        {{/isUnused}}
        </section>
        </div>
        """#
}
