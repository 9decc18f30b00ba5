import Console

/// Chooses what a dataflow sends.
struct MappingPage: ConsoleView {
    struct Audience: Sendable, Equatable {
        let id: String
        let name: String
        let members: String
        let isChosen: Bool
        let isMapped: Bool
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let heading: String
    let mistakes: FormMistakes?
    let path: String
    let token: String
    let etag: String
    /// What was there when the person began.
    let baseAudiences: [String]
    let basePaths: String
    let search: FormField
    let audiences: [Audience]
    let hasAudiences: Bool
    let more: String?
    let paths: String
    let pathsError: String?
    let backfill: FormField
    let cancel: String

    static let template = #"""
        <div class="head"><h1>{{heading}}</h1><p>Identities are in every message. Members of the audiences chosen here are sent, with the attributes below.</p></div>
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        <form method="post" action="{{path}}" class="stack" novalidate>
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="etag" value="{{etag}}">
        {{#baseAudiences}}<input type="hidden" name="base-audience" value="{{.}}">{{/baseAudiences}}<input type="hidden" name="base-paths" value="{{basePaths}}">
        <section class="card flush">
        <h2 id="audiences">Audiences</h2>
        <div class="filters inset">{{#search}}{{> field}}{{/search}}<button name="do" value="search">Search</button></div>
        {{^hasAudiences}}<div class="empty"><p>No audience matches.</p></div>{{/hasAudiences}}
        {{#hasAudiences}}
        <div class="scroll" tabindex="0" role="region" aria-label="Audiences">
        <table class="rows"><thead><tr><th scope="col">Name</th><th scope="col" class="n">Members</th><th scope="col">Now</th></tr></thead>
        <tbody>{{#audiences}}<tr><th scope="row"><label class="pick"><input type="checkbox" name="audience" value="{{.id}}"{{#.isChosen}} checked{{/.isChosen}}><bdi>{{.name}}</bdi></label></th><td data-label="Members" class="n">{{.members}}</td><td data-label="Now">{{#.isMapped}}<span class="tag">mapped</span>{{/.isMapped}}{{^.isMapped}}<span class="muted">–</span>{{/.isMapped}}</td></tr>{{/audiences}}</tbody></table>
        </div>
        {{/hasAudiences}}
        {{#more}}<p class="pager muted">{{.}}</p>{{/more}}
        </section>
        <section class="card">
        <h2>Attributes</h2>
        <div class="field{{#pathsError}} wrong{{/pathsError}}"><label for="paths">Paths, one in a line <span class="muted">(optional)</span></label><p class="hint" id="paths-hint">Such as person.name.firstName. A change of one of them is a message.</p>
        {{#pathsError}}<p class="error" id="paths-error">{{.}}</p>{{/pathsError}}
        <textarea id="paths" name="paths" rows="6" class="code" spellcheck="false" aria-describedby="paths-hint">{{paths}}</textarea></div>
        {{#backfill}}{{> field}}{{/backfill}}
        <div class="actions"><button class="primary" name="do" value="review">Review</button><a class="button" href="{{cancel}}">Cancel</a></div>
        </section>
        </form>
        """#
}
