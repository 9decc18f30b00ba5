/// Dates and times.
extension PublishedExample {
    static let times = on(
        "pql/datetime-functions",
        [
            .init(
                "someone.birthMonth = currentMonth()",
                changing: #""someone": {"birthMonth": 3}"#,
                ("2026-03-01", "false", "true"),
                ("2026-04-01", "true", "false"),
                ("2027-03-01", "false", "true")
            ),
            .init(
                "someone.birthdate.getMonth() = 4",
                (#""someone": {"birthdate": "1990-04-30"}"#, "true"),
                (#""someone": {"birthdate": "1990-05-01T00:00:00Z"}"#, "false")
            ),
            .init(
                "item.soldYear = currentYear()",
                changing: #""item": {"soldYear": 2026}"#,
                ("2026-01-01", "false", "true"),
                ("2027-01-01", "true", "false")
            ),
            .init(
                "someone.birthday.getYear() in [1988, 1989, 1990, 1991, 1992]",
                (#""someone": {"birthday": "1992-12-31T23:59:59Z"}"#, "true"),
                (#""someone": {"birthday": "1993-01-01"}"#, "false")
            ),
            .init(
                "someone.birthDay = currentDayOfMonth()",
                changing: #""someone": {"birthDay": 29}"#,
                ("2024-02-29", "false", "true"),
                ("2024-03-01", "true", "false"),
                ("2024-03-29", "false", "true")
            ),
            .init(
                "item.sale.getDayOfMonth() <= 10",
                (#""item": {"sale": "2026-03-10T23:59:59Z"}"#, "true"),
                (#""item": {"sale": "2026-03-11"}"#, "false")
            ),
            .init(
                "item.soldOn occurs last week",
                changing: #""item": {"soldOn": "2026-03-08T16:00:00Z"}"#,
                ("2026-03-09", "false", "true"),
                ("2026-03-16", "true", "false")
            ),
            .init(
                "item.soldOn occurs between date(2024, 3, 9) and date(2025, 6, 2)",
                (#""item": {"soldOn": "2024-03-09"}"#, "true"),
                (#""item": {"soldOn": "2025-06-02T23:59:59.999Z"}"#, "true"),
                (#""item": {"soldOn": "2025-06-03"}"#, "false"),
                (#""item": {"soldOn": "2024-03-08T23:59:59.999Z"}"#, "false")
            ),
            .init(
                "timestamp occurs on date(2025,12,31)",
                (#""timestamp": "2025-12-31T00:00:00Z""#, "true"),
                (#""timestamp": "2026-01-01T00:00:00Z""#, "false")
            ),
            .init(
                "item.soldOn occurs = 3 hours before now",
                changing: #""item": {"soldOn": "2026-03-10T09:20:00Z"}"#,
                ("2026-03-10T12:00Z", "false", "true"),
                ("2026-03-10T13:00Z", "true", "false")
            ),
            .init(
                "someone.birthday occurs = 3 days before today",
                changing: #""someone": {"birthday": "2026-03-07"}"#,
                ("2026-03-10", "false", "true"),
                ("2026-03-11", "true", "false")
            ),
        ]
    )
}
