import Console

/// Asks before something is done that cannot be undone.
struct ConfirmPage: ConsoleView {
    let title: String
    let crumbs: [PageFrame.Crumb]
    /// What is done, and what it means.
    let text: String
    /// Why it cannot be done; then there is no button.
    let obstacle: String?
    /// What stands in the way.
    let obstacles: [PageFrame.Crumb]
    let path: String
    let token: String
    /// The version that was looked at.
    let etag: String
    /// The verb on the button.
    let button: String
    let cancel: String
    /// What is sent along.
    var hidden: [FormPage.Hidden] = []

    static let template = #"""
        <div class="head"><h1>{{title}}</h1></div>
        <section class="card">
        <p>{{text}}</p>
        {{#obstacle}}
        <div class="note warning"><p>{{.}}</p><ul>{{#obstacles}}<li><a href="{{.path}}"><bdi>{{.name}}</bdi></a></li>{{/obstacles}}</ul></div>
        <div class="actions"><a class="button" href="{{cancel}}">Back</a></div>
        {{/obstacle}}
        {{^obstacle}}
        <form method="post" action="{{path}}">
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="etag" value="{{etag}}">{{#hidden}}<input type="hidden" name="{{.name}}" value="{{.value}}">{{/hidden}}
        <div class="actions"><button class="danger">{{button}}</button><a class="button" href="{{cancel}}">Keep it</a></div>
        </form>
        {{/obstacle}}
        </section>
        """#
}
