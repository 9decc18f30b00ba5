import Console

/// Chooses what a dataflow sends.
struct MappingPage: ConsoleView {
    struct Audience: Sendable, Equatable {
        let id: String
        let name: String
        let members: String
        /// Who entered and who exited of late.
        let changes: String
        let isChosen: Bool
        let isMapped: Bool
    }

    /// The choice of attributes.
    struct Attributes: Sendable, Equatable {
        let paths: String
        let error: String?
        let search: FormField
        /// What the paths below are.
        let about: String
        let found: [PathPicker.Row]
        let hasFound: Bool
        let more: String?
    }

    let title: String
    let crumbs: [PageFrame.Crumb]
    let heading: String
    /// What is chosen here.
    let about: String
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
    /// Nil for who chooses audiences alone.
    let attributes: Attributes?
    /// Whether members of new audiences are sent, as the review asks: `true` or nothing.
    let backfill: String
    let cancel: String

    static let template = #"""
        <div class="head"><h1>{{heading}}</h1><p>{{about}}</p></div>
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        <form method="post" action="{{path}}" class="stack" novalidate>
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="etag" value="{{etag}}"><input type="hidden" name="backfill" value="{{backfill}}">
        {{#baseAudiences}}<input type="hidden" name="base-audience" value="{{.}}">{{/baseAudiences}}<input type="hidden" name="base-paths" value="{{basePaths}}">
        <section class="card flush">
        <h2 id="audiences">Audiences</h2>
        <div class="filters inset">{{#search}}{{> field}}{{/search}}<button name="do" value="search">Search</button></div>
        {{^hasAudiences}}<div class="empty"><p>No audience matches.</p></div>{{/hasAudiences}}
        {{#hasAudiences}}
        <div class="scroll" tabindex="0" role="region" aria-label="Audiences">
        <table class="rows"><thead><tr><th scope="col">Name</th><th scope="col" class="n">Members</th><th scope="col" class="n">Entered / exited, 24 h</th><th scope="col">Now</th></tr></thead>
        <tbody>{{#audiences}}<tr><th scope="row"><label class="pick"><input type="checkbox" name="audience" value="{{.id}}"{{#.isChosen}} checked{{/.isChosen}}><bdi>{{.name}}</bdi></label></th><td data-label="Members" class="n">{{.members}}</td><td data-label="Entered / exited, 24 h" class="n">{{.changes}}</td><td data-label="Now">{{#.isMapped}}<span class="tag">mapped</span>{{/.isMapped}}{{^.isMapped}}<span class="muted">–</span>{{/.isMapped}}</td></tr>{{/audiences}}</tbody></table>
        </div>
        {{/hasAudiences}}
        {{#more}}<p class="pager muted">{{.}}</p>{{/more}}
        </section>
        {{#attributes}}
        <section class="card flush" id="attributes">
        <h2>Attributes</h2>
        <div class="inset"><div class="field{{#.error}} wrong{{/.error}}"><label for="paths">Paths, one in a line <span class="muted">(optional)</span></label><p class="hint" id="paths-hint">Such as person.name.firstName. A change of one of them is a message.</p>
        {{#.error}}<p class="error" id="paths-error">{{.}}</p>{{/.error}}
        <textarea id="paths" name="paths" rows="6" class="code" spellcheck="false" aria-describedby="paths-hint">{{.paths}}</textarea></div></div>
        <div class="filters inset" data-find="{{path}}/paths">{{#.search}}{{> field}}{{/.search}}<button name="do" value="search" formaction="{{path}}#attributes">Find paths</button></div>
        <p class="muted small pad">{{.about}} Tick those to add.</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Paths"{{^.hasFound}} hidden{{/.hasFound}} data-found>
        <table class="rows"><thead><tr><th scope="col">Path</th><th scope="col">Kind</th><th scope="col" class="n">Profiles that have it</th><th scope="col">Datasets</th></tr></thead>
        <tbody>{{#.found}}<tr><th scope="row"><label class="pick"><input type="checkbox" name="path" value="{{.path}}"{{#.isChosen}} checked disabled{{/.isChosen}}><code>{{.path}}</code></label>{{#.note}}<small>{{.}}</small>{{/.note}}</th><td data-label="Kind">{{.kinds}}</td><td data-label="Profiles that have it" class="n">{{.share}}</td><td data-label="Datasets"><bdi>{{.datasets}}</bdi></td></tr>{{/.found}}</tbody></table>
        <template><tr><th scope="row"><label class="pick"><input type="checkbox" name="path"><code data-field="path"></code></label><small data-field="note"></small></th><td data-label="Kind" data-field="kinds"></td><td data-label="Profiles that have it" class="n" data-field="share"></td><td data-label="Datasets"><bdi data-field="datasets"></bdi></td></tr></template>
        </div>
        <p class="pager muted" role="status" data-found-more{{^.more}} hidden{{/.more}}>{{.more}}</p>
        </section>
        {{/attributes}}
        <section class="card">
        <div class="actions"><button class="primary" name="do" value="review">Review</button><a class="button" href="{{cancel}}">Cancel</a></div>
        </section>
        </form>
        """#
}
