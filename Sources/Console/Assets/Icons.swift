/// The symbols, drawn on 24 by 24, in one file of which pages show one with `<use>`.
enum Icons {
    /// Names and paths.
    static let symbols: [(name: String, path: String)] = [
        ("mark", "M4 7c4-4 8 4 16 0M4 12c4-4 8 4 16 0M4 17c4-4 8 4 16 0"),
        ("search", "M10.5 10.5m-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M15.5 15.5L21 21"),
        ("home", "M4 11l8-7 8 7v9h-5v-6H9v6H4z"),
        ("catalog", "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z"),
        ("flow", "M4 6h6c5 0 3 12 8 12h2M17 15l3 3-3 3M4 18h4M14 6h6"),
        ("key", "M14.5 9.5m-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0M10.5 13.5L4 20M6 18l2 2"),
        ("user", "M12 8m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4 21c0-9 16-9 16 0"),
        ("check", "M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0M8 12l3 3 5-6"),
        ("alert", "M12 3l10 18H2zM12 10v5M12 18v.01"),
        ("bell", "M6 17c2-2 1-9 6-9s4 7 6 9zM12 5v3M10 20h4"),
        ("chart", "M4 20h16M4 20V4M8 16l4-6 3 3 5-7"),
        ("clock", "M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0M12 7v5l3 3"),
        ("pause", "M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0M8 12h8"),
        ("merge", "M5 4c0 7 7 4 7 11v5M19 4c0 7-7 4-7 11M9 17l3 3 3-3"),
        ("tag", "M4 4h8l8 8-8 8-8-8zM8 8v.01"),
        ("stream", "M4 6h10M4 10h16M4 14h8M4 18h13"),
        (
            "people",
            "M9 8m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M2 20c0-8 14-8 14 0M16 4.5a3.5 3.5 0 0 1 0 7M18 14c3 .5 4 3 4 6"
        ),
    ]

    static let text =
        #"<svg xmlns="http://www.w3.org/2000/svg">"#
        + symbols.map { #"<symbol id="\#($0.name)" viewBox="0 0 24 24"><path d="\#($0.path)"/></symbol>"# }.joined()
        + "</svg>"

    /// The sign in a browser's tab.
    static let favicon = #"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#0B57B7"/>\#
        <path d="M4 7.5c4-4 8 4 16 0M4 12c4-4 8 4 16 0M4 16.5c4-4 8 4 16 0" fill="none" stroke="#fff" stroke-width="2" \#
        stroke-linecap="round"/></svg>
        """#
}
