import Console

extension FormField {
    /// The password of whoever sends the form, asked for once more before something that matters.
    static func ownPassword(_ mistakes: FormMistakes?) -> FormField {
        FormField(
            "password",
            "Your password",
            .secret,
            error: mistakes?.text(of: "password"),
            autocomplete: "current-password"
        )
    }
}
