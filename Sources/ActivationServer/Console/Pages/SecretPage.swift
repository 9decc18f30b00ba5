import Console

/// A new credential with its secret, which is shown this once.
struct SecretPage: ConsoleView {
    let title = "New credential"
    let crumbs = [PageFrame.Crumb("Credentials", "/console/credentials")]
    let name: String
    let clientID: String
    let secret: String

    static let template = #"""
        <div class="head"><h1><bdi>{{name}}</bdi></h1><p>Copy the secret now: it is kept nowhere and cannot be shown again.</p></div>
        <section class="card">
        <dl class="facts">
        <dt>Client id</dt><dd class="copy"><code id="client-id">{{clientID}}</code><button type="button" class="tiny" data-copy="client-id" hidden>Copy</button></dd>
        <dt>Client secret</dt><dd class="copy"><code id="client-secret">{{secret}}</code><button type="button" class="tiny" data-copy="client-secret" hidden>Copy</button></dd>
        </dl>
        <div class="actions"><a class="button primary" href="/console/credentials">I have copied it</a></div>
        </section>
        """#
}
