import ActivationCore
import Console

/// A user's own password and sessions.
struct MePage: ConsoleView {
    struct Row: Sendable, Equatable {
        let agent: String
        let began: Instant
        let seen: Instant
        let isThis: Bool
    }

    let title: String
    let email: String
    let token: String
    let mistakes: FormMistakes?
    let fields: [FormField]
    /// Whether the person has a password here.
    let hasPassword: Bool
    let sessions: [Row]
    let hasOthers: Bool

    init(
        _ viewer: ConsoleViewer,
        sessions: [ConsoleSession],
        mistakes: FormMistakes?,
        now: Timestamp
    ) {
        title = mistakes == nil ? "Password and sessions" : "Error: Password and sessions"
        email = viewer.user.email
        hasPassword = viewer.user.identity == nil
        token = viewer.token
        self.mistakes = mistakes
        fields = [
            FormField(
                "old_password",
                "Current password",
                .secret,
                error: mistakes?.text(of: "old_password"),
                autocomplete: "current-password"
            ),
            FormField(
                "new_password",
                "New password",
                .secret,
                hint: "At least \(PasswordRule.charactersMin) characters. A few words in a row do well.",
                error: mistakes?.text(of: "new_password"),
                autocomplete: "new-password"
            ),
        ]
        self.sessions = sessions.map { session in
            Row(
                agent: session.browser,
                began: Instant(session.createdAt, now: now),
                seen: Instant(session.seenAt, now: now),
                isThis: session.id == viewer.session.id
            )
        }
        hasOthers = sessions.count > 1
    }

    static let template = #"""
        <div class="head"><h1>Password and sessions</h1><p><bdi>{{email}}</bdi></p></div>
        {{#mistakes}}{{> mistakes}}{{/mistakes}}
        {{^hasPassword}}<p class="note info">You sign in by the identity provider. Your password is changed there.</p>{{/hasPassword}}
        {{#hasPassword}}<section class="card">
        <h2>Change password</h2>
        <form class="form" method="post" action="/console/me" novalidate>
        <input type="hidden" name="token" value="{{token}}">
        <input type="hidden" name="username" value="{{email}}" autocomplete="username">
        {{#fields}}{{> field}}{{/fields}}
        <div class="actions"><button class="primary">Change password</button></div>
        </form>
        </section>{{/hasPassword}}
        <section class="card flush">
        <h2>Sessions</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Sessions">
        <table class="rows">
        <thead><tr><th scope="col">Browser</th><th scope="col">Signed in</th><th scope="col">Last used</th></tr></thead>
        <tbody>
        {{#sessions}}
        <tr><th scope="row"><bdi>{{.agent}}</bdi>{{#.isThis}} <span class="tag">this one</span>{{/.isThis}}</th>
        <td data-label="Signed in">{{#.began}}{{> time}}{{/.began}}</td>
        <td data-label="Last used">{{#.seen}}{{> time}}{{/.seen}}</td></tr>
        {{/sessions}}
        </tbody>
        </table>
        </div>
        {{#hasOthers}}
        <div class="pager"><p class="muted">Sessions end after an hour without use, at the latest after twelve hours.</p>
        <form method="post" action="/console/me/sign-out"><input type="hidden" name="token" value="{{token}}"><button>End all others</button></form></div>
        {{/hasOthers}}
        </section>
        """#
}
