import Console

/// Asks who it is.
struct SignInPage: ConsoleView {
    let title: String
    let token: String
    /// Where they were going.
    let to: String
    /// What they had typed before their session ended, sealed.
    let kept: String?
    /// Why they are asked.
    let reason: String?
    /// What was wrong with the last try.
    let mistake: String?
    /// Single sign-on; nil = there is none.
    let signOn: PageFrame.Crumb?
    let email: FormField
    let password: FormField

    init(
        token: String,
        to: String,
        kept: String? = nil,
        reason: String? = nil,
        email: String? = nil,
        signOn: String? = nil,
        mistake: String? = nil
    ) {
        title = mistake == nil ? "Sign in" : "Error: Sign in"
        self.token = token
        self.to = to
        self.kept = kept
        self.reason = reason
        self.mistake = mistake
        self.signOn = signOn.map { PageFrame.Crumb($0, "\(SignOnPages.path)?to=\(to.percentEncoded())") }
        self.email = FormField(
            "email",
            "E-mail",
            .text(type: "email"),
            value: email,
            autocomplete: "username"
        )
        password = FormField("password", "Password", .secret, autocomplete: "current-password")
    }

    static let template = #"""
        <section class="card">
        <span class="brand"><svg aria-hidden="true"><use href="{{frame.assets.icons}}#mark"/></svg>Headwater</span>
        <h1>Sign in</h1>
        {{#reason}}<p class="note info">{{.}}</p>{{/reason}}
        {{#mistake}}<div class="note bad" role="alert" tabindex="-1" data-focus><p>{{.}}</p></div>{{/mistake}}
        {{#signOn}}<p><a class="button" href="{{.path}}">{{.name}}</a></p><p class="muted">Or with a password:</p>{{/signOn}}
        <form class="form" method="post" action="/console/sign-in" novalidate>
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="to" value="{{to}}">
        {{#kept}}<input type="hidden" name="kept" value="{{.}}">{{/kept}}
        {{#email}}{{> field}}{{/email}}
        {{#password}}{{> field}}{{/password}}
        <button class="primary">Sign in</button>
        </form>
        <p class="muted small">Lost the password? Whoever runs the server makes a link for you: <code>headwater console link</code></p>
        </section>
        """#
}
