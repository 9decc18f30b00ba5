import Console

/// Shows what a change of a mapping does before it is made.
struct MappingReviewPage: ConsoleView {
    struct Line: Sendable, Equatable {
        let sign: String
        let tone: String
        let name: String
        let note: String?
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let lines: [Line]
    let isSame: Bool
    let effect: String?
    let path: String
    let token: String
    let etag: String
    let audiences: [String]
    let paths: String
    let baseAudiences: [String]
    let basePaths: String
    let backfill: String

    static let template = #"""
        <div class="head"><h1>Review the mapping</h1></div>
        <section class="card">
        {{#isSame}}<p>Nothing changes.</p>{{/isSame}}
        {{^isSame}}<ul class="changes">{{#lines}}<li class="{{.tone}}"><b>{{.sign}}</b> <span><bdi>{{.name}}</bdi>{{#.note}}<small>{{.}}</small>{{/.note}}</span></li>{{/lines}}</ul>{{/isSame}}
        {{#effect}}<p class="note info">{{.}}</p>{{/effect}}
        <form method="post" action="{{path}}">
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="etag" value="{{etag}}"><input type="hidden" name="backfill" value="{{backfill}}">
        {{#audiences}}<input type="hidden" name="audience" value="{{.}}">{{/audiences}}<input type="hidden" name="paths" value="{{paths}}">
        {{#baseAudiences}}<input type="hidden" name="base-audience" value="{{.}}">{{/baseAudiences}}<input type="hidden" name="base-paths" value="{{basePaths}}">
        <div class="actions">{{^isSame}}<button class="primary" name="do" value="apply">Apply</button>{{/isSame}}<button name="do" value="edit">Change it</button></div>
        </form>
        </section>
        """#
}
