extension CopiedTable {
    /// Everything that a store keeps, in the order in which it is copied: identities say where their profiles go, so they are first.
    package static let all: [CopiedTable] = [
        CopiedTable("path", key: [("scope", .int4), ("id", .int4)], [("parent", .int4), ("name", .bytes)]),
        CopiedTable("dataset", key: [("scope", .int4), ("id", .int4)], [("name", .bytes)]),
        CopiedTable("dataflow", key: [("number", .int4)], [("id", .uuid), ("scope", .int4)]),
        CopiedTable(
            "identity",
            key: [("scope", .int4), ("namespace", .bytes), ("value", .bytes)],
            [("profile", .profileRow)]
        ),
        CopiedTable(
            "profile",
            key: [("scope", .int4), ("row", .profileRow)],
            [("id", .uuid), ("revision", .int8), ("due", .int8), ("value", .bytes)]
        ),
        CopiedTable(
            "event",
            key: [("profile", .profileRow), ("id", .bytes)],
            [("timestamp", .int8), ("dataset", .int4), ("body", .bytes)]
        ),
        CopiedTable("outbox", key: recordKey, record),
        CopiedTable(
            "dead_letter",
            key: recordKey,
            record + [("code", .bytes), ("message", .bytes), ("parked_at", .int8)]
        ),
        CopiedTable(
            "resume_mark",
            key: [("dataflow", .int4), ("profile", .uuid), ("merge_policy", .uuid)],
            [("reasons", .int4)]
        ),
        CopiedTable("book", key: [("dataflow", .int4)], [("rows", .int8)] + counters),
        CopiedTable("book_hour", key: [("dataflow", .int4), ("hour", .int8)], counters),
        CopiedTable("audience_book", key: [("dataflow", .int4), ("audience", .uuid)], counters),
        CopiedTable(
            "audience_book_hour",
            key: [("dataflow", .int4), ("hour", .int8), ("audience", .uuid)],
            counters
        ),
        CopiedTable(
            "tally",
            key: [("scope", .int4), ("audience", .uuid)],
            [("entered", .int8), ("exited", .int8)]
        ),
        CopiedTable(
            "tally_hour",
            key: [("scope", .int4), ("hour", .int8), ("audience", .uuid)],
            [("entered", .int8), ("exited", .int8)]
        ),
        CopiedTable(
            "backfill",
            key: [("scope", .int4), ("id", .uuid)],
            [("profile", .position), ("records", .int8), ("ordered_at", .int8)]
        ),
        CopiedTable(
            "upload",
            key: [("scope", .int4), ("id", .uuid)],
            [("line", .int8), ("accepted", .int8), ("made", .int8)]
        ),
        CopiedTable(
            "delivery",
            key: [("day", .int8), ("profile", .uuid), ("dataflow", .int4), ("row", .int8)],
            [("revision", .int8), ("delivered_at", .int8), ("receipt", .bytes)]
        ),
        CopiedTable("heir", key: [("scope", .int4), ("absorbed", .uuid)], [("survivor", .uuid), ("day", .int8)]),
        CopiedTable(
            "erasure",
            key: [("scope", .int4), ("profile", .uuid)],
            [("revision", .int8), ("deleted_at", .int8), ("number", .int8)]
        ),
        CopiedTable(
            "suppression",
            key: [("scope", .int4), ("digest", .bytes)],
            [("namespace", .bytes), ("profile", .uuid), ("suppressed_at", .int8)]
        ),
        CopiedTable("admission", key: [("scope", .int4)], [("instant", .int8), ("sequence", .int8)]),
        CopiedTable(
            "control_object",
            key: [("scope", .int4), ("kind", .bytes), ("id", .bytes)],
            [("etag", .bytes), ("created_at", .int8), ("updated_at", .int8), ("body", .bytes)]
        ),
        CopiedTable(
            "configuration_change",
            key: [("sequence", .int8)],
            [
                ("scope", .int4), ("changed_at", .int8), ("author", .bytes), ("way", .bytes), ("request", .bytes),
                ("action", .bytes), ("kind", .bytes), ("object", .bytes), ("name", .bytes), ("difference", .bytes),
                ("outcome", .bytes), ("sender", .bytes), ("digest", .bytes),
            ]
        ),
        CopiedTable(
            "history_chain",
            key: [("base_sequence", .int8)],
            [
                ("base_digest", .bytes), ("base_changed_at", .int8), ("base_seal", .bytes), ("head_sequence", .int8),
                ("head_digest", .bytes),
            ]
        ),
        CopiedTable("alert_standing", key: [("scope", .int4), ("id", .bytes)], [("body", .bytes)]),
        CopiedTable("alert_counter", key: [("scope", .int4)], [("entries", .int8), ("deliveries", .int8)]),
        CopiedTable(
            "alert_entry",
            key: [("scope", .int4), ("sequence", .int8)],
            [("at", .int8), ("subject", .bytes), ("body", .bytes)]
        ),
        CopiedTable(
            "alert_delivery",
            key: [("scope", .int4), ("sequence", .int8)],
            [("at", .int8), ("channel", .bytes), ("due", .int8), ("body", .bytes)]
        ),
    ]

    /// What tells records apart, in the outbox and as dead letters.
    private static let recordKey: [(String, Kind)] = [("dataflow", .int4), ("row", .int8)]

    /// What a record is beside that.
    private static let record: [(String, Kind)] = [
        ("profile", .uuid), ("merge_policy", .uuid), ("revision", .int8), ("reasons", .int4), ("admitted_at", .int8),
        ("origin", .int2), ("partition_key", .bytes), ("payload", .bytes), ("audiences", .bytes),
    ]

    /// Counters of books.
    private static let counters: [(String, Kind)] = [
        "triggered", "delivered", "superseded", "suppressed_disabled", "suppressed_deleted", "parked", "replayed",
        "discarded", "erased",
    ].map { ($0, .int8) }
}
