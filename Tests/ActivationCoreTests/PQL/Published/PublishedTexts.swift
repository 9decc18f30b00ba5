/// Texts.
extension PublishedExample {
    static let texts = on(
        "pql/string-functions",
        [
            .init(
                #"town like "%en%""#,
                (#""town": "Ghent""#, "true"),
                (#""town": "Lille""#, "false")
            ),
            .init(
                #"someone.name.startsWith("Ann")"#,
                (#""someone": {"name": "Annika"}"#, "true"),
                (#""someone": {"name": "annika"}"#, "false")
            ),
            .init(
                #"someone.name.doesNotStartWith("Ann")"#,
                (#""someone": {"name": "Rosa"}"#, "true"),
                (#""someone": {"name": "Ann"}"#, "false"),
                ("", "false")
            ),
            .init(
                #"someone.mail.endsWith(".example")"#,
                (#""someone": {"mail": "r@post.example"}"#, "true"),
                (#""someone": {"mail": "r@post.example."}"#, "false")
            ),
            .init(
                #"someone.mail.doesNotEndWith(".example")"#,
                (#""someone": {"mail": "r@post.test"}"#, "true"),
                (#""someone": {"mail": "r@post.example"}"#, "false")
            ),
            .init(
                #"someone.mail.contains("77@po")"#,
                (#""someone": {"mail": "r77@post.example"}"#, "true"),
                (#""someone": {"mail": "r77@Post"}"#, "false")
            ),
            .init(
                #"someone.mail.doesNotContain("77@po")"#,
                (#""someone": {"mail": "r78@post.example"}"#, "true"),
                (#""someone": {"mail": "r77@post"}"#, "false")
            ),
            .init(
                #"someone.name.equals("Rosa")"#,
                (#""someone": {"name": "Rosa"}"#, "true"),
                (#""someone": {"name": "rosa"}"#, "false")
            ),
            .init(
                #"someone.name.notEqualTo("Rosa")"#,
                (#""someone": {"name": "rosa"}"#, "true"),
                (#""someone": {"name": "Rosa"}"#, "false"),
                ("", "false")
            ),
            .init(
                #"someone.name.matches("(?i)^Rosa")"#,
                (#""someone": {"name": "rosalind"}"#, "true"),
                (#""someone": {"name": "Ann Rosa"}"#, "false")
            ),
            .init(
                #"mail.regexGroup("@(\w+)", 1)"#,
                (#""mail": "rosa@post.example""#, #""post""#),
                (#""mail": "rosa""#, "null")
            ),
        ]
    )
}
