import Console

extension FormField {
    /// The password of whoever sends the form, asked for once more before something that matters.
    ///
    /// Who signed in by an identity provider has none, and must have done so lately (``ConsoleDesk/refusal(ofPassword:_:)``).
    static func ownPassword(_ mistakes: FormMistakes?, of viewer: ConsoleViewer) -> FormField {
        let isExternal = viewer.user.identity != nil
        return FormField(
            "password",
            "Your password",
            .secret,
            hint: isExternal ? "You have none here: leave it empty." : nil,
            error: mistakes?.text(of: "password"),
            isOptional: isExternal,
            autocomplete: "current-password"
        )
    }
}
